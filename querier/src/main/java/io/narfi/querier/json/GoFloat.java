package io.narfi.querier.json;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Floating-point numbers as Go prints them in Loki's answers: {@code strconv.FormatFloat(v, 'f', -1, 64)}. */
public final class GoFloat {
    private static final double EXACT_LONG = 9_007_199_254_740_992.0;

    private GoFloat() {}

    /** The shortest decimal that reads back as the same number, never with an exponent; {@code NaN}, {@code +Inf}, {@code -Inf}. */
    public static String format(double v) {
        if (v == Math.rint(v) && Math.abs(v) < EXACT_LONG) {
            return v == 0 && 1 / v < 0 ? "-0" : Long.toString((long) v);
        }
        if (Double.isNaN(v)) {
            return "NaN";
        }
        if (Double.isInfinite(v)) {
            return v > 0 ? "+Inf" : "-Inf";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(v)).stripTrailingZeros();
        if (shortest.precision() == 2) {
            // Java prints at least two digits where one would do for the smallest numbers.
            BigDecimal one = shortest.round(new MathContext(1, RoundingMode.HALF_EVEN));
            if (one.doubleValue() == v) {
                shortest = one;
            }
        }
        return shortest.toPlainString();
    }

    /** The same with at most six decimals, as Loki's encoder of log answers prints the numbers of {@code stats}. */
    public static String formatSixDecimals(double v) {
        if (Double.isNaN(v) || Double.isInfinite(v)) {
            return "0";
        }
        BigDecimal d = new BigDecimal(v).setScale(6, RoundingMode.HALF_UP).stripTrailingZeros();
        return d.signum() == 0 ? "0" : d.toPlainString();
    }

    /** Seconds with at most three decimals from milliseconds. */
    public static String seconds(long millis) {
        long whole = millis / 1000;
        long rest = Math.abs(millis % 1000);
        if (rest == 0) {
            return Long.toString(whole);
        }
        StringBuilder s = new StringBuilder(20);
        if (millis < 0 && whole == 0) {
            s.append('-');
        }
        s.append(whole).append('.');
        s.append((char) ('0' + rest / 100));
        if (rest % 100 != 0) {
            s.append((char) ('0' + rest / 10 % 10));
            if (rest % 10 != 0) {
                s.append((char) ('0' + rest % 10));
            }
        }
        return s.toString();
    }
}
