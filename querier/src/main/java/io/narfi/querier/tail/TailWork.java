package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.plan.SegmentRef;
import io.narfi.querier.source.HiddenRows;
import io.narfi.storage.catalog.Snapshot;

/** What a group has to do, in the order of its numbers but for segments that could not be opened at first. */
sealed interface TailWork {
    /** See {@link Follower}. */
    long number();

    /**
     * A new segment.
     *
     * @param landedMillis when it was written by the store's clock
     * @param hidden which of its rows are deleted
     */
    record Segment(long number, SegmentRef ref, long landedMillis, HiddenRows hidden) implements TailWork {
        public Segment {
            requireNonNull(ref, "ref is null");
            requireNonNull(hidden, "hidden is null");
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
