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
import io.narfi.querier.plan.Planner;
import io.narfi.querier.plan.TenantSources;
import io.narfi.querier.plan.TimeSlice;
import io.narfi.querier.run.ContextBudget;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.source.TenantSnapshots;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskResult;
import io.narfi.querier.task.TaskRunner;
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

    /** @param parallel the most tasks of a query that run at a time */
    public MetricQueries(
            TenantSnapshots snapshots, Planner planner, TaskRunner tasks, CompiledQueries queries, int parallel) {
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.planner = requireNonNull(planner, "planner is null");
        this.tasks = requireNonNull(tasks, "tasks is null");
        this.queries = requireNonNull(queries, "queries is null");
        this.parallel = parallel;
    }

    /**
     * Whether a query can be worked on; throws what is wrong with it before anything is read.
     *
     * @throws io.narfi.common.ApiException 400 or 500 with Loki's text
     */
    public void check(String query) {
        var _ = queries.metric(query);
    }

    /**
     * Evaluates a query.
     *
     * @param query LogQL, a metric query or variants
     * @param maxSeries most series of the result, or of each variant's, which else is left out with a warning; 0 for any number
     * @param partly whether a result with more series is cut off with a warning, and no error
     */
    public MetricAnswer run(String query, StepGrid grid, int maxSeries, boolean partly, QueryContext context) throws Exception {
        CompiledQueries.Metric compiled = queries.metric(query);
        QueryPlan plan = compiled.plan();
        List<List<Task>> slices = new ArrayList<>();
        List<Leaf> leafOfSlice = new ArrayList<>();
        if (!plan.leaves().isEmpty()) {
            long from = plan.leaves().stream().mapToLong(leaf -> leaf.from(grid)).min().orElseThrow();
            long to = plan.leaves().stream().mapToLong(leaf -> leaf.to(grid)).max().orElseThrow();
            TenantSources sources = snapshots.take(context.tenant(), from, to, context);
            for (Leaf leaf : plan.leaves()) {
                Work work = new Work.Metric(query, leaf.index(), grid);
                for (TimeSlice slice : planner.plan(sources, leaf.from(grid), leaf.to(grid), Planner.Cut.COARSE)) {
                    slices.add(slice.tasks().stream().map(scope -> new Task(scope, work)).toList());
                    leafOfSlice.add(leaf);
                }
            }
        }
        Merger merger = new Merger(plan, grid, leafOfSlice, context.memory());
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

    /** Merges partial results leaf by leaf as they come, and hands the sums to the evaluator. */
    private static final class Merger implements SliceRunner.Taker, LeafEvaluator {
        private final StepGrid grid;
        private final List<Leaf> leafOfSlice;
        private final MemoryPool.Budget memory;
        private final @Nullable LeafPartial[] merged;
        private int slice;

        private Merger(QueryPlan plan, StepGrid grid, List<Leaf> leafOfSlice, MemoryPool.Budget memory) {
            this.grid = grid;
            this.leafOfSlice = leafOfSlice;
            this.memory = memory;
            this.merged = new LeafPartial[plan.leaves().size()];
        }

        @Override
        public boolean take(List<TaskResult> results) {
            Leaf leaf = leafOfSlice.get(slice++);
            for (TaskResult result : results) {
                if (!(result instanceof TaskResult.Partial found)) {
                    throw new IllegalStateException("a metric task gave " + result.getClass());
                }
                LeafPartial before = merged[leaf.index()];
                merged[leaf.index()] = before == null ? found.partial() : merge(leaf, before, found.partial());
            }
            return true;
        }

        private LeafPartial merge(Leaf leaf, LeafPartial a, LeafPartial b) {
            long bytes = a.bytes() + b.bytes();
            LeafAccumulator accumulator = new LeafAccumulator(leaf, grid, MemoryBudget.UNLIMITED);
            accumulator.merge(a);
            accumulator.merge(b);
            LeafPartial sum = accumulator.finish();
            memory.release(bytes);
            memory.reserve(sum.bytes());
            return sum;
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
