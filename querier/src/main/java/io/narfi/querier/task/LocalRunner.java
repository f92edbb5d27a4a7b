package io.narfi.querier.task;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.QueryPlan;
import io.narfi.logql.pipeline.SampleExtractor;
import io.narfi.querier.discover.LabelScan;
import io.narfi.querier.discover.PatternScan;
import io.narfi.querier.discover.SizesScan;
import io.narfi.querier.discover.VolumeScan;
import io.narfi.querier.log.LogScan;
import io.narfi.querier.log.RowOrder;
import io.narfi.querier.metric.MetricScan;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.run.WorkerPool;
import io.narfi.querier.source.Sources;
import io.narfi.querier.stats.ScanStats;
import io.narfi.storage.FilteredSource;
import io.narfi.storage.RowSource;
import io.narfi.storage.RowSources;
import io.narfi.storage.Selection;
import io.narfi.storage.StreamGroup;
import java.io.IOException;
import java.util.List;

/** Runs tasks on the workers of this process. */
public final class LocalRunner implements TaskRunner {
    private final WorkerPool workers;
    private final Sources sources;
    private final CompiledQueries queries;

    private final TaskBytes bytes;

    /** Without limits but the default ones. */
    public LocalRunner(WorkerPool workers, Sources sources, CompiledQueries queries) {
        this(workers, sources, queries, TenantLimits.fixed(Limits.defaults()));
    }

    public LocalRunner(WorkerPool workers, Sources sources, CompiledQueries queries, TenantLimits limits) {
        this.bytes = new TaskBytes(limits);
        this.workers = requireNonNull(workers, "workers is null");
        this.sources = requireNonNull(sources, "sources is null");
        this.queries = requireNonNull(queries, "queries is null");
    }

    @Override
    public TaskResult run(Task task, QueryContext context) throws Exception {
        // Opening waits for the store, so it is done before a worker is taken.
        long start = System.nanoTime();
        List<RowSource> opened = sources.open(task.scope(), purpose(task.work()), context);
        long openNanos = System.nanoTime() - start;
        return workers.run(context, () -> {
            ScanStats stats = new ScanStats();
            stats.indexNanos = openNanos;
            long begin = System.nanoTime();
            try {
                return work(task, opened, context, stats);
            } finally {
                stats.execNanos = System.nanoTime() - begin;
                context.addStats(stats);
            }
        });
    }

    /**
     * Metric queries count pages exactly. What only indexes tell (labels, series, stats, volumes) is still that of all that is stored, as in Loki, but
     * for streams and pages that are deleted whole.
     */
    private static FilteredSource.Purpose purpose(Work work) {
        return switch (work) {
            case Work.Metric metric -> FilteredSource.Purpose.COUNT;
            case Work.Logs logs -> FilteredSource.Purpose.READ;
            case Work.Metadata metadata -> FilteredSource.Purpose.READ;
            case Work.Volume volume -> FilteredSource.Purpose.READ;
            case Work.StreamSizes sizes -> FilteredSource.Purpose.READ;
            case Work.LabelSketches labels -> FilteredSource.Purpose.READ;
            case Work.Patterns patterns -> FilteredSource.Purpose.READ;
        };
    }

    private TaskResult work(Task task, List<RowSource> opened, QueryContext context, ScanStats stats) throws IOException {
        TaskScope scope = task.scope();
        return switch (task.work()) {
            case Work.Logs logs -> {
                CompiledQueries.Log query = queries.log(logs.query());
                List<StreamGroup> streams = select(opened, task, query.selector(), context, stats);
                LogScan scan =
                        new LogScan(query.pipeline(), RowOrder.of(logs.direction()), logs.limit(), scope, context, stats);
                yield new TaskResult.Rows(scan.run(streams));
            }
            case Work.Metric metric -> {
                CompiledQueries.Metric query = queries.metric(metric.query());
                Leaf leaf = leaf(query.plan(), metric.leaf());
                List<StreamGroup> streams = select(opened, task, leaf.selector(), context, stats);
                SampleExtractor extractor = query.extractors().get(leaf.index());
                yield new TaskResult.Partial(
                        new MetricScan(leaf, metric.grid(), extractor, scope, context, stats).run(streams));
            }
            case Work.Metadata metadata ->
                new TaskResult.Metadata(new MetadataScan(scope, metadata, opened, context).run());
            case Work.Volume volume -> {
                List<StreamGroup> streams = find(opened, task, volume.selector(), context, stats);
                yield new TaskResult.Volume(new VolumeScan(volume.spec(), scope, context, stats).run(streams));
            }
            case Work.StreamSizes sizes ->
                new TaskResult.StreamSizes(
                        new SizesScan(scope, sizes.first(), context, stats).run(opened, selection(task, sizes.selector())));
            case Work.LabelSketches labels ->
                new TaskResult.LabelSketches(new LabelScan(scope, context).run(opened, labels.selector()));
            case Work.Patterns patterns -> {
                List<StreamGroup> streams = find(opened, task, patterns.selector(), context, stats);
                PatternScan scan = new PatternScan(patterns.step(), patterns.sampling(), scope, context, stats);
                yield new TaskResult.Patterns(scan.run(streams));
            }
        };
    }

    static Leaf leaf(QueryPlan plan, int index) {
        if (index >= plan.leaves().size()) {
            throw ApiException.badRequest("leaf " + index + " of a query with " + plan.leaves().size());
        }
        return plan.leaves().get(index);
    }

    /** The streams of a task that reads their rows. */
    private List<StreamGroup> select(
            List<RowSource> opened, Task task, List<LabelMatcher> selector, QueryContext context, ScanStats stats)
            throws IOException {
        List<StreamGroup> streams = find(opened, task, selector, context, stats);
        bytes.check(task.scope(), streams);
        return streams;
    }

    /** The streams of a task that reads directories, or no more of the rows than it likes. */
    private static List<StreamGroup> find(
            List<RowSource> opened, Task task, List<LabelMatcher> selector, QueryContext context, ScanStats stats)
            throws IOException {
        context.check();
        long start = System.nanoTime();
        List<StreamGroup> streams = RowSources.mergeByStream(opened, selection(task, selector));
        stats.streams += streams.size();
        for (StreamGroup stream : streams) {
            stats.chunks += stream.slices().size();
        }
        stats.indexNanos += System.nanoTime() - start;
        return streams;
    }

    private static Selection selection(Task task, List<LabelMatcher> selector) {
        TaskScope scope = task.scope();
        List<LabelMatcher> matchers = task.ofSeveral() ? TenantLabels.without(selector) : selector;
        return new Selection(scope.tenant(), matchers, scope.from(), scope.to(), scope.minHash(), scope.maxHash());
    }
}
