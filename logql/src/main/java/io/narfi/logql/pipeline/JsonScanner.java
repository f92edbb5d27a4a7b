package io.narfi.logql.pipeline;

/**
 * Reads JSON as leniently as Loki's tokeniser (§6.4): a value's end is found without looking at what is inside. All functions work on
 * {@code [from, to)} of a byte array and give a place, or one of the negative codes of {@link #message}.
 */
final class JsonScanner {
    /** Deeper objects are a parser error: recursion and the repeated search for closing braces are bounded by it. */
    static final int MAX_DEPTH = 200;

    static final int OBJECT = -2;
    static final int ARRAY = -3;
    static final int STRING = -4;
    static final int UNKNOWN = -5;
    static final int MALFORMED = -6;
    static final int ESCAPE = -7;
    static final int TOO_DEEP = -8;

    private JsonScanner() {}

    static String message(int code) {
        return switch (code) {
            case OBJECT -> "Value looks like object, but can't find closing '}' symbol";
            case ARRAY -> "Value is array, but can't find closing ']' symbol";
            case STRING -> "Value is string, but can't find closing '\"' symbol";
            case UNKNOWN -> "Unknown value type";
            case MALFORMED -> "Malformed JSON error";
            case ESCAPE -> "Encountered an invalid escape sequence in a string";
            case TOO_DEEP -> "JSON is nested deeper than " + MAX_DEPTH + " levels";
            default -> throw new IllegalArgumentException("no such error: " + code);
        };
    }

    /** The next byte that is no blank, -1 at the end. */
    static int token(byte[] b, int from, int to) {
        for (int i = from; i < to; i++) {
            byte c = b[i];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                return i;
            }
        }
        return -1;
    }

    /** The place behind the closing quote of a string whose content begins at {@code from}, -1 if it does not end. */
    static int stringEnd(byte[] b, int from, int to) {
        int i = from;
        while (true) {
            i = Slices.indexOf(b, i, to, (byte) '"');
            if (i < 0) {
                return -1;
            }
            int backslashes = 0;
            while (i - 1 - backslashes >= from && b[i - 1 - backslashes] == '\\') {
                backslashes++;
            }
            i++;
            if ((backslashes & 1) == 0) {
                return i;
            }
        }
    }

    /** The place behind a value that begins at {@code from}, which is no blank. */
    static int valueEnd(byte[] b, int from, int to) {
        byte first = b[from];
        if (first == '"') {
            int end = stringEnd(b, from + 1, to);
            return end < 0 ? STRING : end;
        }
        if (first == '{') {
            int end = blockEnd(b, from, to, (byte) '{', (byte) '}');
            return end < 0 ? OBJECT : end;
        }
        if (first == '[') {
            int end = blockEnd(b, from, to, (byte) '[', (byte) ']');
            return end < 0 ? ARRAY : end;
        }
        int end = tokenEnd(b, from, to);
        return isKnown(b, from, end) ? end : UNKNOWN;
    }

    private static int tokenEnd(byte[] b, int from, int to) {
        int i = from;
        while (i < to && !isTokenEnd(b[i])) {
            i++;
        }
        return i;
    }

    private static boolean isTokenEnd(byte c) {
        return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }

    private static boolean isKnown(byte[] b, int from, int to) {
        if (from == to) {
            return false;
        }
        return switch (b[from]) {
            case 't' -> isWord(b, from, to, "true");
            case 'f' -> isWord(b, from, to, "false");
            case 'n' -> isWord(b, from, to, "null");
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> true;
            default -> false;
        };
    }

    private static boolean isWord(byte[] b, int from, int to, String word) {
        if (to - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (b[from + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Counts one kind of bracket; strings are skipped. */
    private static int blockEnd(byte[] b, int from, int to, byte open, byte close) {
        int level = 0;
        for (int i = from; i < to; i++) {
            byte c = b[i];
            if (c == '"') {
                i = stringEnd(b, i + 1, to) - 1;
                if (i < 0) {
                    return -1;
                }
            } else if (c == open) {
                level++;
            } else if (c == close && --level == 0) {
                return i + 1;
            }
        }
        return -1;
    }
}
