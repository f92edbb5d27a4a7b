package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import io.narfi.logql.engine.Evaluator;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.LeafAccumulator;
import io.narfi.logql.engine.LeafEvaluator;
import io.narfi.logql.engine.LeafPartial;
import io.narfi.logql.engine.MemoryBudget;
import io.narfi.logql.engine.MetricResult;
import io.narfi.logql.engine.QueryPlan;
import io.narfi.logql.engine.StepGrid;
import io.narfi.querier.params.TimeRange;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.plan.TenantSources;
import io.narfi.querier.plan.TimeSlice;
import io.narfi.querier.results.Cuts;
import io.narfi.querier.run.ContextBudget;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.source.TenantSnapshots;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskResult;
import io.narfi.querier.task.TaskRunner;
import io.narfi.querier.task.TenantLabels;
import io.narfi.querier.task.Work;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Metric queries over a snapshot: the leaves of the plan in tasks, their partial results merged here, the rest of the tree above them. */
public final class MetricQueries {
    private final TenantSnapshots snapshots;
    private final Planner planner;
    private final TaskRunner tasks;
    private final CompiledQueries queries;
    private final int parallel;
    private final boolean wholePieces;

    /** @param parallel the most tasks of a query that run at a time */
    public MetricQueries(
            TenantSnapshots snapshots, Planner planner, TaskRunner tasks, CompiledQueries queries, int parallel) {
        this(snapshots, planner, tasks, queries, parallel, false);
    }

    /**
     * Works by tasks.
     *
     * @param parallel the most tasks of a query that run at a time
     * @param wholePieces whether tasks cover whole pieces of time, whose results can be kept, and so a little more than is asked for
     */
    public MetricQueries(
            TenantSnapshots snapshots, Planner planner, TaskRunner tasks, CompiledQueries queries, int parallel, boolean wholePieces) {
        this.wholePieces = wholePieces;
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.planner = requireNonNull(planner, "planner is null");
        this.tasks = requireNonNull(tasks, "tasks is null");
        this.queries = requireNonNull(queries, "queries is null");
        this.parallel = parallel;
    }

    /**
     * Whether a query can be worked on; throws what is wrong with it before anything is read.
     *
     * @return the range aggregations in it
     * @throws io.narfi.common.ApiException 400 or 500 with Loki's text
     */
    public List<Leaf> check(String query) {
        return queries.metric(query).plan().leaves();
    }

    /**
     * Evaluates a query.
     *
     * @param query LogQL, a metric query or variants
     * @param maxSeries most series of the result, or of each variant's, which else is left out with a warning; 0 for any number
     * @param partly whether a result with more series is cut off with a warning, and no error
     */
    public MetricAnswer run(String query, StepGrid grid, int maxSeries, boolean partly, QueryContext context) throws Exception {
        return run(query, grid, Long.MIN_VALUE, maxSeries, partly, context);
    }

    /**
     * Evaluates a query.
     *
     * @param earliest rows before this moment, nanoseconds since the epoch, count as not there
     */
    public MetricAnswer run(String query, StepGrid grid, long earliest, int maxSeries, boolean partly, QueryContext context)
            throws Exception {
        CompiledQueries.Metric compiled = queries.metric(query);
        QueryPlan plan = compiled.plan();
        List<List<Task>> slices = new ArrayList<>();
        List<Part> parts = new ArrayList<>();
        if (!plan.leaves().isEmpty()) {
            List<TimeRange> ranges = plan.leaves().stream().map(leaf -> range(leaf, grid, earliest, context)).toList();
            long from = ranges.stream().mapToLong(TimeRange::start).min().orElseThrow();
            long to = ranges.stream().mapToLong(TimeRange::end).max().orElseThrow();
            for (String tenant : context.tenants()) {
                TenantSources sources = snapshots.take(tenant, from, to, context);
                for (Leaf leaf : plan.leaves()) {
                    if (context.ofSeveral() && TenantLabels.chosen(leaf.selector(), List.of(tenant)).isEmpty()) {
                        continue;
                    }
                    Work work = new Work.Metric(query, leaf.index(), grid);
                    TimeRange range = ranges.get(leaf.index());
                    for (TimeSlice slice : planner.plan(sources, range.start(), range.end(), Planner.Cut.COARSE)) {
                        slices.add(slice.tasks().stream()
                                .map(scope -> new Task(scope, work, context.ofSeveral(), context.cached()))
                                .toList());
                        parts.add(new Part(leaf, tenant));
                    }
                }
            }
        }
        Merger merger = new Merger(plan, grid, parts, context);
        int started = new SliceRunner(tasks, parallel).run(slices, false, context, merger);
        context.check();
        int most = partly || maxSeries <= 0 || compiled.variants() > 0 ? Integer.MAX_VALUE : maxSeries;
        MetricResult result = Evaluator.evaluate(plan, grid, merger, new ContextBudget(context), most);
        if (compiled.variants() > 0) {
            VariantLimit limited = VariantLimit.apply(result, compiled.variants(), maxSeries);
            return new MetricAnswer(limited.result(), limited.warnings(), slices.size(), started);
        }
        return partly && maxSeries > 0
                ? cut(result, maxSeries, slices.size(), started)
                : new MetricAnswer(result, List.of(), slices.size(), started);
    }

