package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Durations;
import io.narfi.common.Parallel;
import io.narfi.querier.plan.SegmentRef;
import io.narfi.querier.source.SourceOpener;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.LiveSegment;
import io.narfi.storage.catalog.SegmentFeed;
import io.narfi.storage.catalog.SegmentRange;
import io.narfi.storage.catalog.Snapshot;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.segment.SegmentId;
import io.narfi.storage.segment.SegmentReader;
import io.narfi.storage.segment.SegmentReader.TenantInfo;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds new segments and hands them to the groups, in turns: one listing a turn, a look at the catalog for delete requests when something new is
 * there, and a snapshot when tails join, after a failure, and now and then. Segments are numbered by hand-over; a tail that joins at a snapshot is given the number after those that the snapshot holds. Turns are
 * for one thread.
 */
final class Follower {
    private static final Logger logger = LoggerFactory.getLogger(Follower.class);

    /** Forgets what the catalog forgets, and finds what was consumed and deleted between two looks. */
    private static final long SNAPSHOT_EVERY_NANOS = 15 * Durations.SECOND;

    /** A gap of looks after which it is taken that segments may have come, been compacted, deleted and even forgotten by the catalog. */
    private static final long LONG_GAP_NANOS = 5 * Durations.MINUTE;

    /** Of the time before a gap that is read again from blocks: rows are written some time after their timestamps. */
    private static final long CATCH_UP_OVERLAP_NANOS = Durations.MINUTE;

    /** Segments that are in memory at once until they are handed over. */
    private static final int AT_A_TIME = 16;

    /** After so many failures a segment that is listed is given up. */
    private static final int MAX_TRIES = 20;

    /** A segment that could not be opened yet: the number it was given when it was found, and how often it was tried. */
    private record Unopened(long number, int tries) {}

    /**
     * A new segment.
     *
     * @param landedMillis when it was written by the store's clock
     * @param tenants who has rows in it
     */
    record Arrival(long number, SegmentRef ref, long landedMillis, Set<String> tenants) {
        Arrival {
            requireNonNull(ref, "ref is null");
            tenants = Set.copyOf(tenants);
        }
    }

    /** Where segments go. */
    interface Groups {
        /**
         * Hands over what a turn found, in the order of keys.
         *
         * @param tenants who has rows in any of them
         * @param catalog as of after they landed: whose delete requests hide rows of them
         */
        void arrived(List<Arrival> segments, Set<String> tenants, CatalogState catalog);

        /** What the groups have to read from blocks. */
        void missed(TailWork.CatchUp work);
    }

    /** Who waits to join. */
    interface Joiners {
        /** Whether somebody waits. */
        boolean waiting();

        /** Lets all that wait in: the snapshot is their history, hand-overs from {@code number} on are theirs. */
        void admit(Snapshot snapshot, long number);

        void refuse(IOException cause);
    }

    private final SnapshotReader snapshots;
    private final SourceOpener opener;
    private final Groups groups;
    private final Joiners joiners;
    private final InstantSource clock;
    private final LongSupplier ticks;
    private final TailMetrics metrics;
    private final SegmentFeed feed;
    private final Map<SegmentId, Unopened> unopened = new HashMap<>();

    private boolean following;
    private long number;
    private long lastSnapshot;
    private long lastLook;
    private long lastLookTime;
    private boolean failed;

