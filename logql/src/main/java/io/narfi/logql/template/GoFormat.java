package io.narfi.logql.template;

import io.narfi.logql.regex.Utf8;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How Go prints values and quotes strings. */
final class GoFormat {
    private static final String HEX = "0123456789abcdef";
    private static final int MAX_DEPTH = 200;
    /** From this exponent on %g with the fewest digits takes the exponent form. */
    private static final int SHORTEST_LIMIT = 6;

    private GoFormat() {}

    /** {@code %v}. */
    static String print(@Nullable Object v) {
        return print(v, 0);
    }

    private static String print(@Nullable Object v, int depth) {
        if (depth > MAX_DEPTH) {
            return "...";
        }
        return switch (v) {
            case null -> "<nil>";
            case String s -> s;
            case Double d -> number(d);
            case TemplateData data -> {
                Map<String, Object> labels = new TreeMap<>();
                for (String name : data.names()) {
                    String value = data.label(name);
                    labels.put(name, value == null ? "" : value);
                }
                yield map(labels, depth);
            }
            case Map<?, ?> m -> map(new TreeMap<>(m), depth);
            case List<?> list -> {
                StringBuilder out = new StringBuilder("[");
                for (int i = 0; i < list.size(); i++) {
                    out.append(i > 0 ? " " : "").append(print(list.get(i), depth + 1));
                }
                yield out.append(']').toString();
            }
            default -> v.toString();
        };
    }

    private static String map(Map<?, ?> sorted, int depth) {
        StringBuilder out = new StringBuilder("map[");
        int i = 0;
        for (Map.Entry<?, ?> e : sorted.entrySet()) {
            out.append(i++ > 0 ? " " : "").append(e.getKey()).append(':').append(print(e.getValue(), depth + 1));
        }
        return out.append(']').toString();
    }

    /** A float as {@code %v}: the fewest digits, in exponent form if the exponent is below -4 or above 5. */
    static String number(double d) {
        return real(d, 'g', -1);
    }

    /**
     * {@code strconv.FormatFloat}.
     *
     * @param format e, f or g
     * @param precision digits behind the point (with g: in all), -1 for the fewest that give the number back
     */
    static String real(double d, char format, int precision) {
        if (Double.isNaN(d)) {
            return "NaN";
        }
        if (Double.isInfinite(d)) {
            return d > 0 ? "+Inf" : "-Inf";
        }
        boolean negative = d < 0 || (d == 0 && 1 / d < 0);
        double abs = Math.abs(d);
        String sign = negative ? "-" : "";
        if (abs == 0) {
            return sign + zero(format, precision);
        }
        BigDecimal value = precision < 0 ? new BigDecimal(Double.toString(abs)) : new BigDecimal(abs);
        if (precision >= 0) {
            value = switch (format) {
                case 'f' -> value.setScale(precision, java.math.RoundingMode.HALF_EVEN);
                case 'e' -> value.round(new java.math.MathContext(precision + 1, java.math.RoundingMode.HALF_EVEN));
                default -> value.round(new java.math.MathContext(Math.max(1, precision), java.math.RoundingMode.HALF_EVEN));
            };
        }
        if (format == 'f') {
            return sign + (precision < 0 ? value.stripTrailingZeros().toPlainString() : value.toPlainString());
        }
        BigDecimal stripped = value.stripTrailingZeros();
        String digits = stripped.unscaledValue().toString();
        int exponent = digits.length() - 1 - stripped.scale();
        if (format == 'e') {
            String padded = precision < 0 ? digits : pad(digits, precision + 1);
            return sign + scientific(padded, exponent);
        }
        int limit = precision < 0 ? SHORTEST_LIMIT : Math.max(1, precision);
        if (precision >= 0 && limit > digits.length() && digits.length() > exponent) {
            limit = digits.length();
        }
        if (exponent < -4 || exponent >= limit) {
            return sign + scientific(digits, exponent);
        }
        return sign + stripped.toPlainString();
    }

    private static String zero(char format, int precision) {
        String digits = precision > 0 && format != 'g' ? "0." + "0".repeat(precision) : "0";
        return format == 'e' ? digits + "e+00" : digits;
    }

