package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.plan.SegmentRef;
import io.narfi.storage.catalog.Snapshot;
import java.util.Set;

/** What a group has to do, in the order of its numbers but for segments that could not be opened at first. */
sealed interface TailWork {
    /** See {@link Follower}. */
    long number();

    /**
     * A new segment.
     *
     * @param landedMillis when it was written by the store's clock
     * @param tenants who has rows in it
     */
    record Segment(long number, SegmentRef ref, long landedMillis, Set<String> tenants) implements TailWork {
        public Segment {
            requireNonNull(ref, "ref is null");
            tenants = Set.copyOf(tenants);
        }
    }

    /**
     * Segments that are gone.
     *
     * @param snapshot what stands in their place
     * @param from the time from which rows may be missing, nanoseconds
     */
    record CatchUp(long number, Snapshot snapshot, long from) implements TailWork {
        public CatchUp {
            requireNonNull(snapshot, "snapshot is null");
        }
    }
}
