package io.narfi.querier.algebra;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.logql.engine.StepGrid;
import io.narfi.querier.coordinate.LogQueries;
import io.narfi.querier.coordinate.MetricQueries;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.run.WorkerPool;
import io.narfi.querier.source.CatalogSnapshots;
import io.narfi.querier.source.RangeReaders;
import io.narfi.querier.source.ReaderCache;
import io.narfi.querier.source.Sources;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.LocalRunner;
import io.narfi.querier.task.TaskRunner;
import io.narfi.storage.segment.FrameCache;
import java.util.ArrayList;
import java.util.List;

/** All that answers queries over one bucket, as a read process puts it together, with or without peers. */
final class Engine {
    private static final String TENANT = "t";
    private static final long TIMEOUT = 60 * Durations.SECOND;

    private final String name;
    private final MemoryPool memory = new MemoryPool(1L << 30, 1L << 29);
    private final LogQueries logs;
    private final MetricQueries metrics;

    /**
     * @param peers other processes that take tasks, each with readers and compiled queries of its own
     * @param parallel the most tasks of a query that run at a time
     */
    Engine(String name, Bucket bucket, Planner planner, int peers, int parallel, WorkerPool workers) {
        this.name = name;
        CompiledQueries compiled = new CompiledQueries();
        Sources sources = sources(bucket);
        TaskRunner tasks = new LocalRunner(workers, sources, compiled);
        if (peers > 0) {
            List<TaskRunner> others = new ArrayList<>();
            for (int i = 0; i < peers; i++) {
                others.add(new LocalRunner(workers, sources(bucket), new CompiledQueries()));
            }
            tasks = new LoopbackPeers(others, memory).runner(tasks, compiled);
        }
        CatalogSnapshots snapshots = new CatalogSnapshots(bucket.snapshots(), sources, TenantLimits.fixed(Limits.defaults()));
        this.logs = new LogQueries(snapshots, planner, tasks, parallel);
        this.metrics = new MetricQueries(snapshots, planner, tasks, compiled, parallel);
    }

    private static Sources sources(Bucket bucket) {
        return new Sources(new ReaderCache(RangeReaders.of(bucket.store()), new FrameCache(1 << 20), 4 << 20, new SimpleMeterRegistry()), 4);
    }

    String name() {
        return name;
    }

    /** The answer to a log query; anything but an answer or a clean refusal is thrown. */
    Answer log(QueryParams params) throws Exception {
        try (QueryContext context = new QueryContext(TENANT, System.nanoTime() + TIMEOUT, memory.open())) {
            return Answer.Entries.of(logs.run(params, 0, context).rows());
        } catch (ApiException e) {
            return refused(e);
        }
    }

    /** The answer to a metric query. */
    Answer metric(String query, StepGrid grid) throws Exception {
        try (QueryContext context = new QueryContext(TENANT, System.nanoTime() + TIMEOUT, memory.open())) {
            return Answer.Points.of(metrics.run(query, grid, 0, false, context).result());
        } catch (ApiException e) {
            return refused(e);
        }
    }

    /** Bytes that queries hold; none between queries. */
    long memoryUsed() {
        return memory.used();
    }

    private static Answer refused(ApiException e) {
        if (e.status() == 504) {
            throw e;
        }
        return Answer.Refused.of(e);
    }
}
