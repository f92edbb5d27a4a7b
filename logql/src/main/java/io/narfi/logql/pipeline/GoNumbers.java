package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.common.Durations;
import io.narfi.common.GoText;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers, durations and sizes as Go and Loki read them from text (§6.3.1), with their errors. */
public final class GoNumbers {
    private static final double[] TENS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
    };
    private static final int MAX_DIGITS = 15;

    private GoNumbers() {}

    /** A text that is no such value; the message is Go's. */
    public static final class FormatException extends Exception {
        private static final long serialVersionUID = 1L;

        FormatException(String message) {
            super(message, null, false, false);
        }
    }

    /** {@code strconv.ParseFloat}: decimal, hexadecimal with exponent, {@code Inf}, {@code NaN}, underscores between digits. */
    public static double parseFloat(byte[] b, int from, int to) throws FormatException {
        double quick = simpleDecimal(b, from, to);
        return Double.isNaN(quick) ? parseFloat(new String(b, from, to - from, UTF_8)) : quick;
    }

    /** A plain decimal number of few digits, which one division gives exactly; NaN if the text is anything else. */
    private static double simpleDecimal(byte[] b, int from, int to) {
        int i = from;
        boolean negative = i < to && b[i] == '-';
        if (negative) {
            i++;
        }
        int digits = 0;
        int fraction = -1;
        long n = 0;
        for (; i < to; i++) {
            byte c = b[i];
            if (c >= '0' && c <= '9' && digits < MAX_DIGITS) {
                n = n * 10 + c - '0';
                digits++;
            } else if (c == '.' && fraction < 0) {
                fraction = digits;
            } else {
                return Double.NaN;
            }
        }
        if (digits == 0) {
            return Double.NaN;
        }
        double value = fraction < 0 ? n : n / TENS[digits - fraction];
        return negative ? -value : value;
    }

    public static double parseFloat(String s) throws FormatException {
        String lower = s.toLowerCase(Locale.ROOT);
        String unsigned = lower.startsWith("+") || lower.startsWith("-") ? lower.substring(1) : lower;
        if (unsigned.equals("inf") || unsigned.equals("infinity")) {
            return lower.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        if (lower.equals("nan")) {
            return Double.NaN;
        }
        boolean hex = unsigned.startsWith("0x");
        if (!(hex ? isHexFloat(unsigned) : isDecimalFloat(unsigned))) {
            throw syntax("ParseFloat", s);
        }
        double value = Double.parseDouble(lower.replace("_", ""));
        if (Double.isInfinite(value)) {
            throw new FormatException("strconv.ParseFloat: parsing " + GoText.quote(s) + ": value out of range");
        }
        return value;
    }

    static FormatException syntax(String function, String s) {
        return new FormatException("strconv." + function + ": parsing " + GoText.quote(s) + ": invalid syntax");
    }

    private static boolean isDecimalFloat(String s) {
        int i = mantissa(s, 0, 10);
        return i > 0 && (i == s.length() || (s.charAt(i) == 'e' && isExponent(s, i + 1))) && underscoresOk(s, false);
    }

    private static boolean isHexFloat(String s) {
        int i = mantissa(s, 2, 16);
        return i > 2 && i < s.length() && s.charAt(i) == 'p' && isExponent(s, i + 1) && underscoresOk(s, true);
    }

    /** Where digits with at most one point end; {@code start} if there are none. */
    private static int mantissa(String s, int start, int base) {
        int i = start;
        boolean point = false;
        boolean digits = false;
        for (; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '.' && !point) {
                point = true;
            } else if (c < 128 && Character.digit(c, base) >= 0) {
                digits = true;
            } else if (c != '_') {
                break;
            }
        }
        return digits ? i : start;
    }

    private static boolean isExponent(String s, int start) {
        int i = start;
        if (i < s.length() && (s.charAt(i) == '+' || s.charAt(i) == '-')) {
            i++;
        }
        int digits = i;
        while (i < s.length() && ((s.charAt(i) >= '0' && s.charAt(i) <= '9') || s.charAt(i) == '_')) {
            i++;
        }
        return i > digits && i == s.length() && s.charAt(digits) != '_';
    }

    /** Each underscore stands between two digits, or behind a base prefix. */
    private static boolean underscoresOk(String s, boolean hex) {
        for (int i = s.indexOf('_'); i >= 0; i = s.indexOf('_', i + 1)) {
            boolean before = i > 0 && (isDigit(s.charAt(i - 1), hex) || (hex && i == 2));
            boolean after = i + 1 < s.length() && isDigit(s.charAt(i + 1), hex);
            if (!before || !after) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDigit(char c, boolean hex) {
        return (c >= '0' && c <= '9') || (hex && c >= 'a' && c <= 'f');
    }

    /** A Go duration in nanoseconds. */
    public static long parseDuration(byte[] b, int from, int to) throws FormatException {
        return parseDuration(new String(b, from, to - from, UTF_8));
    }

    public static long parseDuration(String s) throws FormatException {
        try {
            return Durations.parseGo(s);
        } catch (IllegalArgumentException e) {
            throw new FormatException(String.valueOf(e.getMessage()));
        }
    }

    /** {@code Duration.Seconds()}: whole seconds and the rest apart, so that few digits are lost. */
    public static double seconds(long nanos) {
        long whole = nanos / Durations.SECOND;
        return whole + (nanos % Durations.SECOND) / 1e9;
    }

    /** A size in bytes: a decimal number, commas in it ignored, and an optional unit in any case. Unsigned. */
    public static long parseBytes(byte[] b, int from, int to) throws FormatException {
        return parseBytes(new String(b, from, to - from, UTF_8));
    }

    public static long parseBytes(String s) throws FormatException {
        int digits = 0;
        while (digits < s.length() && (Character.isDigit(s.charAt(digits)) || s.charAt(digits) == '.' || s.charAt(digits) == ',')) {
            digits++;
        }
        double number = parseFloat(s.substring(0, digits).replace(",", ""));
        String unit = LabelNames.trim(s.substring(digits)).toLowerCase(Locale.ROOT);
        Double factor = unitFactor(unit);
        if (factor == null) {
            throw new FormatException("unhandled size name: " + unit);
        }
        double value = number * factor;
        if (value >= 0x1p64) {
            throw new FormatException("too large: " + s);
        }
        return value < 0x1p63 ? (long) value : new BigDecimal(value).toBigInteger().and(BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE)).longValue();
    }

    private static @Nullable Double unitFactor(String unit) {
        if (unit.isEmpty() || unit.equals("b")) {
            return 1.0;
        }
        int power = "kmgtpe".indexOf(unit.charAt(0)) + 1;
        if (power == 0) {
            return null;
        }
        return switch (unit.substring(1)) {
            case "", "b" -> Math.pow(1000, power);
            case "i", "ib" -> Math.pow(1024, power);
            default -> null;
        };
    }

    /** An unsigned number of bytes as a double. */
    static double unsignedToDouble(long bytes) {
        double d = bytes & Long.MAX_VALUE;
        return bytes < 0 ? d + 0x1p63 : d;
    }
}
