package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.WorkerPool;
import io.narfi.querier.source.CatalogSnapshots;
import io.narfi.querier.source.HiddenRows;
import io.narfi.querier.source.SourceOpener;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.Snapshot;
import io.narfi.storage.catalog.SnapshotReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All tails of a process: counts them, groups them, and runs the follower while there are any. Safe from any thread.
 */
public final class Tails implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(Tails.class);

    /** From a look that found something to the next; a line should show within a second of its push. */
    private static final long PERIOD_NANOS = 200 * Durations.MILLISECOND;

    /** The same when nothing comes. */
    private static final long IDLE_PERIOD_NANOS = 300 * Durations.MILLISECOND;

    private static final long MAX_BACK_OFF_NANOS = 2 * Durations.SECOND;

    private record Joiner(Tail tail, CompletableFuture<Snapshot> snapshot) {}

    private final TailConfig config;
    private final CatalogSnapshots sources;
    private final TailTools tools;
    private final Follower follower;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<TailQuery, TailGroup> groups = new HashMap<>();
    private final Map<String, Integer> byTenant = new HashMap<>();
    private final List<Joiner> joiners = new ArrayList<>();
    private int active;
    private @Nullable Thread thread;
    private boolean closed;

    /** @param sources of the same snapshots, for what delete requests hide */
    public Tails(
            TailConfig config,
            SnapshotReader snapshots,
            CatalogSnapshots sources,
            SourceOpener opener,
            WorkerPool workers,
            MemoryPool memory,
            CompiledQueries queries,
            TailHistory history,
            InstantSource clock,
            MeterRegistry registry) {
        this.config = requireNonNull(config, "config is null");
        this.sources = requireNonNull(sources, "sources is null");
        TailMetrics metrics = new TailMetrics(registry);
        this.tools = new TailTools(opener, workers, memory, queries, history, new TailMemory(config.bufferBytes()), this::makeRoom, clock, metrics);
        this.follower = new Follower(snapshots, opener, new Handing(), new Joining(), clock, System::nanoTime, metrics);
        metrics.gauges(this::active, this::groups, tools.buffers());
    }

    TailConfig config() {
        return config;
    }

    TailMetrics metrics() {
        return tools.metrics();
    }

    TailHistory history() {
        return tools.history();
    }

    TailMemory buffers() {
        return tools.buffers();
    }

    /** Tails that are open. */
    public int active() {
        lock.lock();
        try {
            return active;
        } finally {
            lock.unlock();
        }
    }

    /** Different queries of the tails that have joined. */
    int groups() {
        lock.lock();
        try {
            return groups.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Counts a new tail; it has to be {@link #close closed}.
     *
     * @param limit {@code max_concurrent_tail_requests} of its tenant
     * @throws ApiException 429 if there are too many
     */
    Tail open(TailQuery query, long delayNanos, int limit) {
        lock.lock();
        try {
            int count = byTenant.getOrDefault(query.tenant(), 0) + 1;
            if (count > limit) {
                throw new ApiException(429, "max concurrent tail requests limit exceeded, count > limit (" + count + " > " + limit + ")");
            }
            if (active >= config.maxTails()) {
                throw new ApiException(429, "too many tails in this process (limit: " + config.maxTails() + ")");
            }
            byTenant.put(query.tenant(), count);
            active++;
        } finally {
            lock.unlock();
        }
        return new Tail(query, delayNanos, tools.clock(), System::nanoTime, tools.metrics());
    }

    /**
     * Waits until the tail is let in; from then on it is offered the rows that are not in the snapshot.
     *
     * @return what it has to be given first
     * @throws IOException if there is no snapshot to be had
     */
    Snapshot join(Tail tail) throws IOException {
        Joiner joiner = new Joiner(tail, new CompletableFuture<>());
        lock.lock();
        try {
            if (closed) {
                throw new IOException("the process is stopping");
            }
            joiners.add(joiner);
            if (thread == null) {
                thread = Thread.ofVirtual().name("tail-follower").start(this::run);
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
        try {
            return joiner.snapshot.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while joining");
        } catch (ExecutionException e) {
            throw new IOException(requireNonNull(e.getCause()).getMessage(), e.getCause());
        }
    }

    /** Forgets a tail, once. */
    void close(Tail tail) {
        TailGroup empty = null;
        lock.lock();
        try {
            joiners.removeIf(j -> j.tail.equals(tail));
            TailGroup group = groups.get(tail.query());
            if (group != null) {
                group.remove(tail);
                if (group.isEmpty()) {
                    groups.remove(tail.query());
                    empty = group;
                }
            }
            String tenant = tail.query().tenant();
            byTenant.computeIfPresent(tenant, (_, n) -> n == 1 ? null : n - 1);
            active--;
            changed.signal();
        } finally {
            lock.unlock();
        }
        if (empty != null) {
            empty.close();
        }
        tail.close();
    }

    private boolean makeRoom() {
        Tail largest = null;
        long most = 0;
        lock.lock();
        try {
            for (TailGroup group : groups.values()) {
                for (Tail tail : group.tails()) {
                    long bytes = tail.waitingBytes();
                    if (bytes > most) {
                        most = bytes;
                        largest = tail;
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        if (largest == null) {
            return false;
        }
        largest.shed();
        return true;
    }

    /** Looks for new segments while there are tails. */
    private void run() {
        long backOff = 0;
        try {
            while (awaitTails()) {
                long start = System.nanoTime();
                boolean found = false;
                try {
                    found = follower.turn();
                    backOff = 0;
                } catch (InterruptedIOException e) {
                    Thread.currentThread().interrupt();
                } catch (IOException e) {
                    backOff = Math.clamp(2 * backOff, PERIOD_NANOS, MAX_BACK_OFF_NANOS);
                    logger.warn("following new segments failed, trying again millis={}: {}", backOff / Durations.MILLISECOND, e.getMessage());
                    logger.debug("following new segments failed", e);
                } catch (RuntimeException e) {
                    backOff = MAX_BACK_OFF_NANOS;
                    logger.error("following new segments failed", e);
                    refuse(new IOException("internal server error"));
                }
                long period = backOff > 0 ? backOff : found ? PERIOD_NANOS : IDLE_PERIOD_NANOS;
                // A slow store is not kept busy all the time.
                pause(Math.max(period - (System.nanoTime() - start), Math.min(System.nanoTime() - start, PERIOD_NANOS)), backOff > 0);
            }
        } catch (InterruptedException e) {
            logger.debug("the follower ends", e);
        }
        refuse(new IOException("the process is stopping"));
    }

    /** False when closed. */
    private boolean awaitTails() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (groups.isEmpty() && joiners.isEmpty() && !closed) {
                follower.rest();
                changed.await();
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** @param failing whether also those that join must wait: the store needs the rest */
    private void pause(long nanos, boolean failing) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (left > 0 && !closed && (failing || joiners.isEmpty())) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void refuse(IOException cause) {
        List<Joiner> all;
        lock.lock();
        try {
            all = List.copyOf(joiners);
            joiners.clear();
        } finally {
            lock.unlock();
        }
        all.forEach(j -> j.snapshot.completeExceptionally(cause));
    }

    /** Ends the follower and the groups; tails are closed by those who opened them. */
    @Override
    public void close() {
        List<TailGroup> all;
        Thread t;
        lock.lock();
        try {
            closed = true;
            all = List.copyOf(groups.values());
            t = thread;
            changed.signal();
        } finally {
            lock.unlock();
        }
        all.forEach(TailGroup::close);
        if (t != null) {
            t.interrupt();
            try {
                t.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private final class Handing implements Follower.Groups {
        @Override
        public void arrived(List<Follower.Arrival> segments, Set<String> tenants, CatalogState catalog) {
            Map<String, HiddenRows> hidden = new HashMap<>();
            lock.lock();
            try {
                for (TailGroup group : groups.values()) {
                    String tenant = group.query().tenant();
                    if (tenants.contains(tenant)) {
                        HiddenRows its = hidden.computeIfAbsent(tenant, t -> sources.hidden(catalog, t));
                        for (Follower.Arrival s : segments) {
                            if (s.tenants().contains(tenant)) {
                                group.offer(new TailWork.Segment(s.number(), s.ref(), s.landedMillis(), its));
                            }
                        }
                    }
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void missed(TailWork.CatchUp work) {
            lock.lock();
            try {
                groups.values().forEach(group -> group.offer(work));
            } finally {
                lock.unlock();
            }
        }
    }

    private final class Joining implements Follower.Joiners {
        @Override
        public boolean waiting() {
            lock.lock();
            try {
                return !joiners.isEmpty();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void admit(Snapshot snapshot, long number) {
            List<Joiner> admitted;
            lock.lock();
            try {
                // Who came after the snapshot was begun may have it too: what it lacks comes in later hand-overs.
                admitted = List.copyOf(joiners);
                joiners.clear();
                for (Joiner joiner : admitted) {
                    joiner.tail.joins(number);
                    groups.computeIfAbsent(joiner.tail.query(), this::start).add(joiner.tail);
                }
            } finally {
                lock.unlock();
            }
            admitted.forEach(j -> j.snapshot.complete(snapshot));
        }

        private TailGroup start(TailQuery query) {
            TailGroup group = new TailGroup(query, tools);
            group.start();
            return group;
        }

        @Override
        public void refuse(IOException cause) {
            Tails.this.refuse(cause);
        }
    }
}
