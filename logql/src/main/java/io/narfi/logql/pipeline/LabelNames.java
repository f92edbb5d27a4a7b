package io.narfi.logql.pipeline;

/** How keys of lines become label names (§5). */
final class LabelNames {
    private LabelNames() {}

    /** Blanks around are cut off, a leading digit gets a {@code _} before it, and what cannot stand in a name becomes {@code _}. */
    static String sanitize(String key) {
        String trimmed = trim(key);
        if (trimmed.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder(trimmed.length() + 1);
        char first = trimmed.charAt(0);
        if (first >= '0' && first <= '9') {
            out.append('_');
        }
        appendClean(out, trimmed);
        return out.toString();
    }

    /** As {@link #sanitize}, for a part of a name that does not begin it: a leading digit stays as it is. */
    static String sanitizePart(String key) {
        String trimmed = trim(key);
        StringBuilder out = new StringBuilder(trimmed.length());
        appendClean(out, trimmed);
        return out.toString();
    }

    private static void appendClean(StringBuilder out, String text) {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            out.append(isNameCharacter(c) ? (char) c : '_');
        }
    }

    static boolean isNameCharacter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }

    /** Without Unicode white space at both ends, as Go's {@code strings.TrimSpace}. */
    static String trim(String s) {
        int from = 0;
        int to = s.length();
        while (from < to && isSpace(s.charAt(from))) {
            from++;
        }
        while (to > from && isSpace(s.charAt(to - 1))) {
            to--;
        }
        return s.substring(from, to);
    }

    /** Go's {@code unicode.IsSpace}. */
    static boolean isSpace(int c) {
        return switch (c) {
            case '\t', '\n', 11, '\f', '\r', ' ', 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000 -> true;
            default -> c >= 0x2000 && c <= 0x200a;
        };
    }
}
