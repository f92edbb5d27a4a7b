package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.narfi.common.Ulids;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStore.ObjectInfo;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process's view of the catalog. {@link #refresh} catches up with what others committed, {@link #commit} adds a commit. Safe from any
 * thread; refreshes and commits of one process wait for each other.
 */
public final class Catalog {
    private static final Logger log = LoggerFactory.getLogger(Catalog.class);

    /** Commits that are remembered, so that work that began that long ago can still be checked for conflicts. */
    private static final int HISTORY = 1024;

    /** More commits than this are not replayed one by one if there is a checkpoint. */
    private static final int MAX_REPLAY = 128;

    private static final int REFRESH_TRIES = 5;
    private static final int COMMIT_TRIES = 50;

    /**
     * A put that took longer than this (the process may have been suspended) is not believed before the log was read again: the version may have
     * been cleaned away and created anew, where nobody looks any more. Old commits stay much longer.
     */
    private static final Duration COMMIT_TRUSTED_FOR = Duration.ofMinutes(5);

    private final CatalogLog catalogLog;
    private final String owner;
    private final String component;
    private final InstantSource clock;
    private final Ulids ulids;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<CatalogCommit> history = new ArrayDeque<>();
    private final Timer refreshTimer;
    private final Counter commits;
    private final Counter conflicts;
    private final Counter races;
    private volatile CatalogState state = CatalogState.EMPTY;
    private volatile long newestCheckpoint;

    /** As the other one, for a reader. */
    public Catalog(ObjectStore store, String owner, InstantSource clock, MeterRegistry registry) {
        this(store, owner, "reader", clock, registry);
    }

