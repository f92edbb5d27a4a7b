package io.narfi.querier.params;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.GoText;
import io.narfi.http.Params;

/**
 * The parameters of {@code tail}.
 *
 * @param query LogQL, unparsed; the parameter {@code regexp} is a line filter at its end
 * @param limit the most entries that were there before the tail, 1 or more
 * @param start from when on, nanoseconds since the epoch
 * @param delayNanos how long entries wait for others that may be older
 */
public record TailParams(String query, int limit, long start, long delayNanos) {
    private static final long MAX_DELAY_SECONDS = 5;

    public TailParams {
        requireNonNull(query, "query is null");
    }

    /**
     * Reads them.
     *
     * @param now the clock, nanoseconds since the epoch
     * @throws ApiException 400 for a malformed one
     */
    public static TailParams read(Params params, long now) {
        String query = params.getOrEmpty("query");
        String regexp = params.getOrEmpty("regexp");
        if (!regexp.isEmpty()) {
            // On a line of its own, for the query may end with a comment.
            query = query + "\n|~ " + GoText.quote(regexp);
        }
        String delay = params.getOrEmpty("delay_for");
        long seconds = delay.isEmpty() ? 0 : GoNumbers.parseInteger(delay, "Atoi");
        if (seconds > MAX_DELAY_SECONDS) {
            throw ApiException.badRequest("delay_for can't be greater than " + MAX_DELAY_SECONDS);
        }
        int limit = QueryParams.limit(params);
        return new TailParams(query, limit, TimeRange.read(params, now).start(), Math.max(0, seconds) * Durations.SECOND);
    }
}
