package io.narfi.querier.stats;

import static java.util.Objects.requireNonNull;

/**
 * What the {@code stats} object of an answer says.
 *
 * @param scan the sum over all tasks
 * @param execNanos from the start of the work to its end
 * @param queueNanos time the query waited before it could start
 * @param entries entries or samples in the answer
 * @param splits time slices that were worked on
 * @param tasks tasks that were worked on
 */
public record QueryStats(ScanStats scan, long execNanos, long queueNanos, long entries, int splits, int tasks) {
    /** The stats of an answer that needed no work. */
    public static final QueryStats NONE = new QueryStats(new ScanStats(), 0, 0, 0, 0, 0);

    public QueryStats {
        requireNonNull(scan, "scan is null");
    }
}
