package io.narfi.cli;

import io.narfi.common.Durations;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;

/** Moments as nanoseconds since the epoch, from and to text. */
final class Times {
    static final long SECOND = Durations.SECOND;
    /** RFC 3339 with up to nine digits of fraction and no trailing zeros, as Go's {@code RFC3339Nano}. */
    static final DateTimeFormatter RFC3339_NANO = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd'T'HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .appendPattern("XXX")
            .toFormatter(java.util.Locale.ROOT);

    private Times() {}

    static long nanos(Instant t) {
        return Math.addExact(Math.multiplyExact(t.getEpochSecond(), SECOND), t.getNano());
    }

    static Instant instant(long nanos) {
        return Instant.ofEpochSecond(Math.floorDiv(nanos, SECOND), Math.floorMod(nanos, SECOND));
    }

    static String rfc3339Nano(long nanos, ZoneId zone) {
        return instant(nanos).atZone(zone).format(RFC3339_NANO);
    }

    /**
     * Reads a moment: RFC 3339; {@code 2026-11-01T10:00:00}, {@code 2026-11-01 10:00} or {@code 2026-11-01} in the given zone; seconds
     * since the epoch (up to ten digits, with or without a fraction), else nanoseconds; {@code now}, {@code now-2h}.
     *
     * @throws IllegalArgumentException with a text for the user
     */
    static long parse(String text, long now, ZoneId zone) {
        String t = text.strip();
        try {
            if (t.equals("now")) {
                return now;
            }
            if (t.startsWith("now-")) {
                return Math.subtractExact(now, duration(t.substring(4)));
            }
            if (t.startsWith("now+")) {
                return Math.addExact(now, duration(t.substring(4)));
            }
            if (t.matches("-?\\d+")) {
                long n = Long.parseLong(t);
                return t.length() <= 10 ? n * SECOND : n;
            }
            if (t.matches("\\d+\\.\\d+")) {
                return new java.math.BigDecimal(t).movePointRight(9).longValue();
            }
            if (t.matches("\\d{4}-\\d{2}-\\d{2}")) {
                return nanos(LocalDate.parse(t).atStartOfDay(zone).toInstant());
            }
            String iso = t.length() > 10 && (t.charAt(10) == ' ' || t.charAt(10) == 't') ? t.substring(0, 10) + 'T' + t.substring(11) : t;
            if (iso.matches(".*([zZ]|[+-]\\d{2}:?\\d{2})")) {
                return nanos(OffsetDateTime.parse(iso.toUpperCase(java.util.Locale.ROOT)).toInstant());
            }
            return nanos(LocalDateTime.parse(iso).atZone(zone).toInstant());
        } catch (DateTimeException | ArithmeticException | IllegalArgumentException e) {
            throw new IllegalArgumentException("not a time: \"" + text
                    + "\" (expected RFC 3339 such as 2026-11-01T10:00:00Z, seconds or nanoseconds since the epoch, or now-1h)", e);
        }
    }

    /**
     * Reads a duration, Go's form or Prometheus's: {@code 1h30m}, {@code 1.5s}, {@code 7d}; a bare number is seconds.
     *
     * @return nanoseconds
     * @throws IllegalArgumentException with a text for the user
     */
    static long duration(String text) {
        try {
            if (text.matches("\\d+(\\.\\d+)?")) {
                return new java.math.BigDecimal(text).movePointRight(9).longValueExact();
            }
            return Durations.parseConfig(text);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IllegalArgumentException("not a duration: \"" + text + "\" (expected for example 90s, 1h30m or 7d)", e);
        }
    }
}