    Follower(
            SnapshotReader snapshots,
            SourceOpener opener,
            Groups groups,
            Joiners joiners,
            InstantSource clock,
            LongSupplier ticks,
            TailMetrics metrics) {
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.opener = requireNonNull(opener, "opener is null");
        this.groups = requireNonNull(groups, "groups is null");
        this.joiners = requireNonNull(joiners, "joiners is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.ticks = requireNonNull(ticks, "ticks is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.feed = snapshots.feed();
    }

    /** Forgets everything: there are no tails, and the next turn begins anew. */
    void rest() {
        following = false;
        failed = false;
        unopened.clear();
    }

    /**
     * Looks once.
     *
     * @return whether something new was found
     * @throws IOException if that failed, in part at least; the next turn finds what this one did not
     */
    boolean turn() throws IOException {
        long start = ticks.getAsLong();
        boolean found;
        try {
            if (!following) {
                begin();
                found = false;
            } else if (failed || joiners.waiting() || start - lastSnapshot >= SNAPSHOT_EVERY_NANOS) {
                found = lookWithSnapshot(start);
            } else {
                List<LiveSegment> segments = look();
                number++;
                found = !segments.isEmpty();
                handOver(segments);
            }
        } catch (IOException e) {
            failed = true;
            metrics.failed();
            joiners.refuse(e);
            throw e;
        }
        failed = false;
        metrics.turn(ticks.getAsLong() - start);
        return found;
    }

    private void begin() throws IOException {
        lastSnapshot = ticks.getAsLong();
        lastLook = lastSnapshot;
        lastLookTime = now();
        Snapshot snapshot = snapshots.snapshot();
        feed.settle(snapshot, List.of());
        following = true;
        number++;
        joiners.admit(snapshot, number);
    }

    private boolean lookWithSnapshot(long start) throws IOException {
        lastSnapshot = start;
        long gap = start - lastLook;
        long lastTime = lastLookTime;
        Snapshot snapshot = snapshots.snapshot();
        // After the snapshot, so that whatever it holds is found here, as long as it exists.
        List<LiveSegment> found = look();
        List<SegmentRange> lost = feed.lost(snapshot, found);
        Set<SegmentId> live = new HashSet<>();
        snapshot.segments().forEach(s -> live.add(s.id()));
        List<LiveSegment> old = new ArrayList<>();
        List<LiveSegment> young = new ArrayList<>();
        for (LiveSegment s : found) {
            (live.contains(s.id()) || snapshot.catalog().consumed().contains(s.id()) ? old : young).add(s);
        }
        unopened.keySet().retainAll(found.stream().map(LiveSegment::id).toList());
        IOException failure = null;
        Set<SegmentId> unseen = new HashSet<>();
        young.forEach(s -> unseen.add(s.id()));
        number++;
        if (lost.isEmpty() && gap < LONG_GAP_NANOS) {
            failure = attempt(old);
            unseen.addAll(unopened.keySet());
        } else {
            logger.warn("segments were gone before tails saw them, reading the blocks ranges={} gap_seconds={}", lost.size(),
                    gap / Durations.SECOND);
            old.forEach(s -> unopened.remove(s.id()));
            groups.missed(new TailWork.CatchUp(number, snapshot, lastTime - CATCH_UP_OVERLAP_NANOS));
        }
        feed.settle(snapshot, unseen);
        // A segment that could not be opened keeps the number of its first try, which is before the joiners' first.
        number++;
        joiners.admit(snapshot, number);
        IOException second = attempt(young);
        if (failure != null || second != null) {
            throw requireNonNull(failure != null ? failure : second);
        }
        return !found.isEmpty();
    }

    private List<LiveSegment> look() throws IOException {
        long tick = ticks.getAsLong();
        long time = now();
        List<LiveSegment> segments = feed.look();
        lastLook = tick;
        lastLookTime = time;
        return segments;
    }

    private @Nullable IOException attempt(List<LiveSegment> segments) {
        try {
            handOver(segments);
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    /** Opens segments and hands them over; those that the store does not give now stay unseen. */
    private void handOver(List<LiveSegment> segments) throws IOException {
        segments.forEach(s -> unopened.putIfAbsent(s.id(), new Unopened(number, 0)));
        if (segments.isEmpty()) {
            return;
        }
        CatalogState catalog = snapshots.catalog();
        for (int from = 0; from < segments.size(); from += AT_A_TIME) {
            List<LiveSegment> some = segments.subList(from, Math.min(segments.size(), from + AT_A_TIME));
            List<Opened> opened = Parallel.map(some, AT_A_TIME, this::open);
            List<SegmentId> seen = new ArrayList<>();
            List<Arrival> arrived = new ArrayList<>();
            Set<String> tenants = new HashSet<>();
            IOException failure = null;
            for (Opened o : opened) {
                SegmentId id = o.segment.id();
                Unopened until = requireNonNull(unopened.remove(id));
                if (o.failure != null && until.tries < MAX_TRIES) {
                    failure = o.failure;
                    unopened.put(id, new Unopened(until.number, until.tries + 1));
                    continue;
                }
                seen.add(id);
                if (o.reader == null) {
                    metrics.missed(1);
                    logger.error("tails do not see a segment key={}", id.key(), o.failure);
                } else {
                    Set<String> its = new HashSet<>();
                    o.reader.tenants().stream().map(TenantInfo::tenant).forEach(its::add);
                    tenants.addAll(its);
                    SegmentRef ref = new SegmentRef(id, o.segment.size());
                    arrived.add(new Arrival(until.number, ref, o.segment.lastModifiedMillis(), its));
                }
            }
            feed.seen(seen);
            metrics.handedOver(arrived.size());
            if (!arrived.isEmpty()) {
                groups.arrived(arrived, tenants, catalog);
            }
            if (failure != null) {
                throw failure;
            }
        }
    }

    /** A segment with its reader, or with why the store did not give it now; neither if it never will. */
    private record Opened(LiveSegment segment, @Nullable SegmentReader reader, @Nullable IOException failure) {}

    private Opened open(LiveSegment segment) {
        try {
            if (opener.open(new SegmentRef(segment.id(), segment.size())) instanceof SegmentReader reader) {
                return new Opened(segment, reader, null);
            }
            throw new IllegalStateException("not a segment: " + segment.id());
        } catch (ObjectNotFoundException | CorruptDataException e) {
            logger.warn("a new segment cannot be read", e);
            return new Opened(segment, null, null);
        } catch (IOException e) {
            return new Opened(segment, null, e);
        }
    }

    private long now() {
        var t = clock.instant();
        return t.getEpochSecond() * Durations.SECOND + t.getNano();
    }
}
