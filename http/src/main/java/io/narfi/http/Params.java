package io.narfi.http;

import io.narfi.common.ApiException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a request: those of a form body first, then those of the query string, so that {@link #get} prefers the body
 * (contract/http-api.md §2.1). Parsed by the rules of Go's {@code url.ParseQuery}.
 */
public final class Params {
    private final Map<String, List<String>> values = new LinkedHashMap<>();

    /** From names and values in turn; for tests and for calls. */
    public static Params of(String... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("odd number of names and values: " + namesAndValues.length);
        }
        Params params = new Params();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            params.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return params;
    }

    /**
     * Parses a query string without its question mark.
     *
     * @throws ApiException 400 with Go's text for a bad escape or a semicolon
     */
    public static Params parse(String query) {
        Params params = new Params();
        params.addAll(query);
        return params;
    }

    /** Adds what {@code query} holds behind what is there. Throws as {@link #parse}. */
    void addAll(String query) {
        for (int from = 0; from < query.length(); ) {
            int to = query.indexOf('&', from);
            if (to < 0) {
                to = query.length();
            }
            String pair = query.substring(from, to);
            from = to + 1;
            if (pair.indexOf(';') >= 0) {
                throw ApiException.badRequest("invalid semicolon separator in query");
            }
            if (pair.isEmpty()) {
                continue;
            }
            int eq = pair.indexOf('=');
            String name = UrlEncoding.decodeQuery(eq < 0 ? pair : pair.substring(0, eq));
            put(name, eq < 0 ? "" : UrlEncoding.decodeQuery(pair.substring(eq + 1)));
        }
    }

    private void put(String name, String value) {
        values.computeIfAbsent(name, _ -> new ArrayList<>(1)).add(value);
    }

    /** The first value, or null if the parameter is absent. Note that Go's handlers cannot tell an absent one from an empty one. */
    public @Nullable String get(String name) {
        List<String> all = values.get(name);
        return all == null ? null : all.getFirst();
    }

    /** The first value, or the empty string: what Go's {@code FormValue} gives. */
    public String getOrEmpty(String name) {
        String value = get(name);
        return value == null ? "" : value;
    }

    /** All values in their order, never null. */
    public List<String> all(String name) {
        List<String> all = values.get(name);
        return all == null ? List.of() : List.copyOf(all);
    }

    public boolean contains(String name) {
        return values.containsKey(name);
    }

    public Set<String> names() {
        return Set.copyOf(values.keySet());
    }

    /** As a query string or form body. */
    public String encode() {
        StringBuilder out = new StringBuilder();
        values.forEach((name, all) -> all.forEach(value -> {
            if (!out.isEmpty()) {
                out.append('&');
            }
            out.append(UrlEncoding.encodeQuery(name)).append('=').append(UrlEncoding.encodeQuery(value));
        }));
        return out.toString();
    }
}
