package io.narfi.logql;

import io.narfi.common.Durations;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Durations, sizes and numbers as a query writes them (logql.md §1.3). */
final class Units {
    private static final BigInteger MOST_BYTES = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    private static final Map<String, Long> BYTE_UNITS = Map.ofEntries(
            Map.entry("b", 1L),
            Map.entry("k", 1_000L),
            Map.entry("m", 1_000_000L),
            Map.entry("g", 1_000_000_000L),
            Map.entry("t", 1_000_000_000_000L),
            Map.entry("p", 1_000_000_000_000_000L),
            Map.entry("ki", 1L << 10),
            Map.entry("mi", 1L << 20),
            Map.entry("gi", 1L << 30),
            Map.entry("ti", 1L << 40),
            Map.entry("pi", 1L << 50));

    private Units() {}

    /** Nanoseconds of a duration in Prometheus's or else Go's form; null if it is neither. */
    static @Nullable Long duration(String text) {
        try {
            return Durations.parsePrometheus(text);
        } catch (IllegalArgumentException notPrometheus) {
            try {
                return Durations.parseGo(text);
            } catch (IllegalArgumentException neither) {
                return null;
            }
        }
    }

    /** An unsigned number of bytes, cut to a whole one; null if the text is no size. */
    static @Nullable Long bytes(String text) {
        int end = 0;
        while (end < text.length() && (Scanner.isDecimal(text.charAt(end)) || text.charAt(end) == '.')) {
            end++;
        }
        String unit = text.substring(end).toLowerCase(Locale.ROOT);
        if (unit.length() > 1 && unit.endsWith("b")) {
            unit = unit.substring(0, unit.length() - 1);
        }
        Long factor = BYTE_UNITS.get(unit);
        if (factor == null || end == 0) {
            return null;
        }
        try {
            BigInteger bytes = new BigDecimal(text.substring(0, end))
                    .multiply(BigDecimal.valueOf(factor))
                    .setScale(0, RoundingMode.DOWN)
                    .toBigIntegerExact();
            return bytes.compareTo(MOST_BYTES) > 0 ? null : bytes.longValue();
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /**
     * Value of a NUMBER, which the scanner has checked.
     *
     * @throws NumberFormatException with Go's text, for what Go's scanner takes and its float parser does not
     */
    static double number(String text) {
        String digits = text.replace("_", "");
        boolean prefixed = digits.length() > 1 && digits.charAt(0) == '0' && Character.isLetter(digits.charAt(1)) && (digits.charAt(1) | 0x20) != 'e';
        boolean hexFloat = prefixed && (digits.charAt(1) | 0x20) == 'x' && (digits.indexOf('p') > 0 || digits.indexOf('P') > 0);
        if (prefixed && !hexFloat) {
            throw new NumberFormatException("strconv.ParseFloat: parsing \"" + text + "\": invalid syntax");
        }
        double value = Double.parseDouble(digits);
        if (Double.isInfinite(value)) {
            throw new NumberFormatException("strconv.ParseFloat: parsing \"" + text + "\": value out of range");
        }
        return value;
    }
}
