package io.narfi.common;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** Sizes in bytes as Loki's configuration and messages write them. */
public final class ByteSizes {
    private static final String UNITS = "KMGTPE";

    private ByteSizes() {}

    /**
     * Parses a configured size: a plain number, or {@code 256kb}, {@code 3MB}, {@code 1.5GiB}; units in any case, powers of 1024.
     *
     * @throws IllegalArgumentException if the text is no size or does not fit a long
     */
    public static long parse(String text) {
        String s = text.strip().toUpperCase(Locale.ROOT);
        int i = 0;
        while (i < s.length() && (Character.isDigit(s.charAt(i)) || s.charAt(i) == '.')) {
            i++;
        }
        if (i == 0) {
            throw new IllegalArgumentException("not a byte size: " + GoText.quote(text));
        }
        String unit = s.substring(i).strip();
        int shift;
        if (unit.isEmpty() || unit.equals("B")) {
            shift = 0;
        } else {
            int u = UNITS.indexOf(unit.charAt(0));
            String rest = unit.substring(1);
            if (u < 0 || !(rest.isEmpty() || rest.equals("B") || rest.equals("IB"))) {
                throw new IllegalArgumentException("unknown unit in byte size: " + GoText.quote(text));
            }
            shift = 10 * (u + 1);
        }
        try {
            return new BigDecimal(s.substring(0, i)).multiply(BigDecimal.valueOf(1L << shift)).setScale(0, RoundingMode.DOWN).longValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("not a byte size: " + GoText.quote(text), e);
        }
    }

    /** The configured form: the largest unit that is exact, {@code 256KB}, {@code 1536KB}, {@code 3MB}, {@code 0B}. */
    public static String format(long bytes) {
        if (bytes == 0) {
            return "0B";
        }
        int unit = 0;
        long n = bytes;
        while (unit < UNITS.length() && n % 1024 == 0) {
            n /= 1024;
            unit++;
        }
        return unit == 0 ? n + "B" : n + UNITS.substring(unit - 1, unit) + "B";
    }

    /** The form of query limit messages: IEC units, one decimal under 10, {@code 1.5 GiB}, {@code 150 GiB}. */
    public static String humanIec(long bytes) {
        return human(bytes, 1024, "iB", "B");
    }

    /** The form of push limit messages: SI units, one decimal under 10, {@code 17 MB}. */
    public static String humanSi(long bytes) {
        return human(bytes, 1000, "B", "B");
    }

    private static String human(long bytes, int base, String suffix, String plain) {
        if (bytes < 10) {
            return bytes + " " + plain;
        }
        int exponent = (int) Math.floor(Math.log((double) bytes) / Math.log(base));
        String unit = exponent == 0 ? plain : (base == 1000 && exponent == 1 ? "k" : UNITS.substring(exponent - 1, exponent)) + suffix;
        // Go prints halves rounded to the even number: 10.5 as 10.
        double value = Math.floor((double) bytes / Math.pow(base, exponent) * 10 + 0.5) / 10;
        return (value < 10 ? String.format(Locale.ROOT, "%.1f", value) : Long.toString((long) Math.rint(value))) + " " + unit;
    }
}
