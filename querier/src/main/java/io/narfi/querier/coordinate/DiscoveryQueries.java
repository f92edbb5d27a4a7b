package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import io.narfi.common.LabelMatcher;
import io.narfi.querier.discover.LabelSketchSet;
import io.narfi.querier.discover.PatternMiner;
import io.narfi.querier.discover.PatternRows;
import io.narfi.querier.discover.StreamTotals;
import io.narfi.querier.discover.VolumeRows;
import io.narfi.querier.discover.VolumeSpec;
import io.narfi.querier.params.TimeRange;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.plan.TenantSources;
import io.narfi.querier.plan.TimeSlice;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.source.TenantSnapshots;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskResult;
import io.narfi.querier.task.TaskRunner;
import io.narfi.querier.task.TenantLabels;
import io.narfi.querier.task.Work;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/** Volumes, sizes of streams, sketches of labels, and patterns: works in tasks, and results put together here. */
public final class DiscoveryQueries {
    /** The most bytes of lines that a search for patterns reads; of more, a sample is taken. */
    static final long MAX_PATTERN_BYTES = 256L << 20;
    /** Most patterns of an answer. */
    private static final int MAX_PATTERNS = 300;
    /** Lines that a pattern must have to be in an answer. */
    private static final int MIN_LINES = 30;

    private final TenantSnapshots snapshots;
    private final Planner planner;
    private final TaskRunner tasks;
    private final int parallel;

    /** @param parallel the most tasks of a query that run at a time */
    public DiscoveryQueries(TenantSnapshots snapshots, Planner planner, TaskRunner tasks, int parallel) {
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.planner = requireNonNull(planner, "planner is null");
        this.tasks = requireNonNull(tasks, "tasks is null");
        this.parallel = parallel;
    }

    /**
     * Bytes by series and bucket.
     *
     * @param selector conditions on streams; none for all streams
     */
    public VolumeRows volume(List<LabelMatcher> selector, VolumeSpec spec, QueryContext context) throws Exception {
        VolumeRows sum = new VolumeRows(spec.maxSeries(), context.memory());
        TimeRange range = new TimeRange(spec.buckets().start(), spec.buckets().end());
        run(context.tenants(), range, selector, (own, _) -> new Work.Volume(own, spec), context, result -> {
            if (!(result instanceof TaskResult.Volume found)) {
                throw unexpected(result);
            }
            sum.absorb(found.rows());
        });
        return sum;
    }

    /**
     * Ranges of stream hashes, each with about so many bytes in the range; of several tenants those of the one with the most of them, as in
     * Loki.
     */
    public List<StreamTotals.Shard> shards(TimeRange range, List<LabelMatcher> selector, long targetBytes, QueryContext context)
            throws Exception {
        List<StreamTotals.Shard> most = List.of();
        for (String tenant : context.tenants()) {
            List<StreamTotals.Shard> shards = totals(tenant, range, selector, context).shards(targetBytes);
            if (shards.size() > most.size()) {
                most = shards;
            }
        }
        return most;
    }

    /** How much the streams with rows in the range hold in it, to the page: those of two tenants are never the same. */
    public StreamTotals.Sum sizes(TimeRange range, List<LabelMatcher> selector, QueryContext context) throws Exception {
        StreamTotals.Sum sum = StreamTotals.Sum.NONE;
        for (String tenant : context.tenants()) {
            sum = sum.plus(totals(tenant, range, selector, context).sum());
        }
        return sum;
    }

    private StreamTotals totals(String tenant, TimeRange range, List<LabelMatcher> selector, QueryContext context) throws Exception {
        Totals totals = new Totals(context.memory());
        run(List.of(tenant), range, selector, Work.StreamSizes::new, context, result -> {
            if (!(result instanceof TaskResult.StreamSizes found)) {
                throw unexpected(result);
            }
            totals.add(found.totals());
        });
        return totals.sum.withRows();
    }

    /** Adds up totals, of whose memory only that of the sum is still counted. */
    private static final class Totals {
        private final MemoryPool.Budget memory;
        private StreamTotals sum = StreamTotals.NONE;

        private Totals(MemoryPool.Budget memory) {
            this.memory = memory;
        }

        private void add(StreamTotals more) {
            int before = sum.streams().size() + more.streams().size();
            sum = sum.plus(more);
            memory.release(StreamTotals.BYTES * (before - sum.streams().size()));
        }
    }

    /** What the labels of the streams with rows in the range look like. */
    public LabelSketchSet labels(TimeRange range, List<LabelMatcher> selector, QueryContext context) throws Exception {
        LabelSketchSet all = new LabelSketchSet(context.memory());
        run(context.tenants(), range, selector, (own, _) -> new Work.LabelSketches(own), context, result -> {
            if (!(result instanceof TaskResult.LabelSketches found)) {
                throw unexpected(result);
            }
            all.absorb(found.sketches());
        });
        return all;
    }

    /**
     * What lines in the range have in common, the most frequent first. Of more than {@link #MAX_PATTERN_BYTES} bytes only a part is read,
     * and counts are estimates.
     *
     * @param step width of the buckets in which lines are counted, nanoseconds
     */
    public PatternRows patterns(TimeRange range, List<LabelMatcher> selector, long step, QueryContext context) throws Exception {
        long bytes = sizes(range, selector, context).bytes();
        int sampling = (int) Math.min(Integer.MAX_VALUE, Math.ceilDiv(Math.max(1, bytes), MAX_PATTERN_BYTES));
        List<PatternRows.Row> rows = new ArrayList<>();
        run(context.tenants(), range, selector, (own, _) -> new Work.Patterns(own, step, sampling), context, result -> {
            if (!(result instanceof TaskResult.Patterns found)) {
                throw unexpected(result);
            }
            rows.addAll(found.rows().rows());
        });
        rows.sort(Comparator.comparingLong(PatternRows.Row::total).reversed());
        PatternMiner miner = new PatternMiner(context.memory());
        rows.forEach(miner::add);
        return miner.rows(MAX_PATTERNS, MIN_LINES);
    }

    /** Makes the work of a slice of time. */
    @FunctionalInterface
    private interface Works {
        /** @param first whether the slice is the first of its tenant */
        Work of(List<LabelMatcher> selector, boolean first);
    }

    /** Runs works over all streams with rows in the range, whose end counts, as in Loki's index. */
    private void run(
            List<String> tenants,
            TimeRange range,
            List<LabelMatcher> selector,
            Works works,
            QueryContext context,
            Consumer<TaskResult> taker)
            throws Exception {
        long to = range.end() == Long.MAX_VALUE ? range.end() : range.end() + 1;
        List<LabelMatcher> own = context.ofSeveral() ? TenantLabels.without(selector) : selector;
        List<List<Task>> slices = new ArrayList<>();
        for (String tenant : context.ofSeveral() ? TenantLabels.chosen(selector, tenants) : tenants) {
            TenantSources sources = snapshots.take(tenant, range.start(), to, context);
            boolean first = true;
            for (TimeSlice slice : planner.plan(sources, range.start(), to, Planner.Cut.COARSE)) {
                Work work = works.of(own, first);
                first = false;
                slices.add(slice.tasks().stream()
                        .map(scope -> new Task(scope, work, context.ofSeveral(), context.cached()))
                        .toList());
            }
        }
        var _ = new SliceRunner(tasks, parallel).run(slices, false, context, results -> {
            results.forEach(taker);
            return true;
        });
    }

    private static IllegalStateException unexpected(TaskResult result) {
        return new IllegalStateException("a task gave " + result.getClass());
    }
}
