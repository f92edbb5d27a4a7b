package io.narfi.querier.params;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.GoText;
import io.narfi.http.Params;
import java.util.OptionalDouble;

/** The parameters {@code step} and {@code interval} ({@code contract/http-api.md} section 2.4), in nanoseconds. */
public final class Steps {
    static final long MAX_POINTS = 11_000;
    private static final long DEFAULT_POINTS = 250;

    private Steps() {}

    /**
     * The step: a whole number of milliseconds, at least one.
     *
     * @throws ApiException 400 if it is malformed, not positive, or cuts the range into more than 11,000 parts
     */
    public static long step(Params params, TimeRange range) {
        String text = params.getOrEmpty("step");
        long step = text.isEmpty()
                ? Math.max(range.length() / (DEFAULT_POINTS * Durations.SECOND), 1) * Durations.SECOND
                : duration(text);
        if (step <= 0) {
            throw ApiException.badRequest(
                    "zero or negative query resolution step widths are not accepted. Try a positive integer");
        }
        if (range.length() / step > MAX_POINTS) {
            throw ApiException.badRequest("exceeded maximum resolution of 11,000 points per time series. "
                    + "Try increasing the value of the step parameter");
        }
        return Math.max(step - step % Durations.MILLISECOND, Durations.MILLISECOND);
    }

    /** The least distance between two entries of the answer, 0 if all are wanted. */
    public static long interval(Params params) {
        String text = params.getOrEmpty("interval");
        long interval = text.isEmpty() ? 0 : duration(text);
        if (interval < 0) {
            throw ApiException.badRequest("interval must be >= 0");
        }
        return interval;
    }

    /** Seconds as a floating-point number, or a Prometheus duration. */
    private static long duration(String text) {
        OptionalDouble seconds = GoNumbers.parseFloat(text);
        if (seconds.isPresent()) {
            double nanos = seconds.getAsDouble() * Durations.SECOND;
            if (nanos > Long.MAX_VALUE || nanos < Long.MIN_VALUE) {
                throw ApiException.badRequest("cannot parse " + GoText.quote(text) + " to a valid duration. It overflows int64");
            }
            return (long) nanos;
        }
        try {
            return Durations.parsePrometheus(text);
        } catch (IllegalArgumentException e) {
            throw new ApiException(400, "cannot parse " + GoText.quote(text) + " to a valid duration", e);
        }
    }
}
