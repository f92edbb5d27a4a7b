package io.narfi.common;

import static java.util.Objects.requireNonNull;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An immutable set of name-value pairs, sorted by name, each name once: the identity of a stream, the structured metadata of an
 * entry, or the labels of a result. Values may be empty.
 *
 * <p>Pairs stand in one array, {@code name, value, name, value…}. The order of two label sets is Prometheus's: pair by pair, name
 * before value, the shorter first.
 */
public final class Labels implements Comparable<Labels> {
    public static final Labels EMPTY = new Labels(new String[0]);

    private final String[] pairs;
    private int hash;
    private long stableHash;

    private Labels(String[] sortedPairs) {
        this.pairs = sortedPairs;
    }

    public static Labels of(String... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("odd number of names and values: " + Arrays.toString(namesAndValues));
        }
        TreeMap<String, String> map = new TreeMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (map.put(namesAndValues[i], requireNonNull(namesAndValues[i + 1], "value is null")) != null) {
                throw new IllegalArgumentException("duplicate label name: " + namesAndValues[i]);
            }
        }
        return of(map);
    }

    public static Labels of(Map<String, String> labels) {
        if (labels.isEmpty()) {
            return EMPTY;
        }
        Map<String, String> sorted = labels instanceof TreeMap<String, String> t && t.comparator() == null ? t : new TreeMap<>(labels);
        String[] pairs = new String[sorted.size() * 2];
        int i = 0;
        for (Map.Entry<String, String> e : sorted.entrySet()) {
            pairs[i++] = e.getKey();
            pairs[i++] = e.getValue();
        }
        return new Labels(pairs);
    }

    /**
     * Takes the array over without a copy.
     *
     * @throws IllegalArgumentException if the names are not in strictly ascending order
     */
    public static Labels ofSorted(String[] pairs) {
        if (pairs.length == 0) {
            return EMPTY;
        }
        for (int i = 2; i < pairs.length; i += 2) {
            if (pairs[i - 2].compareTo(pairs[i]) >= 0) {
                throw new IllegalArgumentException("label names not in ascending order: " + pairs[i - 2] + ", " + pairs[i]);
            }
        }
        return new Labels(pairs);
    }

    public int size() {
        return pairs.length / 2;
    }

    public boolean isEmpty() {
        return pairs.length == 0;
    }

    public String name(int i) {
        return pairs[2 * i];
    }

    public String value(int i) {
        return pairs[2 * i + 1];
    }

    /** The value, or null if there is no such label. */
    public @Nullable String get(String name) {
        int i = indexOf(name);
        return i < 0 ? null : pairs[2 * i + 1];
    }

    /** The value, or the empty string if there is no such label. */
    public String getOrEmpty(String name) {
        String v = get(name);
        return v == null ? "" : v;
    }

    public boolean has(String name) {
        return indexOf(name) >= 0;
    }

    private int indexOf(String name) {
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i].equals(name)) {
                return i / 2;
            }
        }
        return -1;
    }

    public Map<String, String> toMap() {
        Map<String, String> map = LinkedHashMap.newLinkedHashMap(size());
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }

    /**
     * A 64-bit fingerprint that never changes between versions and machines; it orders the streams of a block and shards queries.
     * Equal fingerprints do not mean equal labels.
     */
    public long stableHash() {
        long h = stableHash;
        if (h == 0) {
            var hasher = Hashing.farmHashFingerprint64().newHasher();
            for (String s : pairs) {
                hasher.putBytes(s.getBytes(StandardCharsets.UTF_8)).putByte((byte) 0xff);
            }
            h = hasher.hash().asLong();
            if (h == 0) {
                h = 1;
            }
            stableHash = h;
        }
        return h;
    }

    @Override
    public int compareTo(Labels other) {
        int n = Math.min(pairs.length, other.pairs.length);
        for (int i = 0; i < n; i++) {
            int c = pairs[i].compareTo(other.pairs[i]);
            if (c != 0) {
                return c;
            }
        }
        return Integer.compare(pairs.length, other.pairs.length);
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o == this || (o instanceof Labels other && hashCode() == other.hashCode() && Arrays.equals(pairs, other.pairs));
    }

    @Override
    public int hashCode() {
        int h = hash;
        if (h == 0) {
            h = Arrays.hashCode(pairs);
            hash = h;
        }
        return h;
    }

    /** The text form of messages and of sorting: {@code {a="b", c="d"}}. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(16 * pairs.length + 2).append('{');
        for (int i = 0; i < pairs.length; i += 2) {
            if (i > 0) {
                out.append(", ");
            }
            if (isPlainName(pairs[i])) {
                out.append(pairs[i]);
            } else {
                GoText.appendQuoted(out, pairs[i]);
            }
            GoText.appendQuoted(out.append('='), pairs[i + 1]);
        }
        return out.append('}').toString();
    }

    private static boolean isPlainName(String name) {
        if (name.isEmpty()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
            if (!letter && (i == 0 || c < '0' || c > '9')) {
                return false;
            }
        }
        return true;
    }
}
