package io.narfi.ingester.validate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds the level of a line in its bytes (contract/push-validation.md §7.2 step 5, §7.4): as JSON if it looks like an object, as logfmt if
 * it has an equals sign, else, or if that gives no known level, by the first keyword that stands between boundaries.
 *
 * <p>Every line of every push goes through here. It is at most three passes of a loop over bytes, most lines end in the first, and nothing
 * is allocated unless a field with a level's name was found.
 */
final class LineLevels {
    /** One bit a byte value: what may stand before a keyword, and what after it. */
    private static final int LEFT = 1;

    private static final int RIGHT = 2;
    private static final byte[] BOUNDARY = new byte[256];

    static {
        for (char c : " \t\n[({\"=".toCharArray()) {
            BOUNDARY[c] |= LEFT;
        }
        for (char c : " \t\n[](){}:,!\"=".toCharArray()) {
            BOUNDARY[c] |= RIGHT;
        }
    }

    private final List<byte[]> names;
    private final List<byte[]> lowerNames;
    private final int jsonDepth;
    private final int shortest;
    private final int longest;

    /**
     * @param names field names in order of preference
     * @param jsonDepth how deep objects are searched, 1 for the root alone; 0 and less for any depth
     */
    LineLevels(List<String> names, int jsonDepth) {
        this.names = names.stream().map(n -> n.getBytes(UTF_8)).toList();
        this.lowerNames = new ArrayList<>();
        for (String n : names) {
            byte[] lower = n.toLowerCase(Locale.ROOT).getBytes(UTF_8);
            if (lowerNames.stream().noneMatch(l -> Arrays.equals(l, lower))) {
                lowerNames.add(lower);
            }
        }
        this.jsonDepth = jsonDepth <= 0 ? Integer.MAX_VALUE : jsonDepth;
        this.shortest = this.names.stream().mapToInt(n -> n.length).min().orElse(Integer.MAX_VALUE);
        this.longest = this.names.stream().mapToInt(n -> n.length).max().orElse(0);
    }

    /** The level's canonical name, {@code unknown} if there is none. */
    String find(byte[] b, int offset, int length) {
        int end = offset + length;
        int first = offset;
        while (first < end && isSpace(b[first])) {
            first++;
        }
        if (first == end) {
            return Levels.UNKNOWN;
        }
        String level = null;
        if (b[first] == '{') {
            int last = end - 1;
            while (isSpace(b[last])) {
                last--;
            }
            if (b[last] == '}' && last > first) {
                level = json(b, first, last + 1);
                return level == null ? keyword(b, offset, end) : level;
            }
        }
        if (contains(b, first, end, '=')) {
            level = logfmt(b, first, end);
        }
        return level == null ? keyword(b, offset, end) : level;
    }

