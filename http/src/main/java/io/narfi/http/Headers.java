package io.narfi.http;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Header fields in the order they came, names as they were written. Names are compared without regard to ASCII case. Not thread-safe
 * while it is being changed.
 */
public final class Headers {
    /** name, value, name, value… */
    private final List<String> pairs;

    public Headers() {
        this(new ArrayList<>());
    }

    private Headers(List<String> pairs) {
        this.pairs = pairs;
    }

    /** A new set of fields from names and values in turn. */
    public static Headers of(String... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("odd number of names and values: " + namesAndValues.length);
        }
        Headers headers = new Headers();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return headers;
    }

    public Headers copy() {
        return new Headers(new ArrayList<>(pairs));
    }

    /** The first value of a field, or null if there is none. */
    public @Nullable String get(String name) {
        int i = indexOf(name);
        return i < 0 ? null : pairs.get(i + 1);
    }

    /** All values of a field in their order, never null. */
    public List<String> all(String name) {
        List<String> values = new ArrayList<>(1);
        for (int i = 0; i < pairs.size(); i += 2) {
            if (pairs.get(i).equalsIgnoreCase(name)) {
                values.add(pairs.get(i + 1));
            }
        }
        return values;
    }

    public boolean contains(String name) {
        return indexOf(name) >= 0;
    }

    /** Whether one of the comma-separated tokens of a field is {@code token}, without regard to case. */
    public boolean hasToken(String name, String token) {
        for (String value : all(name)) {
            for (String part : value.split(",", -1)) {
                if (part.strip().equalsIgnoreCase(token)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Adds a field, whether or not there is one of this name. */
    public Headers add(String name, String value) {
        pairs.add(requireNonNull(name, "name is null"));
        pairs.add(requireNonNull(value, "value is null"));
        return this;
    }

    /** Adds a field in place of all of this name. */
    public Headers set(String name, String value) {
        return remove(name).add(name, value);
    }

    public Headers remove(String name) {
        for (int i = pairs.size() - 2; i >= 0; i -= 2) {
            if (pairs.get(i).equalsIgnoreCase(name)) {
                pairs.remove(i + 1);
                pairs.remove(i);
            }
        }
        return this;
    }

    /** The number of fields; a name that stands twice counts twice. */
    public int size() {
        return pairs.size() / 2;
    }

    public void forEach(BiConsumer<String, String> action) {
        for (int i = 0; i < pairs.size(); i += 2) {
            action.accept(pairs.get(i), pairs.get(i + 1));
        }
    }

    private int indexOf(String name) {
        for (int i = 0; i < pairs.size(); i += 2) {
            if (pairs.get(i).equalsIgnoreCase(name)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String toString() {
        return pairs.toString();
    }
}
