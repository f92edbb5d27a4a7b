package io.narfi.querier.metric;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.LeafAccumulator;
import io.narfi.logql.engine.LeafPartial;
import io.narfi.logql.engine.StepGrid;
import io.narfi.logql.engine.Windows;
import io.narfi.logql.pipeline.SampleExtractor;
import io.narfi.logql.pipeline.StreamExtractor;
import io.narfi.querier.metric.PageTotals.Stretch;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.ContextBudget;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.stats.ScanStats;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.StreamGroup;
import io.narfi.storage.StreamGroup.Part;
import io.narfi.storage.StreamSlice;
import java.io.IOException;
import java.util.List;

/**
 * The partial result of a leaf over a task's streams. Where every row is a sample of one series, and only one object has rows, whole
 * pages are counted from the page directory; else as few columns are read as the extractor needs.
 */
public final class MetricScan {
    private final SampleExtractor extractor;
    private final QueryContext context;
    private final ScanStats stats;
    private final Windows windows;
    private final ContextBudget budget;
    private final LeafAccumulator accumulator;
    private final long from;
    private final long to;
    /** Whether the current stream is counted among those that were read. */
    private boolean counted;

    public MetricScan(
            Leaf leaf, StepGrid grid, SampleExtractor extractor, TaskScope scope, QueryContext context, ScanStats stats) {
        this.extractor = requireNonNull(extractor, "extractor is null");
        this.context = requireNonNull(context, "context is null");
        this.stats = requireNonNull(stats, "stats is null");
        this.windows = leaf.windows(grid);
        this.budget = new ContextBudget(context);
        this.accumulator = new LeafAccumulator(leaf, grid, budget);
        this.from = Math.max(scope.from(), windows.from());
        this.to = Math.min(scope.to(), windows.to());
    }

    /** The partial result; its {@link LeafPartial#bytes} are counted against the query. */
    public LeafPartial run(List<StreamGroup> streams) throws IOException {
        for (StreamGroup stream : streams) {
            context.check();
            counted = false;
            StreamExtractor samples = extractor.forStream(stream.labels());
            Labels series = samples.constantSeries();
            if (series != null && samples.countsWholePages()) {
                count(stream, samples, series);
            } else {
                scan(stream, samples, from, to);
            }
        }
        LeafPartial partial = accumulator.finish();
        budget.settle(partial.bytes());
        return partial;
    }

    private void count(StreamGroup stream, StreamExtractor samples, Labels series) throws IOException {
        PageTotals totals = new PageTotals(accumulator, windows, from, to, samples.countsBytes(), stats);
        for (Part part : stream.parts(from, to)) {
            if (!part.isSingle()) {
                scan(stream, samples, Math.max(from, part.minTime()), end(part.maxTime()));
                continue;
            }
            StreamGroup alone = new StreamGroup(stream.labels(), part.sources());
            for (Stretch stretch : totals.add(series, part.pages())) {
                scan(alone, samples, stretch.first(), end(stretch.last()));
            }
        }
    }

    private long end(long last) {
        return last >= to ? to : last + 1;
    }

    private void scan(StreamGroup stream, StreamExtractor samples, long first, long end) throws IOException {
        if (first >= end) {
            return;
        }
        Columns columns = columns(samples);
        if (!counted) {
            counted = true;
            stats.chunksRead += stream.slices().size();
        }
        long lineBytes = averageLine(stream);
        try (BatchCursor cursor = stream.scan(new ScanRequest(first, end, Direction.FORWARD, columns, stats.reads))) {
            for (EntryBatch batch = cursor.next(); batch != null; batch = cursor.next()) {
                context.check();
                stats.lines += batch.size();
                int[] offsets = batch.offsets;
                long bytes = offsets == null ? batch.size() * lineBytes : offsets[batch.end] - offsets[batch.start];
                if (columns == Columns.LINES) {
                    stats.lineBytes += bytes;
                } else {
                    stats.columnBytes += bytes;
                }
                take(samples, batch, columns == Columns.LINES ? bytes : 0);
            }
        }
    }

    private void take(StreamExtractor samples, EntryBatch batch, long bytes) {
        Labels series = samples.constantSeries();
        if (series != null && samples.countsWholePages() && !samples.countsBytes()) {
            stats.postFilterLines += batch.size();
            accumulator.addOnes(series, batch.timestamps, batch.start, batch.end);
            return;
        }
        context.memory().reserve(bytes);
        try {
            var _ = samples.process(batch, (row, time, value, labels) -> {
                stats.postFilterLines++;
                accumulator.add(labels, time, value);
                return true;
            });
        } finally {
            context.memory().release(bytes);
        }
    }

    private static Columns columns(StreamExtractor samples) {
        return switch (samples.columns()) {
            case TIMESTAMPS -> Columns.TIMESTAMPS;
            case LENGTHS -> Columns.LENGTHS;
            case METADATA -> Columns.METADATA;
            case LINES -> Columns.LINES;
        };
    }

    /** Mean length of the stream's lines, for stats of rows whose lengths are not read. */
    private static long averageLine(StreamGroup stream) {
        long rows = 0;
        long bytes = 0;
        for (StreamSlice slice : stream.slices()) {
            rows += slice.rows();
            bytes += slice.lineBytes();
        }
        return rows == 0 ? 0 : bytes / rows;
    }
}
