package io.narfi.querier.discover;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.discover.StreamTotals.Total;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.stats.ScanStats;
import io.narfi.storage.RowSource;
import io.narfi.storage.Selection;
import io.narfi.storage.SliceTotals;
import io.narfi.storage.StreamSlice.PageInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows and bytes of streams by their page directories: whole pages, copies included. What lies across the border of two tasks is counted
 * by the first of them, so that the sums are the same however the time is cut.
 */
public final class SizesScan {
    private final TaskScope scope;
    private final boolean first;
    private final QueryContext context;
    private final ScanStats stats;

    /** @param first whether no task of the query is before this one */
    public SizesScan(TaskScope scope, boolean first, QueryContext context, ScanStats stats) {
        this.scope = requireNonNull(scope, "scope is null");
        this.first = first;
        this.context = requireNonNull(context, "context is null");
        this.stats = requireNonNull(stats, "stats is null");
    }

    public StreamTotals run(List<RowSource> sources, Selection selection) throws IOException {
        long start = System.nanoTime();
        List<Total> totals = new ArrayList<>();
        for (RowSource source : sources) {
            List<? extends SliceTotals> slices = source.totals(selection);
            int before = totals.size();
            context.memory().reserve(StreamTotals.BYTES * slices.size());
            for (SliceTotals slice : slices) {
                context.check();
                add(slice, totals);
            }
            context.memory().release(StreamTotals.BYTES * (slices.size() - totals.size() + before));
            stats.chunks += slices.size();
        }
        StreamTotals sums = StreamTotals.of(totals);
        context.memory().release(StreamTotals.BYTES * (totals.size() - sums.streams().size()));
        stats.streams += sums.streams().size();
        stats.indexNanos += System.nanoTime() - start;
        return sums;
    }

    private void add(SliceTotals slice, List<Total> totals) throws IOException {
        long rows = 0;
        long bytes = 0;
        boolean begins = isOurs(slice.minTime(), slice.maxTime());
        if (begins && slice.isSumOfPages() && slice.maxTime() < scope.to()) {
            rows = slice.rows();
            bytes = slice.lineBytes() + slice.metadataBytes();
        } else {
            for (PageInfo page : slice.pages()) {
                if (isOurs(page.minTime(), page.maxTime())) {
                    rows += page.rows();
                    bytes += page.lineBytes() + page.metadataBytes();
                }
            }
        }
        // A stretch without rows in this task may have some in a later one, which leaves it to this one to count the stretch.
        if (begins || rows > 0) {
            totals.add(new Total(slice.hash(), begins ? 1 : 0, bytes, rows));
        }
    }

    /** Whether the first moment of a stretch that is in the query's range is in this task's. */
    private boolean isOurs(long minTime, long maxTime) {
        return maxTime >= scope.from() && minTime < scope.to() && (first || minTime >= scope.from());
    }
}
