package io.narfi.querier.discover;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.discover.StreamTotals.Total;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.QueryContext;
import io.narfi.storage.StreamGroup;
import io.narfi.storage.StreamSlice;
import io.narfi.storage.StreamSlice.PageInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows and bytes of streams by their page directories: whole pages, copies included. What lies across the border of two tasks is counted
 * by the first of them.
 */
public final class SizesScan {
    private final TaskScope scope;
    private final long from;
    private final QueryContext context;

    /** @param from where the range of the whole query begins */
    public SizesScan(TaskScope scope, long from, QueryContext context) {
        this.from = from;
        this.scope = requireNonNull(scope, "scope is null");
        this.context = requireNonNull(context, "context is null");
    }

    public StreamTotals run(List<StreamGroup> streams) throws IOException {
        context.memory().reserve(StreamTotals.BYTES * streams.size());
        List<Total> totals = new ArrayList<>(streams.size());
        for (StreamGroup stream : streams) {
            context.check();
            long bytes = 0;
            long entries = 0;
            int chunks = 0;
            for (StreamSlice slice : stream.slices()) {
                chunks += isOurs(slice.minTime(), slice.maxTime()) ? 1 : 0;
                for (PageInfo page : slice.pages()) {
                    if (isOurs(page.minTime(), page.maxTime())) {
                        bytes += page.lineBytes() + page.metadataBytes();
                        entries += page.rows();
                    }
                }
            }
            if (entries > 0) {
                totals.add(new Total(stream.labels().stableHash(), chunks, bytes, entries));
            }
        }
        return StreamTotals.of(totals);
    }

    /** Whether the first moment of a stretch that is in the query's range is in this task's. */
    private boolean isOurs(long minTime, long maxTime) {
        long first = Math.max(minTime, from);
        return maxTime >= from && first >= scope.from() && first < scope.to();
    }
}
