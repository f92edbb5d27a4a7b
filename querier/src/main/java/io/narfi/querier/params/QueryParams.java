package io.narfi.querier.params;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.http.Params;
import io.narfi.storage.ScanRequest.Direction;
import java.util.Locale;

/**
 * The parameters of {@code query_range} and {@code query}.
 *
 * @param query LogQL, unparsed
 * @param start first moment, nanoseconds since the epoch; the moment of an instant query
 * @param end last moment, nanoseconds since the epoch
 * @param step distance of evaluations in nanoseconds; 0 for an instant query
 * @param interval least distance of two entries of the answer in nanoseconds; 0 for all entries
 * @param limit the most entries in the answer, 1 or more
 * @param direction which entries come first
 */
public record QueryParams(String query, long start, long end, long step, long interval, int limit, Direction direction) {
    public static final int DEFAULT_LIMIT = 100;

    public QueryParams {
        requireNonNull(query, "query is null");
        requireNonNull(direction, "direction is null");
    }

    /**
     * The parameters of {@code query_range}.
     *
     * @param now the clock, nanoseconds since the epoch
     */
    public static QueryParams range(Params params, long now) {
        TimeRange range = TimeRange.read(params, now).ordered();
        int limit = limit(params);
        Direction direction = direction(params);
        long step = Steps.step(params, range);
        return new QueryParams(params.getOrEmpty("query"), range.start(), range.end(), step, Steps.interval(params), limit, direction);
    }

    /** The parameters of {@code query}. */
    public static QueryParams instant(Params params, long now) {
        String time = params.getOrEmpty("time");
        long t = time.isEmpty() ? now : Times.parse(time);
        int limit = limit(params);
        return new QueryParams(params.getOrEmpty("query"), t, t, 0, 0, limit, direction(params));
    }

    /** The same for another range. */
    public QueryParams between(long newStart, long newEnd) {
        return new QueryParams(query, newStart, newEnd, step, interval, limit, direction);
    }

    public boolean isInstant() {
        return step == 0;
    }

    /** The {@code limit}, 1 to the largest int. */
    static int limit(Params params) {
        String text = params.getOrEmpty("limit");
        if (text.isEmpty()) {
            return DEFAULT_LIMIT;
        }
        long limit = GoNumbers.parseInteger(text, "Atoi");
        if (limit <= 0) {
            throw ApiException.badRequest("limit must be a positive value");
        }
        return (int) Math.min(limit, Integer.MAX_VALUE);
    }

    private static Direction direction(Params params) {
        String text = params.getOrEmpty("direction");
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "", "backward" -> Direction.BACKWARD;
            case "forward" -> Direction.FORWARD;
            default -> throw ApiException.badRequest("invalid direction '" + text + "'");
        };
    }
}