    /**
     * @param owner who commits, for people that read the log
     * @param component the part of the process that uses it, a tag of its metrics
     */
    public Catalog(ObjectStore store, String owner, String component, InstantSource clock, MeterRegistry registry) {
        this.component = requireNonNull(component, "component is null");
        this.catalogLog = new CatalogLog(store);
        this.owner = requireNonNull(owner, "owner is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.ulids = new Ulids(clock);
        this.refreshTimer = Timer.builder("narfi_catalog_refresh_duration")
                .description("Time to catch up with the catalog.")
                .tag("component", component)
                .register(registry);
        this.commits = counter(registry, component, "narfi_catalog_commits", "Commits made by this process.");
        this.conflicts = counter(registry, component, "narfi_catalog_commit_conflicts", "Commits given up, because another one took an input.");
        this.races = counter(registry, component, "narfi_catalog_commit_races", "Versions that another process created first.");
        Gauge.builder("narfi_catalog_version", this, c -> c.state.version())
                .description("Version of the catalog that this process knows.")
                .tag("component", component)
                .register(registry);
    }

    private static Counter counter(MeterRegistry registry, String component, String name, String description) {
        return Counter.builder(name).description(description).tag("component", component).register(registry);
    }

    /** The state as of the last refresh or commit; may be old. */
    public CatalogState current() {
        return state;
    }

    /** Version of the newest checkpoint that the last refresh saw, 0 if there was none. */
    public long newestCheckpoint() {
        return newestCheckpoint;
    }

    /**
     * The state with every commit that was made before this call: one listing, and one read for each new commit.
     *
     * @throws CatalogLostException if there is no catalog though there are blocks, or the catalog that was there is gone; the next call starts
     *     from nothing
     * @throws CatalogCorruptException if a commit is damaged or missing, and no checkpoint stands for it
     */
    public CatalogState refresh() throws IOException {
        long start = System.nanoTime();
        lock.lock();
        try {
            return refreshLocked();
        } finally {
            lock.unlock();
            refreshTimer.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
        }
    }

    /** Makes the first commit in an empty bucket, so that a catalog that is lost later is missed. */
    public CatalogState initialise() throws IOException {
        CatalogState now = refresh();
        while (now.version() == 0) {
            try {
                now = commit(CatalogChange.because("init").build(), now, 0);
            } catch (CommitConflictException e) {
                now = refresh();
            }
        }
        return now;
    }

    /**
     * Commits a change that was computed from a state. Others may have committed since; if that touched none of the change's blocks and
     * segments, the change still holds.
     *
     * @param leaseEpoch of the lease the work was done under, 0 without one
     * @return the state with the change in it
     * @throws CommitConflictException if others took an input, or too much happened since to tell; certainly nothing was committed
     * @throws CommitOutcomeUnknownException if the store failed so that the commit may have landed, or may yet
     * @throws IllegalArgumentException if the change does not even hold for the state it was computed from
     */
    public CatalogState commit(CatalogChange change, CatalogState basedOn, long leaseEpoch) throws IOException {
        String objection = basedOn.objection(change);
        if (objection != null) {
            throw new IllegalArgumentException("the change contradicts its own state: " + objection);
        }
        String id = ulids.next();
        lock.lock();
        try {
            for (int i = 0; i < COMMIT_TRIES; i++) {
                CatalogState before = refreshLocked();
                if (includesOwn(id)) {
                    return before;
                }
                check(change, basedOn, before);
                long sent = System.nanoTime();
                CatalogCommit commit = new CatalogCommit(
                        before.version() + 1, id, owner, leaseEpoch, Math.max(clock.millis(), before.time()), change);
                if (catalogLog.create(commit)) {
                    if (System.nanoTime() - sent > COMMIT_TRUSTED_FOR.toNanos()) {
                        continue;
                    }
                    advance(commit);
                    commits.increment();
                    return state;
                }
                races.increment();
            }
            conflicts.increment();
            throw new CommitConflictException("lost the race for the next version " + COMMIT_TRIES + " times");
        } finally {
            lock.unlock();
        }
    }

    private boolean includesOwn(String id) {
        for (CatalogCommit c : history) {
            if (c.id().equals(id)) {
                return true;
            }
        }
        return false;
    }

    /**
     * What came in between must not touch what the change touches. Looking at the newest state alone is not enough: an id that was consumed and
     * forgotten since looks like one that was never consumed.
     */
    private void check(CatalogChange change, CatalogState basedOn, CatalogState now) throws CommitConflictException {
        if (now.version() == basedOn.version()) {
            return;
        }
        long firstKnown = history.isEmpty() ? Long.MAX_VALUE : history.getFirst().version();
        if (now.version() < basedOn.version() || firstKnown > basedOn.version() + 1) {
            conflicts.increment();
            throw new CommitConflictException(
                    "the change is based on version " + basedOn.version() + ", too long before " + now.version() + " to tell whether it holds");
        }
        for (CatalogCommit c : history) {
            if (c.version() > basedOn.version()) {
                String overlap = change.overlap(c.change());
                if (overlap != null) {
                    conflicts.increment();
                    throw new CommitConflictException("commit " + c.version() + " of " + c.owner() + " took " + overlap);
                }
            }
        }
        String objection = now.objection(change);
        if (objection != null) {
            throw new IllegalStateException("commits since " + basedOn.version() + " do not explain: " + objection);
        }
    }

    private CatalogState refreshLocked() throws IOException {
        for (int i = 0; ; i++) {
            try {
                return catchUp();
            } catch (ObjectNotFoundException e) {
                // Cleaned away between the listing and the read: a newer checkpoint has it.
                if (i + 1 == REFRESH_TRIES) {
                    throw new CatalogCorruptException("the catalog changes faster than it can be read: " + e.getMessage(), e);
                }
            } catch (CatalogLostException e) {
                reset(CatalogState.EMPTY);
                throw e;
            }
        }
    }

    private CatalogState catchUp() throws IOException {
        if (state.version() == 0) {
            NavigableMap<Long, ObjectInfo> checkpoints = catalogLog.listCheckpoints();
            try {
                if (!checkpoints.isEmpty()) {
                    loadCheckpoint(checkpoints, 0);
                }
            } catch (CatalogCorruptException e) {
                log.warn("no checkpoint of the catalog can be used, reading its commits from the first", e);
            }
        }
        long known = state.version();
        // The own version is listed again: if it is missing, so may be what came after it.
        CatalogLog.Versions found = catalogLog.listFrom(known);
        newestCheckpoint = found.checkpoints().isEmpty() ? 0 : found.checkpoints().lastKey();
        if (known == 0) {
            if (found.isEmpty() && catalogLog.anyBlock()) {
                throw new CatalogLostException("there are blocks but no catalog; it can be rebuilt from them");
            }
        } else if (!found.commits().containsKey(known) && newestCheckpoint < known) {
            throw new CatalogLostException("version " + known + " of the catalog was there and is gone");
        }
        if (newestCheckpoint > known + MAX_REPLAY) {
            loadCheckpoint(found.checkpoints(), known);
        }
        @Nullable CatalogCorruptException damage = replay(found);
        if (damage != null) {
            if (newestCheckpoint <= state.version()) {
                throw damage;
            }
            log.warn("passing over a damaged part of the catalog version={} checkpoint={}", state.version(), newestCheckpoint, damage);
            loadCheckpoint(found.checkpoints(), state.version());
            damage = replay(found);
            if (damage != null) {
                throw damage;
            }
        }
        return state;
    }

    /** Applies the listed commits that follow the state, as far as they are whole. */
    private @Nullable CatalogCorruptException replay(CatalogLog.Versions found) throws IOException {
        NavigableMap<Long, ObjectInfo> after = found.commits().tailMap(state.version(), false);
        if (after.isEmpty()) {
            // Commits that a checkpoint replaced are deleted.
            return newestCheckpoint > state.version()
                    ? new CatalogCorruptException("commit " + (state.version() + 1) + " of the catalog is missing")
                    : null;
        }
        long last = state.version();
        while (after.containsKey(last + 1)) {
            last++;
        }
        boolean gap = last < after.lastKey();
        List<CatalogCommit> read;
        try {
            read = catalogLog.read(state.version() + 1, last);
        } catch (CatalogCorruptException e) {
            return e;
        }
        for (CatalogCommit commit : read) {
            try {
                advance(commit);
            } catch (IllegalArgumentException e) {
                return new CatalogCorruptException("the catalog contradicts itself: " + e.getMessage(), e);
            }
        }
        return gap ? new CatalogCorruptException("commit " + (last + 1) + " of the catalog is missing") : null;
    }

    /** Takes the newest checkpoint after a version that can be read; the newest may be damaged or just deleted. */
    private void loadCheckpoint(NavigableMap<Long, ObjectInfo> checkpoints, long after) throws IOException {
        List<Exception> problems = new ArrayList<>();
        for (long version : checkpoints.tailMap(after, false).descendingKeySet()) {
            try {
                reset(catalogLog.readCheckpoint(version));
                return;
            } catch (CatalogCorruptException | ObjectNotFoundException e) {
                log.warn("cannot use a checkpoint of the catalog version={}", version, e);
                problems.add(e);
            }
        }
        for (Exception e : problems) {
            if (e instanceof ObjectNotFoundException gone) {
                throw gone;
            }
        }
        CatalogCorruptException all = new CatalogCorruptException("no checkpoint of the catalog after version " + after + " can be read");
        problems.forEach(all::addSuppressed);
        throw all;
    }

    private void reset(CatalogState to) {
        history.clear();
        state = to;
    }

    private void advance(CatalogCommit commit) {
        state = state.apply(commit);
        history.addLast(commit);
        if (history.size() > HISTORY) {
            history.removeFirst();
        }
    }

    String component() {
        return component;
    }

    CatalogLog objects() {
        return catalogLog;
    }
}
