package io.narfi.logql.template;

/** Standard base64 with padding; line ends inside are skipped, as Go does. */
final class Base64Text {
    private Base64Text() {}

    /** The bytes, or the text of Go's error: {@code b64dec} prints it. */
    static String decode(String s) {
        StringBuilder out = new StringBuilder(s.length());
        int bits = 0;
        int count = 0;
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '\n' || c == '\r') {
                continue;
            }
            if (c == '=') {
                return padding(s, i, count, bits, out);
            }
            int value = value(c);
            if (value < 0) {
                return illegal(i);
            }
            bits = bits << 6 | value;
            if (++count == 4) {
                out.append((char) (bits >> 16 & 255)).append((char) (bits >> 8 & 255)).append((char) (bits & 255));
                count = 0;
                bits = 0;
            }
        }
        return count == 0 ? out.toString() : illegal(s.length() - count);
    }

    private static String padding(String s, int at, int count, int bits, StringBuilder out) {
        if (count < 2) {
            return illegal(at);
        }
        int i = at + 1;
        if (count == 2) {
            while (i < s.length() && (s.charAt(i) == '\n' || s.charAt(i) == '\r')) {
                i++;
            }
            if (i == s.length()) {
                return illegal(s.length());
            }
            if (s.charAt(i) != '=') {
                return illegal(i);
            }
            i++;
        }
        while (i < s.length() && (s.charAt(i) == '\n' || s.charAt(i) == '\r')) {
            i++;
        }
        if (i < s.length()) {
            return illegal(i);
        }
        if (count == 2) {
            out.append((char) (bits >> 4 & 255));
        } else {
            out.append((char) (bits >> 10 & 255)).append((char) (bits >> 2 & 255));
        }
        return out.toString();
    }

    private static String illegal(int at) {
        return "illegal base64 data at input byte " + at;
    }

    private static int value(char c) {
        return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".indexOf(c);
    }
}
