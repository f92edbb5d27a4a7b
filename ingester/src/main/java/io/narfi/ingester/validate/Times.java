package io.narfi.ingester.validate;

import io.narfi.ingester.decode.PushData;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;

/** Times as messages about rejected rows have them. */
final class Times {
    private static final long SECOND = 1_000_000_000L;
    private static final DateTimeFormatter RFC3339 =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** Go's default form of a time, the fraction only if there is one. */
    private static final DateTimeFormatter GO = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .appendLiteral(" +0000 UTC")
            .toFormatter(Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Times() {}

    /** RFC 3339 in seconds, UTC: {@code 2026-11-03T00:59:00Z}. */
    static String rfc3339(long nanos) {
        return nanos == PushData.ZERO_TIME ? "0001-01-01T00:00:00Z" : rfc3339(instant(nanos));
    }

    static String rfc3339(Instant time) {
        return RFC3339.format(time);
    }

    /** {@code 2026-11-03 00:59:00.5 +0000 UTC}. */
    static String go(long nanos) {
        return nanos == PushData.ZERO_TIME ? "0001-01-01 00:00:00 +0000 UTC" : GO.format(instant(nanos));
    }

    private static Instant instant(long nanos) {
        return Instant.ofEpochSecond(Math.floorDiv(nanos, SECOND), Math.floorMod(nanos, SECOND));
    }
}
