package io.narfi.querier;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.Service;
import io.narfi.common.TenantLimits;
import io.narfi.common.Tenants;
import io.narfi.http.Caller;
import io.narfi.http.Route;
import io.narfi.logql.Bound;
import io.narfi.querier.api.QueryApi;
import io.narfi.querier.coordinate.BytesLimit;
import io.narfi.querier.coordinate.DiscoveryQueries;
import io.narfi.querier.coordinate.Explanations;
import io.narfi.querier.coordinate.ExportQueries;
import io.narfi.querier.coordinate.LogQueries;
import io.narfi.querier.coordinate.MetadataQueries;
import io.narfi.querier.coordinate.MetricQueries;
import io.narfi.querier.peer.DistributedRunner;
import io.narfi.querier.peer.PeerAddress;
import io.narfi.querier.peer.PeerResolver;
import io.narfi.querier.peer.Peers;
import io.narfi.querier.peer.TaskHandler;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.results.CachingRunner;
import io.narfi.querier.results.ResultCache;
import io.narfi.querier.run.Admission;
import io.narfi.querier.run.FairGate;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.WorkerPool;
import io.narfi.querier.source.CatalogSnapshots;
import io.narfi.querier.source.RangeReaders;
import io.narfi.querier.source.ReaderCache;
import io.narfi.querier.source.Sources;
import io.narfi.querier.stats.CacheUse.Kind;
import io.narfi.querier.tail.TailApi;
import io.narfi.querier.tail.TailHistory;
import io.narfi.querier.tail.Tails;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.LocalRunner;
import io.narfi.querier.task.TaskRunner;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.segment.FrameCache;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The read service: answers queries, and does tasks for the other read processes. */
public final class Querier implements Service {
    private static final int OPEN_IN_PARALLEL = 16;
    /** A task more than this waits for its tenant's others is refused; a query has at most some dozens under way. */
    private static final int MAX_WAITING_TASKS = 4096;

    private final WorkerPool workers;
    private final Tails tails;
    private final List<Route> routes;
    private volatile State state = State.New;

    /**
     * Makes the service; its routes work from then on, its threads end with {@link #stop}.
     *
     * @param ranges access to objects, through the disk cache if there is one
     * @param caller for calls to peers
     * @param isSelf whether a peer's address is this process's own
     */
    public Querier(
            QuerierConfig config,
            Tenants tenants,
            TenantLimits limits,
            SnapshotReader snapshots,
            RangeReaders ranges,
            Caller caller,
            Predicate<PeerAddress> isSelf,
            InstantSource clock,
            MeterRegistry registry) {
        this(config, tenants, limits, snapshots, ranges, null, caller, isSelf, clock, registry);
    }

    /**
     * Makes the service; its routes work from then on, its threads end with {@link #stop}.
     *
     * @param ranges access to objects, through the disk cache if there is one
     * @param results where results are kept; null if they are not
     * @param caller for calls to peers
     * @param isSelf whether a peer's address is this process's own
     */
    public Querier(
            QuerierConfig config,
            Tenants tenants,
            TenantLimits limits,
            SnapshotReader snapshots,
            RangeReaders ranges,
            @Nullable ResultCache results,
            Caller caller,
            Predicate<PeerAddress> isSelf,
            InstantSource clock,
            MeterRegistry registry) {
        requireNonNull(config, "config is null");
        MemoryPool memory = new MemoryPool(config.totalQueryMemory(), config.maxQueryMemory());
        FairGate gate = new FairGate(config.maxConcurrentQueries(), config.maxOutstandingPerTenant());
        this.workers = new WorkerPool(config.workers(), MAX_WAITING_TASKS);
        FrameCache frames = new FrameCache(config.frameCacheBytes());
        frames.bindTo(registry);
        ReaderCache readers = new ReaderCache(ranges, frames, config.readerCacheBytes(), registry);
        Sources sources = new Sources(readers, OPEN_IN_PARALLEL);
        CompiledQueries queries = new CompiledQueries();
        LocalRunner computing = new LocalRunner(workers, sources, queries, limits);
        TaskRunner local = results == null ? computing : new CachingRunner(computing, results, queries, workers);
        Peers peers = new Peers(PeerResolver.of(config.peers()), isSelf, config.peerRefreshNanos(), System::nanoTime);
        int maxAnswer = (int) Math.min(Integer.MAX_VALUE - 8, config.maxQueryMemory());
        TaskRunner tasks = new DistributedRunner(peers, caller, local, queries, config.maxPeersTried(), maxAnswer, registry);
        Planner planner = new Planner(config.taskBytes(), config.smallQueryBytes(), config.maxShards());
        CatalogSnapshots taken = new CatalogSnapshots(snapshots, sources, limits);
        DiscoveryQueries discovery = new DiscoveryQueries(taken, planner, tasks, config.parallelTasks());
        Admission admission = new Admission(limits, gate, memory);
        QueryApi api = new QueryApi(
                tenants,
                limits,
                admission,
                new LogQueries(taken, planner, tasks, config.parallelTasks()),
                new MetricQueries(taken, planner, tasks, queries, config.parallelTasks(), results != null && results.keeps(Kind.RANGE)),
                new MetadataQueries(taken, planner, tasks, config.parallelTasks()),
                discovery,
                new ExportQueries(taken, planner, tasks, config.parallelTasks()),
                new BytesLimit(discovery, queries),
                new Explanations(taken, planner, queries),
                config.endpoints(),
                clock,
                registry);
        TailHistory history = new TailHistory(admission, taken, planner, tasks, config.parallelTasks());
        this.tails = new Tails(config.tails(), snapshots, taken, readers, workers, memory, queries, history, clock, registry);
        List<Route> all = new ArrayList<>(api.routes());
        all.addAll(new TailApi(tenants, limits, tails, clock).routes());
        all.add(new TaskHandler(local, memory).route());
        this.routes = List.copyOf(all);
        gauges(gate, memory, peers, registry);
    }

    private void gauges(FairGate gate, MemoryPool memory, Peers peers, MeterRegistry registry) {
        for (Bound bound : Bound.values()) {
            FunctionCounter.builder("narfi_logql_bound_hits_total", bound, Bound::hits)
                    .tag("bound", bound.text())
                    .description("How often what keeps queries within memory and time was met.")
                    .register(registry);
        }
        Gauge.builder("narfi_queries_running", gate, FairGate::inside).description("Queries that run.").register(registry);
        Gauge.builder("narfi_queries_waiting", gate, FairGate::waiting)
                .description("Queries that wait for a place.")
                .register(registry);
        Gauge.builder("narfi_query_tasks_running", workers, WorkerPool::running)
                .description("Tasks that a worker is busy with.")
                .register(registry);
        Gauge.builder("narfi_query_tasks_waiting", workers, WorkerPool::waiting)
                .description("Tasks that wait for a worker.")
                .register(registry);
        Gauge.builder("narfi_query_memory_bytes", memory, MemoryPool::used)
                .description("Bytes that queries hold.")
                .register(registry);
        Gauge.builder("narfi_query_peers", peers, p -> p.others().size())
                .description("Other read processes that are known.")
                .register(registry);
    }

    /** What the HTTP server of the process serves for it, the internal path among it. */
    public List<Route> routes() {
        return routes;
    }

    @Override
    public String name() {
        return "querier";
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public void start() {
        state = State.Running;
    }

    @Override
    public void stop() {
        state = State.Stopping;
        tails.close();
        workers.close();
        state = State.Terminated;
    }
}
