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

/** Rows and bytes of streams by their page directories: whole pages, copies included, as {@code index/stats} counts. */
public final class SizesScan {
    private final TaskScope scope;
    private final QueryContext context;

    public SizesScan(TaskScope scope, QueryContext context) {
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
            for (StreamSlice slice : stream.slices()) {
                for (PageInfo page : slice.pages()) {
                    if (page.minTime() < scope.to() && page.maxTime() >= scope.from()) {
                        bytes += page.lineBytes() + page.metadataBytes();
                        entries += page.rows();
                    }
                }
            }
            totals.add(new Total(stream.labels().stableHash(), stream.slices().size(), bytes, entries));
        }
        return StreamTotals.of(totals);
    }
}
