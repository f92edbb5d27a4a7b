package io.narfi.common;

import java.time.Duration;
import java.util.Locale;

/**
 * Durations in the two text forms that Loki knows. All values are nanoseconds in a {@code long}; anything that does not fit is refused.
 *
 * <ul>
 *   <li><b>Prometheus</b>: {@code 1w2d3h4m5s6ms}, whole numbers, each unit at most once, from large to small; {@code 0} needs no unit.
 *   <li><b>Go</b>: {@code -1.5h30m}, units {@code ns us µs ms s m h} in any order, fractions allowed, an optional sign.
 * </ul>
 */
public final class Durations {
    public static final long MILLISECOND = 1_000_000L;
    public static final long SECOND = 1_000 * MILLISECOND;
    public static final long MINUTE = 60 * SECOND;
    public static final long HOUR = 60 * MINUTE;
    public static final long DAY = 24 * HOUR;
    public static final long WEEK = 7 * DAY;
    public static final long YEAR = 365 * DAY;

    private static final String[] PROMETHEUS_UNITS = {"y", "w", "d", "h", "m", "s", "ms"};
    private static final long[] PROMETHEUS_NANOS = {YEAR, WEEK, DAY, HOUR, MINUTE, SECOND, MILLISECOND};

    private Durations() {}

    /**
     * Parses the Prometheus form.
     *
     * @throws IllegalArgumentException with the text of Prometheus's own error
     */
    public static long parsePrometheus(String text) {
        if (text.equals("0")) {
            return 0;
        }
        if (text.isEmpty()) {
            throw new IllegalArgumentException("empty duration string");
        }
        long sum = 0;
        int lastUnit = -1;
        int i = 0;
        while (i < text.length()) {
            int digits = i;
            while (i < text.length() && isDigit(text.charAt(i))) {
                i++;
            }
            if (i == digits) {
                throw notValid(text);
            }
            int unitStart = i;
            while (i < text.length() && !isDigit(text.charAt(i))) {
                i++;
            }
            if (i == unitStart) {
                throw notValid(text);
            }
            String unitText = text.substring(unitStart, i);
            int unit = indexOfUnit(unitText);
            if (unit < 0) {
                throw new IllegalArgumentException("unknown unit " + GoText.quote(unitText) + " in duration " + GoText.quote(text));
            }
            if (unit <= lastUnit) {
                throw notValid(text);
            }
            lastUnit = unit;
            try {
                long n = Long.parseLong(text, digits, unitStart, 10);
                sum = Math.addExact(sum, Math.multiplyExact(n, PROMETHEUS_NANOS[unit]));
            } catch (NumberFormatException | ArithmeticException e) {
                throw new IllegalArgumentException("duration out of range", e);
            }
        }
        return sum;
    }

    private static IllegalArgumentException notValid(String text) {
        return new IllegalArgumentException("not a valid duration string: " + GoText.quote(text));
    }

