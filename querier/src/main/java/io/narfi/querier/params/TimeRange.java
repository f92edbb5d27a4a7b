package io.narfi.querier.params;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.http.Params;

/**
 * The range of time that a request covers, in nanoseconds since the epoch; {@code end} may lie before {@code start}, which each endpoint
 * treats in its own way.
 */
public record TimeRange(long start, long end) {
    /** How far back requests look that say nothing of it. */
    static final long DEFAULT_SINCE = Durations.HOUR;

    /**
     * Reads {@code start}, {@code end} and {@code since}.
     *
     * @param now the clock, nanoseconds since the epoch
     */
    public static TimeRange read(Params params, long now) {
        String endText = params.getOrEmpty("end");
        String startText = params.getOrEmpty("start");
        String sinceText = params.getOrEmpty("since");
        long end = endText.isEmpty() ? now : parse("end", endText);
        long since = DEFAULT_SINCE;
        if (!sinceText.isEmpty()) {
            try {
                since = Durations.parsePrometheus(sinceText);
            } catch (IllegalArgumentException e) {
                throw new ApiException(400, "could not parse 'since' parameter: " + e.getMessage(), e);
            }
        }
        long start = startText.isEmpty() ? saturatedSubtract(Math.min(end, now), since) : parse("start", startText);
        return new TimeRange(start, end);
    }

    private static long parse(String name, String text) {
        try {
            return Times.parse(text);
        } catch (ApiException e) {
            throw new ApiException(e.status(), "could not parse '" + name + "' parameter: " + e.text(), e);
        }
    }

    /** The same range if {@code end} is not before {@code start}; else Loki's error, whose wording claims more. */
    public TimeRange ordered() {
        if (end < start) {
            throw ApiException.badRequest("end timestamp must not be before or equal to start time");
        }
        return this;
    }

    /** From the beginning of the first UTC day to the end of the last one. */
    public TimeRange wholeDays() {
        long first = Math.floorDiv(start, Durations.DAY);
        long last = Math.floorDiv(end, Durations.DAY);
        // The first and the last day that 64 bits hold are not whole.
        long from = first == Math.floorDiv(Long.MIN_VALUE, Durations.DAY) ? Long.MIN_VALUE : first * Durations.DAY;
        long to = last == Math.floorDiv(Long.MAX_VALUE, Durations.DAY) ? Long.MAX_VALUE : (last + 1) * Durations.DAY - 1;
        return new TimeRange(from, to);
    }

    /** Nanoseconds from start to end, as many as fit. */
    public long length() {
        return saturatedSubtract(end, start);
    }

    static long saturatedSubtract(long a, long b) {
        long r = a - b;
        if (((a ^ b) & (a ^ r)) < 0) {
            return a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        return r;
    }
}
