package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.ByteSizes;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.StepGrid;
import io.narfi.querier.params.RequestLimits;
import io.narfi.querier.params.TimeRange;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.task.CompiledQueries;
import org.jspecify.annotations.Nullable;

/** Refuses queries whose streams hold more bytes in the range than {@code max_query_bytes_read}; asks the indexes, reads no rows. */
public final class BytesLimit {
    private final DiscoveryQueries sizes;
    private final CompiledQueries queries;

    public BytesLimit(DiscoveryQueries sizes, CompiledQueries queries) {
        this.sizes = requireNonNull(sizes, "sizes is null");
        this.queries = requireNonNull(queries, "queries is null");
    }

    /**
     * Checks a log query.
     *
     * @param limit bytes; 0 for none
     */
    public void check(LogExpr log, TimeRange range, long limit, QueryContext context) throws Exception {
        if (limit > 0) {
            refuseAbove(bytes(log, range, context), limit);
        }
    }

    /** Checks a metric query; its range aggregations count together. */
    public void check(String query, StepGrid grid, long limit, QueryContext context) throws Exception {
        if (limit <= 0) {
            return;
        }
        long sum = 0;
        for (Leaf leaf : queries.metric(query).plan().leaves()) {
            sum += bytes(leaf.range().range().log(), new TimeRange(leaf.from(grid), leaf.to(grid) - 1), context);
        }
        refuseAbove(sum, limit);
    }

    /** Checks the whole that a request is a part of, where it says so. */
    public void checkContext(RequestLimits.@Nullable Context whole, long limit, QueryContext context) throws Exception {
        if (whole == null || whole.query().isEmpty() || limit <= 0) {
            return;
        }
        if (LogQl.parse(whole.query()) instanceof LogExpr log) {
            check(log, new TimeRange(whole.start(), whole.end()), limit, context);
        } else {
            long end = Math.max(whole.start(), whole.end());
            check(whole.query(), new StepGrid(whole.start(), end, Math.max(1, end - whole.start())), limit, context);
        }
    }

    private long bytes(LogExpr log, TimeRange range, QueryContext context) throws Exception {
        return sizes.sizes(range, log.selector(), context).bytes();
    }

    private static void refuseAbove(long bytes, long limit) {
        if (bytes > limit) {
            throw ApiException.badRequest("the query would read too many bytes (query: " + ByteSizes.humanIec(bytes) + ", limit: "
                    + ByteSizes.humanIec(limit) + "); consider adding more specific stream selectors or reduce the time range of the query");
        }
    }
}