    private static String pad(String digits, int length) {
        return digits.length() >= length ? digits : digits + "0".repeat(length - digits.length());
    }

    private static String scientific(String digits, int exponent) {
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        int abs = Math.abs(exponent);
        return mantissa + "e" + (exponent < 0 ? "-" : "+") + (abs < 10 ? "0" : "") + abs;
    }

    /** {@code %q}. */
    static String quote(String s) {
        StringBuilder out = new StringBuilder("\"");
        byte[] b = GoStrings.toBytes(s);
        for (int i = 0; i < b.length; ) {
            int decoded = Utf8.decode(b, i, b.length);
            int rune = decoded >> 3;
            int width = decoded & 7;
            if (rune == 0xfffd && width == 1) {
                out.append("\\x").append(HEX.charAt((b[i] >> 4) & 15)).append(HEX.charAt(b[i] & 15));
            } else {
                appendQuoted(out, rune, '"');
            }
            i += width;
        }
        return out.append('"').toString();
    }

    static String quoteRune(int rune) {
        StringBuilder out = new StringBuilder("'");
        appendQuoted(out, rune, '\'');
        return out.append('\'').toString();
    }

    private static void appendQuoted(StringBuilder out, int rune, char quote) {
        switch (rune) {
            case 7 -> out.append("\\a");
            case '\b' -> out.append("\\b");
            case '\f' -> out.append("\\f");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            case 11 -> out.append("\\v");
            default -> {
                if (rune == quote || rune == '\\') {
                    out.append('\\').append((char) rune);
                } else if (rune >= ' ' && rune < 0x7f) {
                    out.append((char) rune);
                } else if (rune < ' ' || rune == 0x7f) {
                    out.append("\\x").append(HEX.charAt(rune >> 4)).append(HEX.charAt(rune & 15));
                } else if (isPrintable(rune)) {
                    out.append(GoStrings.ofRune(rune));
                } else {
                    out.append(rune > 0xffff ? String.format(Locale.ROOT, "\\U%08x", rune) : String.format(Locale.ROOT, "\\u%04x", rune));
                }
            }
        }
    }

    static boolean isPrintable(int rune) {
        return switch (Character.getType(rune)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
                    Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> rune == ' ';
            default -> true;
        };
    }

    /** {@code %#U}: U+0041 'A'. */
    static String unicode(int rune) {
        String code = String.format(Locale.ROOT, "U+%04X", Math.max(0, rune));
        return rune > 0 && isPrintable(rune) ? code + " '" + GoStrings.ofRune(rune) + "'" : code;
    }

    /** The value of a quoted or raw string or character constant, null if it is malformed. */
    static @Nullable String unquote(String s) {
        char quote = s.charAt(0);
        if (s.length() < 2 || s.charAt(s.length() - 1) != quote) {
            return null;
        }
        String body = s.substring(1, s.length() - 1);
        if (quote == '`') {
            return body.replace("\r", "");
        }
        StringBuilder out = new StringBuilder();
        int i = 0;
        while (i < body.length()) {
            char c = body.charAt(i++);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            if (i == body.length()) {
                return null;
            }
            char kind = body.charAt(i++);
            int simple = "abfnrtv\\".indexOf(kind);
            if (simple >= 0) {
                out.append("\u0007\b\f\n\r\t\u000b\\".charAt(simple));
            } else if (kind == quote) {
                out.append(kind);
            } else {
                int length = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 3;
                int base = kind >= '0' && kind <= '7' ? 8 : 16;
                int start = base == 8 ? i - 1 : i;
                if ("xuU01234567".indexOf(kind) < 0 || start + length > body.length()) {
                    return null;
                }
                Long code = Numbers.parseInt(body.substring(start, start + length), base);
                if (code == null || code < 0 || (base == 8 && code > 255) || code > 0x10ffff || (kind != 'x' && base == 16 && code >= 0xd800 && code < 0xe000)) {
                    return null;
                }
                out.append(length < 4 ? String.valueOf((char) (long) code) : GoStrings.ofRune((int) (long) code));
                i = start + length;
            }
        }
        return out.toString();
    }
}