    private static boolean isSpace(byte c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    private static boolean contains(byte[] b, int from, int end, char c) {
        for (int i = from; i < end; i++) {
            if (b[i] == c) {
                return true;
            }
        }
        return false;
    }

    /**
     * Walks the object's keys in document order. Only strings and braces are looked at; what stands between need not be JSON, and a line
     * that breaks off in the middle ends the search.
     */
    private @Nullable String json(byte[] b, int from, int end) {
        int depth = 0;
        long arrays = 0;
        boolean key = false;
        for (int i = from; i < end; i++) {
            switch (b[i]) {
                case '{' -> {
                    depth++;
                    if (depth > 63) {
                        return null;
                    }
                    arrays &= ~(1L << depth);
                    key = true;
                }
                case '[' -> {
                    depth++;
                    if (depth > 63) {
                        return null;
                    }
                    arrays |= 1L << depth;
                    key = false;
                }
                case '}', ']' -> {
                    depth--;
                    if (depth <= 0) {
                        return null;
                    }
                    key = false;
                }
                case ',' -> key = (arrays & 1L << depth) == 0;
                case '"' -> {
                    int close = closingQuote(b, i + 1, end);
                    if (close < 0) {
                        return null;
                    }
                    if (key && depth <= jsonDepth && (arrays & (2L << depth) - 1) == 0 && isName(b, i + 1, close - i - 1)) {
                        int value = stringAfterColon(b, close + 1, end);
                        if (value >= 0) {
                            int valueEnd = closingQuote(b, value, end);
                            return valueEnd < 0 ? null : Levels.known(b, value, valueEnd - value);
                        }
                    }
                    key = false;
                    i = close;
                }
                default -> {}
            }
        }
        return null;
    }

    private static int closingQuote(byte[] b, int from, int end) {
        for (int i = from; i < end; i++) {
            byte c = b[i];
            if (c == '"') {
                return i;
            }
            if (c == '\\') {
                i++;
            }
        }
        return -1;
    }

    /** Where the text of a string value begins, or -1 if what comes is no colon and string. */
    private static int stringAfterColon(byte[] b, int from, int end) {
        int i = from;
        while (i < end && isSpace(b[i])) {
            i++;
        }
        if (i == end || b[i] != ':') {
            return -1;
        }
        i++;
        while (i < end && isSpace(b[i])) {
            i++;
        }
        return i < end && b[i] == '"' ? i + 1 : -1;
    }

    private boolean isName(byte[] b, int offset, int length) {
        if (length < shortest || length > longest) {
            return false;
        }
        for (int n = 0; n < names.size(); n++) {
            byte[] name = names.get(n);
            if (name.length == length && Arrays.equals(name, 0, length, b, offset, offset + length)) {
                return true;
            }
        }
        return false;
    }

    /** The value of the key that stands earliest in the list of names, if that value is a known level. */
    private @Nullable String logfmt(byte[] b, int from, int end) {
        int best = Integer.MAX_VALUE;
        int bestFrom = 0;
        int bestLength = 0;
        int i = from;
        while (i < end) {
            while (i < end && b[i] >= 0 && b[i] <= ' ') {
                i++;
            }
            int key = i;
            while (i < end && b[i] != '=' && b[i] != '"' && (b[i] < 0 || b[i] > ' ')) {
                i++;
            }
            if (i == end || b[i] != '=') {
                // A bare word, or a quote where none belongs: on to the next blank.
                i = endOfWord(b, i, end);
                continue;
            }
            int keyLength = i - key;
            int value = ++i;
            int valueEnd;
            if (i < end && b[i] == '"') {
                valueEnd = closingQuote(b, ++value, end);
                if (valueEnd < 0) {
                    break;
                }
                i = valueEnd + 1;
            } else {
                i = endOfWord(b, i, end);
                valueEnd = i;
            }
            int rank = keyLength < shortest || keyLength > longest ? best : rank(b, key, keyLength, best);
            if (rank < best) {
                best = rank;
                bestFrom = value;
                bestLength = valueEnd - value;
                if (rank == 0) {
                    break;
                }
            }
        }
        return best == Integer.MAX_VALUE ? null : Levels.known(b, bestFrom, bestLength);
    }

    private static int endOfWord(byte[] b, int from, int end) {
        int i = from;
        while (i < end && (b[i] < 0 || b[i] > ' ')) {
            i++;
        }
        return i;
    }

    /** Place of a key among the names, if before {@code below}. */
    private int rank(byte[] b, int offset, int length, int below) {
        for (int n = 0; n < lowerNames.size() && n < below; n++) {
            byte[] name = lowerNames.get(n);
            if (name.length == length && equalsIgnoringCase(name, b, offset)) {
                return n;
            }
        }
        return below;
    }

    private static boolean equalsIgnoringCase(byte[] lower, byte[] b, int offset) {
        for (int i = 0; i < lower.length; i++) {
            byte c = b[offset + i];
            if (lower[i] != (c >= 'A' && c <= 'Z' ? c + 32 : c)) {
                return false;
            }
        }
        return true;
    }

    private static String keyword(byte[] b, int from, int end) {
        int left = LEFT;
        for (int i = from; i < end; i++) {
            int c = b[i] & 0xff;
            if (left != 0) {
                String level = keywordAt(b, i, end, c | 0x20);
                if (level != null) {
                    return level;
                }
            }
            left = BOUNDARY[c] & LEFT;
        }
        return Levels.UNKNOWN;
    }

    private static @Nullable String keywordAt(byte[] b, int at, int end, int first) {
        return switch (first) {
            case 't' -> word(b, at, end, "trace") ? "trace" : null;
            case 'd' -> word(b, at, end, "debug") ? "debug" : null;
            case 'f' -> word(b, at, end, "fatal") ? "fatal" : null;
            case 'c' -> word(b, at, end, "critical") ? "critical" : null;
            case 'e' -> word(b, at, end, "error") || word(b, at, end, "err") ? "error" : null;
            case 'w' -> word(b, at, end, "warn") || word(b, at, end, "warning") ? "warn" : null;
            case 'i' -> word(b, at, end, "info") ? "info" : null;
            default -> null;
        };
    }

    private static boolean word(byte[] b, int at, int end, String lower) {
        int n = lower.length();
        if (end - at < n) {
            return false;
        }
        for (int i = 0; i < n; i++) {
            int c = b[at + i];
            if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lower.charAt(i)) {
                return false;
            }
        }
        return at + n == end || (BOUNDARY[b[at + n] & 0xff] & RIGHT) != 0;
    }
}