    private static int indexOfUnit(String unit) {
        for (int i = 0; i < PROMETHEUS_UNITS.length; i++) {
            if (PROMETHEUS_UNITS[i].equals(unit)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /**
     * Parses the Go form.
     *
     * @throws IllegalArgumentException with the text of Go's own error, for example {@code time: missing unit in duration "10"}
     */
    public static long parseGo(String text) {
        int i = 0;
        boolean negative = false;
        if (!text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+')) {
            negative = text.charAt(0) == '-';
            i++;
        }
        if (text.length() - i == 1 && text.charAt(i) == '0') {
            return 0;
        }
        if (i == text.length()) {
            throw invalidGo(text);
        }
        // Summed as an unsigned value up to 2^63, as Go does, so that the most negative duration parses.
        long sum = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c != '.' && !isDigit(c)) {
                throw invalidGo(text);
            }
            int start = i;
            long whole = 0;
            while (i < text.length() && isDigit(text.charAt(i))) {
                if (Long.compareUnsigned(whole, Long.divideUnsigned(Long.MIN_VALUE, 10)) > 0) {
                    throw invalidGo(text);
                }
                whole = whole * 10 + (text.charAt(i) - '0');
                if (Long.compareUnsigned(whole, Long.MIN_VALUE) > 0) {
                    throw invalidGo(text);
                }
                i++;
            }
            boolean hasDigits = i > start;
            long fraction = 0;
            double scale = 1;
            if (i < text.length() && text.charAt(i) == '.') {
                i++;
                int fractionStart = i;
                boolean overflow = false;
                while (i < text.length() && isDigit(text.charAt(i))) {
                    if (!overflow) {
                        long next = fraction * 10 + (text.charAt(i) - '0');
                        if (fraction > (Long.MAX_VALUE - 9) / 10) {
                            overflow = true;
                        } else {
                            fraction = next;
                            scale *= 10;
                        }
                    }
                    i++;
                }
                hasDigits |= i > fractionStart;
            }
            if (!hasDigits) {
                throw invalidGo(text);
            }
            int unitStart = i;
            while (i < text.length() && text.charAt(i) != '.' && !isDigit(text.charAt(i))) {
                i++;
            }
            if (i == unitStart) {
                throw new IllegalArgumentException("time: missing unit in duration " + quoteGo(text));
            }
            long unit = goUnit(text, unitStart, i);
            if (Long.compareUnsigned(whole, Long.divideUnsigned(Long.MIN_VALUE, unit)) > 0) {
                throw invalidGo(text);
            }
            long part = whole * unit;
            if (fraction > 0) {
                part += (long) (fraction * (unit / scale));
                if (Long.compareUnsigned(part, Long.MIN_VALUE) > 0) {
                    throw invalidGo(text);
                }
            }
            sum += part;
            if (Long.compareUnsigned(sum, Long.MIN_VALUE) > 0) {
                throw invalidGo(text);
            }
        }
        if (negative) {
            return -sum;
        }
        if (sum < 0) {
            throw invalidGo(text);
        }
        return sum;
    }

    private static long goUnit(String text, int from, int to) {
        String unit = text.substring(from, to);
        return switch (unit) {
            case "ns" -> 1;
            case "us", "\u00b5s", "\u03bcs" -> 1_000;
            case "ms" -> MILLISECOND;
            case "s" -> SECOND;
            case "m" -> MINUTE;
            case "h" -> HOUR;
            default -> throw new IllegalArgumentException("time: unknown unit " + quoteGo(unit) + " in duration " + quoteGo(text));
        };
    }

    private static IllegalArgumentException invalidGo(String text) {
        return new IllegalArgumentException("time: invalid duration " + quoteGo(text));
    }

    /** Go's {@code time} package has its own quoting: bytes outside printable ASCII as {@code \\xNN}. */
    private static String quoteGo(String s) {
        StringBuilder out = new StringBuilder("\"");
        for (byte b : s.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
            if (b == '"' || b == '\\') {
                out.append('\\').append((char) b);
            } else if (b < ' ') {
                out.append(String.format(Locale.ROOT, "\\x%02x", b & 0xff));
            } else {
                out.append((char) b);
            }
        }
        return out.append('"').toString();
    }

    /** Either form, as Loki's configuration takes durations: Prometheus first. */
    public static long parseConfig(String text) {
        try {
            return parsePrometheus(text);
        } catch (IllegalArgumentException e) {
            try {
                return parseGo(text);
            } catch (IllegalArgumentException ignoredBecauseTheFirstTextIsBetter) {
                throw e;
            }
        }
    }

    /** Prometheus's text form: {@code 721h} prints as {@code 30d1h}, weeks and years only when exact, zero as {@code 0s}. */
    public static String formatPrometheus(long nanos) {
        long ms = nanos / MILLISECOND;
        if (ms == 0) {
            return "0s";
        }
        StringBuilder out = new StringBuilder();
        if (ms < 0) {
            out.append('-');
            ms = -ms;
        }
        ms = appendUnit(out, ms, "y", YEAR, true);
        ms = appendUnit(out, ms, "w", WEEK, true);
        ms = appendUnit(out, ms, "d", DAY, false);
        ms = appendUnit(out, ms, "h", HOUR, false);
        ms = appendUnit(out, ms, "m", MINUTE, false);
        ms = appendUnit(out, ms, "s", SECOND, false);
        appendUnit(out, ms, "ms", MILLISECOND, false);
        return out.toString();
    }

    private static long appendUnit(StringBuilder out, long ms, String unit, long nanos, boolean exact) {
        long size = nanos / MILLISECOND;
        long n = ms / size;
        if (n == 0 || (exact && ms % size != 0)) {
            return ms;
        }
        out.append(n).append(unit);
        return ms - n * size;
    }

    /** Go's text form: {@code 2000h0m0s}, {@code 1.5s}, {@code 250ms}, {@code 0s}. */
    public static String formatGo(long nanos) {
        if (nanos == 0) {
            return "0s";
        }
        // Worked on as an unsigned magnitude, so that the most negative value prints too.
        long u = Math.abs(nanos);
        StringBuilder out = new StringBuilder();
        if (nanos < 0) {
            out.append('-');
        }
        if (Long.compareUnsigned(u, SECOND) < 0) {
            if (u < 1_000) {
                return out.append(u).append("ns").toString();
            }
            if (u < MILLISECOND) {
                return appendFraction(out, u, 1_000).append("\u00b5s").toString();
            }
            return appendFraction(out, u, MILLISECOND).append("ms").toString();
        }
        long hours = Long.divideUnsigned(u, HOUR);
        long rest = Long.remainderUnsigned(u, HOUR);
        if (hours > 0) {
            out.append(hours).append('h');
        }
        if (hours > 0 || rest >= MINUTE) {
            out.append(rest / MINUTE).append('m');
        }
        return appendFraction(out, rest % MINUTE, SECOND).append('s').toString();
    }

    private static StringBuilder appendFraction(StringBuilder out, long value, long unit) {
        out.append(value / unit);
        long fraction = value % unit;
        if (fraction != 0) {
            String digits = Long.toString(unit + fraction).substring(1);
            int end = digits.length();
            while (digits.charAt(end - 1) == '0') {
                end--;
            }
            out.append('.').append(digits, 0, end);
        }
        return out;
    }

    public static Duration toDuration(long nanos) {
        return Duration.ofNanos(nanos);
    }
}
