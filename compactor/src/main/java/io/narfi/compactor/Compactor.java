package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.Service;
import io.narfi.common.TenantLimits;
import io.narfi.common.Tenants;
import io.narfi.http.Route;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.Leases;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backend as a service. Three threads: segments into blocks, blocks into larger ones, and upkeep (retention, garbage, the log of the catalog).
 * Each works while it holds the lease of its kind of work, so of several backends one does each kind; if a lease fails to keep them apart, commits do.
 */
public final class Compactor implements Service {
    private static final Logger log = LoggerFactory.getLogger(Compactor.class);

    private final CompactorConfig config;
    private final ObjectStore store;
    private final RetentionLimits limits;
    private final String owner;
    private final InstantSource clock;
    private final MeterRegistry registry;
    private final CompactorMetrics metrics;

    private record Running(WorkingDirectory folder, CompactionTasks tasks, DeleteRequests deletes, Worker segments, Worker blocks, Worker upkeep) {
        List<Worker> workers() {
            return List.of(segments, blocks, upkeep);
        }
    }

    private volatile State state = State.New;
    private volatile @Nullable Running running;

    /**
     * @param store not closed by the service
     * @param owner unique to the process, for the leases and for people that read the catalog
     */
    public Compactor(
            CompactorConfig config,
            ObjectStore store,
            RetentionLimits limits,
            String owner,
            InstantSource clock,
            MeterRegistry registry) {
        this.config = requireNonNull(config, "config is null");
        this.store = requireNonNull(store, "store is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.owner = requireNonNull(owner, "owner is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.registry = requireNonNull(registry, "registry is null");
        this.metrics = new CompactorMetrics(registry);
    }

    @Override
    public String name() {
        return "compactor";
    }

    @Override
    public State state() {
        return state;
    }

    /**
     * Starts the threads. A store that cannot be reached yet does not fail the start; the threads go on trying.
     *
     * @throws IOException if the working directory cannot be used
     */
    @Override
    public void start() throws IOException {
        state = State.Starting;
        WorkingDirectory folder;
        try {
            folder = WorkingDirectory.open(config.workingDirectory());
        } catch (IOException e) {
            state = State.Failed;
            throw e;
        }
        CompactionTasks tasks = new CompactionTasks(config, store, limits, folder, owner, clock, registry, metrics);
        try {
            tasks.ensureCatalog();
        } catch (IOException e) {
            log.warn("the catalog is not there yet, going on trying", e);
        }
        Running r = new Running(
                folder,
                tasks,
                new DeleteRequests(tasks.catalog(), store, config.deletes(), clock, registry),
                worker("segments", config.interval(), (epoch, p) -> tasks.compactSegments(false, epoch, p), tasks, metrics.segments.failures),
                worker("blocks", config.interval(), tasks::mergeBlocks, tasks, metrics.blocks.failures),
                worker("upkeep", config.sweepInterval(), (epoch, p) -> tasks.sweep(epoch), tasks, metrics.upkeepFailures));
        running = r;
        r.workers().forEach(Worker::start);
        state = State.Running;
    }

    private Worker worker(
            String work, Duration interval, Worker.Job job, CompactionTasks tasks, Counter failures) {
        // A third of the duration: clocks may differ by that much.
        Leases leases = new Leases(store, owner, config.leaseDuration(), config.leaseDuration().dividedBy(3), clock);
        LeaseKeeper lease = new LeaseKeeper(leases, "compactor-" + work, config.leaseDuration(), clock);
        return new Worker(work, lease, interval, (epoch, progress) -> {
            if (tasks.catalog().current().version() == 0) {
                tasks.ensureCatalog();
            }
            return job.step(epoch, progress);
        }, tasks::ensureCatalog, failures);
    }

    /**
     * What the HTTP server of the process serves for it: the delete API, if retention is enabled. It works while the service runs.
     *
     * @param tenantLimits tell who may delete
     */
    public List<Route> routes(Tenants tenants, TenantLimits tenantLimits) {
        if (!config.retentionEnabled()) {
            return List.of();
        }
        return new DeleteHandlers(tenants, tenantLimits, () -> running().deletes, config.deletes(), clock).routes();
    }

    /** Puts all segments that are in the store now into blocks; returns when that is committed. */
    public void flush() throws IOException {
        Running r = running();
        r.tasks.ensureCatalog();
        r.segments.runNow((epoch, progress) -> r.tasks.compactSegments(true, epoch, progress));
    }

    /** {@link #flush}, and does all merges that are worth it, and what retention and garbage collection have to do. */
    public void compactNow() throws IOException {
        flush();
        Running r = running();
        r.blocks.runNow(r.tasks::mergeBlocks);
        r.upkeep.runNow((epoch, progress) -> r.tasks.sweep(epoch));
    }

    /** The service's view of the catalog. */
    public Catalog catalog() {
        return running().tasks.catalog();
    }

    private Running running() {
        Running r = running;
        if (r == null) {
            throw new IllegalStateException("the compactor is not running");
        }
        return r;
    }

    @Override
    public void stop() throws IOException, InterruptedException {
        Running r = running;
        running = null;
        if (r == null) {
            return;
        }
        state = State.Stopping;
        for (Worker worker : r.workers()) {
            worker.stop();
        }
        r.folder.close();
        state = State.Terminated;
    }
}