    /** The time whose rows a leaf's tasks cover; rows in none of its windows do no harm. */
    private TimeRange range(Leaf leaf, StepGrid grid, long earliest, QueryContext context) {
        long from = leaf.from(grid);
        long to = leaf.to(grid);
        Cuts cuts = wholePieces && context.cached() && !grid.isInstant() ? Cuts.of(leaf, grid) : null;
        return cuts == null
                ? new TimeRange(Math.max(earliest, from), to)
                : new TimeRange(Math.max(earliest, cuts.floor(from)), cuts.ceil(to));
    }

    private static MetricAnswer cut(MetricResult result, int maxSeries, int splits, int tasks) {
        return switch (result) {
            case MetricResult.Vector vector when vector.samples().size() > maxSeries ->
                partial(new MetricResult.Vector(vector.time(), vector.samples().subList(0, maxSeries)), maxSeries, splits, tasks);
            case MetricResult.Matrix matrix when matrix.series().size() > maxSeries ->
                partial(new MetricResult.Matrix(matrix.series().subList(0, maxSeries)), maxSeries, splits, tasks);
            case MetricResult.Scalar whole -> new MetricAnswer(whole, List.of(), splits, tasks);
            case MetricResult.Vector whole -> new MetricAnswer(whole, List.of(), splits, tasks);
            case MetricResult.Matrix whole -> new MetricAnswer(whole, List.of(), splits, tasks);
        };
    }

    private static MetricAnswer partial(MetricResult result, int maxSeries, int splits, int tasks) {
        String warning = "maximum number of series (" + maxSeries + ") reached for a single query; returning partial results";
        return new MetricAnswer(result, List.of(warning), splits, tasks);
    }

    /** Whose and which leaf's results the tasks of a slice give. */
    private record Part(Leaf leaf, String tenant) {}

    /** Merges partial results leaf by leaf as they come, and hands the sums to the evaluator. */
    private static final class Merger implements SliceRunner.Taker, LeafEvaluator {
        private final StepGrid grid;
        private final List<Part> parts;
        private final MemoryPool.Budget memory;
        private final boolean labelled;
        private final @Nullable LeafPartial[] merged;
        private int slice;

        private Merger(QueryPlan plan, StepGrid grid, List<Part> parts, QueryContext context) {
            this.grid = grid;
            this.parts = parts;
            this.memory = context.memory();
            this.labelled = context.ofSeveral();
            this.merged = new LeafPartial[plan.leaves().size()];
        }

        @Override
        public boolean take(List<TaskResult> results) {
            Part part = parts.get(slice++);
            Leaf leaf = part.leaf();
            for (TaskResult result : results) {
                if (!(result instanceof TaskResult.Partial found)) {
                    throw new IllegalStateException("a metric task gave " + result.getClass());
                }
                LeafPartial partial = labelled ? label(leaf, found.partial(), part.tenant()) : found.partial();
                LeafPartial before = merged[leaf.index()];
                merged[leaf.index()] = before == null ? partial : merge(leaf, before, partial);
            }
            return true;
        }

        private LeafPartial label(Leaf leaf, LeafPartial partial, String tenant) {
            LeafAccumulator accumulator = new LeafAccumulator(leaf, grid, MemoryBudget.UNLIMITED);
            accumulator.merge(partial, labels -> TenantLabels.add(labels, tenant));
            return replace(partial.bytes(), accumulator.finish());
        }

        private LeafPartial merge(Leaf leaf, LeafPartial a, LeafPartial b) {
            long bytes = a.bytes() + b.bytes();
            LeafAccumulator accumulator = new LeafAccumulator(leaf, grid, MemoryBudget.UNLIMITED);
            accumulator.merge(a);
            accumulator.merge(b);
            return replace(bytes, accumulator.finish());
        }

        private LeafPartial replace(long bytes, LeafPartial by) {
            memory.release(bytes);
            memory.reserve(by.bytes());
            return by;
        }

        @Override
        public LeafPartial evaluate(Leaf leaf, StepGrid asked) {
            LeafPartial partial = merged[leaf.index()];
            return partial == null
                    ? new LeafAccumulator(leaf, grid, MemoryBudget.UNLIMITED).finish()
                    : partial;
        }
    }
}
