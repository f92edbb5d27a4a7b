package io.narfi.querier.params;

import io.narfi.common.ApiException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.OptionalDouble;

/** Points in time as parameters give them ({@code contract/http-api.md} section 2.2), in nanoseconds since the epoch. */
final class Times {
    static final long SECOND = 1_000_000_000L;
    /** Integers with more characters than this, the sign included, are nanoseconds. */
    private static final int LONGEST_SECONDS = 10;

    private static final DateTimeFormatter RFC_3339 = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd'T'HH:mm:ss")
            .optionalStart()
            .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true)
            .optionalEnd()
            .appendOffset("+HH:MM", "Z")
            .toFormatter(Locale.ROOT)
            .withResolverStyle(ResolverStyle.STRICT);

    private Times() {}

    /**
     * Seconds as a decimal fraction (rounded to milliseconds), whole seconds, nanoseconds, or RFC 3339. A time beyond what 64 bits hold
     * becomes the first or the last that they do.
     *
     * @throws ApiException 400 with the message of Go's integer parser
     */
    static long parse(String text) {
        if (text.indexOf('.') >= 0) {
            OptionalDouble seconds = GoNumbers.parseFloat(text);
            if (seconds.isPresent()) {
                return fromSeconds(seconds.getAsDouble());
            }
        }
        try {
            long n = GoNumbers.parseInteger(text, "ParseInt");
            return text.length() <= LONGEST_SECONDS ? saturate(n, 0) : n;
        } catch (ApiException notAnInteger) {
            try {
                OffsetDateTime t = RFC_3339.parse(text, OffsetDateTime::from);
                return saturate(t.toEpochSecond(), t.getNano());
            } catch (DateTimeException notADate) {
                throw notAnInteger;
            }
        }
    }

    private static long fromSeconds(double seconds) {
        double whole = seconds < 0 ? Math.ceil(seconds) : Math.floor(seconds);
        long millis = Math.round((seconds - whole) * 1000);
        return saturate((long) whole, millis * 1_000_000);
    }

    private static long saturate(long seconds, long nanos) {
        try {
            return Math.addExact(Math.multiplyExact(seconds, SECOND), nanos);
        } catch (ArithmeticException beyond) {
            return seconds < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }
}
