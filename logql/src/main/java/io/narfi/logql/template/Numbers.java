package io.narfi.logql.template;

import io.narfi.logql.pipeline.GoNumbers;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers from text and from other values, as Go's parser and the conversions of Loki's functions read them. */
final class Numbers {
    private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

    private Numbers() {}

    /** A number in a template, null if the text is none. */
    static Node.@Nullable Numeral constant(int position, String text, boolean character) {
        if (character) {
            String value = GoFormat.unquote(text);
            int[] runes = value == null ? new int[0] : GoStrings.runes(value);
            return runes.length == 1 ? new Node.Numeral(position, text, (long) runes[0], (double) runes[0], false) : null;
        }
        Long integer = parseInt(text, 0);
        Double real = parseFloat(text);
        if (integer != null) {
            return new Node.Numeral(position, text, integer, integer.doubleValue(), false);
        }
        if (real == null) {
            return null;
        }
        boolean whole = real == Math.rint(real) && Math.abs(real) < 0x1p63;
        return new Node.Numeral(position, text, whole ? (Long) (long) (double) real : null, real, true);
    }

    /** {@code strconv.ParseInt} with 64 bits; base 0 takes prefixes and underscores. Null if the text is none or does not fit. */
    static @Nullable Long parseInt(String s, int base) {
        String digits = s;
        boolean negative = false;
        if (!s.isEmpty() && (s.charAt(0) == '+' || s.charAt(0) == '-')) {
            negative = s.charAt(0) == '-';
            digits = s.substring(1);
        }
        int radix = base;
        if (base == 0) {
            radix = 10;
            String lower = digits.toLowerCase(Locale.ROOT);
            if (lower.startsWith("0x")) {
                radix = 16;
                digits = digits.substring(2);
            } else if (lower.startsWith("0b")) {
                radix = 2;
                digits = digits.substring(2);
            } else if (lower.startsWith("0o")) {
                radix = 8;
                digits = digits.substring(2);
            } else if (lower.startsWith("0") && lower.length() > 1) {
                radix = 8;
                digits = digits.substring(1);
            }
            if (digits.startsWith("_") && radix != 10) {
                digits = digits.substring(1);
            }
            if (digits.startsWith("_") || digits.endsWith("_") || digits.contains("__")) {
                return null;
            }
            digits = digits.replace("_", "");
        }
        if (digits.isEmpty() || digits.length() > 80) {
            return null;
        }
        for (int i = 0; i < digits.length(); i++) {
            if (digits.charAt(i) > 127 || Character.digit(digits.charAt(i), radix) < 0) {
                return null;
            }
        }
        BigInteger n = new BigInteger(digits, radix);
        n = negative ? n.negate() : n;
        return n.compareTo(LONG_MIN) < 0 || n.compareTo(LONG_MAX) > 0 ? null : n.longValue();
    }

    static @Nullable Double parseFloat(String s) {
        try {
            return GoNumbers.parseFloat(s);
        } catch (GoNumbers.FormatException e) {
            return null;
        }
    }

    /** The conversion of {@code int} and of the integer functions: what is no integer is 0. */
    static long toInt(@Nullable Object v) {
        return switch (v) {
            case GoInt i -> i.value();
            case Double d -> truncate(d);
            case Boolean b -> b ? 1 : 0;
            case String s -> ofString(s);
            case null, default -> 0;
        };
    }

    private static long truncate(double d) {
        // what the processor gives for a number out of range
        return Double.isNaN(d) || d >= 0x1p63 || d < -0x1p63 ? Long.MIN_VALUE : (long) d;
    }

    private static long ofString(String s) {
        String text = s;
        int point = s.indexOf('.');
        if (point > 0 && s.substring(point + 1).chars().allMatch(c -> c >= '0' && c <= '9')) {
            text = s.substring(0, point);
        }
        Long n = parseInt(text, 0);
        return n == null ? 0 : n;
    }

    /** The conversion of {@code float64} and of the float functions: what is no number is 0. */
    static double toFloat(@Nullable Object v) {
        return switch (v) {
            case GoInt i -> i.value();
            case Double d -> d;
            case Boolean b -> b ? 1 : 0;
            case String s -> {
                Double d = parseFloat(s);
                yield d == null ? 0 : d;
            }
            case null, default -> 0;
        };
    }

    /** A float in decimal, with the fewest digits that give it back. */
    static BigDecimal toDecimal(double d) throws TemplateException {
        if (Double.isNaN(d) || Double.isInfinite(d)) {
            throw new TemplateException("Cannot create a Decimal from " + GoFormat.number(d));
        }
        return new BigDecimal(Double.toString(d));
    }
}
