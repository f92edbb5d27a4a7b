package io.narfi.logql.template;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;

/** A time of Go, with its zone. */
record GoTime(ZonedDateTime value) {
    /** The zone of the server. */
    static final ZoneId LOCAL = ZoneId.systemDefault();
    /** Go's zero time. */
    static final GoTime ZERO = new GoTime(ZonedDateTime.of(1, 1, 1, 0, 0, 0, 0, ZoneId.of("UTC")));

    static GoTime ofNanos(long nanos) {
        return ofSeconds(Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
    }

    static GoTime ofSeconds(long seconds, long nanos) {
        try {
            return new GoTime(ZonedDateTime.ofInstant(Instant.ofEpochSecond(seconds, nanos), LOCAL));
        } catch (DateTimeException | ArithmeticException outOfRange) {
            return ZERO;
        }
    }

    long seconds() {
        return value.toEpochSecond();
    }

    /** Wraps around beyond the years 1678 to 2262, as in Go. */
    long nanos() {
        return seconds() * 1_000_000_000L + value.getNano();
    }

    @Override
    public String toString() {
        return TimeLayout.format("2006-01-02 15:04:05.999999999 -0700 MST", value);
    }
}
