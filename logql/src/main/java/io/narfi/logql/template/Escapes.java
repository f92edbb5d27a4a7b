package io.narfi.logql.template;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Escaping for HTML, JavaScript and URLs, as Go does it. */
final class Escapes {
    private Escapes() {}

    static String html(String s) {
        StringBuilder out = new StringBuilder(s.length());
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            switch (c) {
                case 0 -> out.append(GoStrings.ofRune(0xfffd));
                case '"' -> out.append("&#34;");
                case '\'' -> out.append("&#39;");
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                default -> out.append(c);
            }
        }
        return out.toString();
    }

    static String js(String s) {
        StringBuilder out = new StringBuilder(s.length());
        for (int rune : GoStrings.runes(s)) {
            switch (rune) {
                case '\\' -> out.append("\\\\");
                case '\'' -> out.append("\\'");
                case '"' -> out.append("\\\"");
                case '<' -> out.append("\\u003C");
                case '>' -> out.append("\\u003E");
                case '&' -> out.append("\\u0026");
                case '=' -> out.append("\\u003D");
                default -> {
                    if (rune < ' ' || !GoFormat.isPrintable(rune)) {
                        out.append(String.format(Locale.ROOT, "\\u%04X", rune));
                    } else {
                        out.append(GoStrings.ofRune(rune));
                    }
                }
            }
        }
        return out.toString();
    }

    static String urlQuery(String s) {
        StringBuilder out = new StringBuilder(s.length());
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "-_.~".indexOf(c) >= 0) {
                out.append(c);
            } else if (c == ' ') {
                out.append('+');
            } else {
                out.append('%').append(String.format(Locale.ROOT, "%02X", (int) c));
            }
        }
        return out.toString();
    }

    static String urlDecode(String s) throws TemplateException {
        StringBuilder out = new StringBuilder(s.length());
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '+') {
                out.append(' ');
            } else if (c != '%') {
                out.append(c);
            } else {
                String hex = s.substring(i, Math.min(s.length(), i + 3));
                Integer code = hex.length() == 3 ? hex(hex) : null;
                if (code == null) {
                    throw new TemplateException("invalid URL escape " + GoFormat.quote(hex));
                }
                out.append((char) (int) code);
                i += 2;
            }
        }
        return out.toString();
    }

    private static @Nullable Integer hex(String percent) {
        int high = Character.digit(percent.charAt(1), 16);
        int low = Character.digit(percent.charAt(2), 16);
        return high < 0 || low < 0 || percent.charAt(1) > 127 || percent.charAt(2) > 127 ? null : (Integer) (high * 16 + low);
    }
}
