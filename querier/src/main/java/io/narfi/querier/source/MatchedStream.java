package io.narfi.querier.source;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import io.narfi.storage.StreamSlice;
import java.util.Comparator;
import java.util.List;

/** A stream that a query selected, and its stretches in all the objects of a task, by the time of their first rows. */
public final class MatchedStream {
    private final Labels labels;
    private final List<StreamSlice> slices;
    private final boolean overlapping;

    public MatchedStream(Labels labels, List<StreamSlice> slices) {
        this.labels = requireNonNull(labels, "labels is null");
        this.slices = slices.stream().sorted(Comparator.comparingLong(StreamSlice::minTime)).toList();
        boolean overlap = false;
        long max = Long.MIN_VALUE;
        for (StreamSlice slice : this.slices) {
            overlap |= max != Long.MIN_VALUE && slice.minTime() <= max;
            max = Math.max(max, slice.maxTime());
        }
        this.overlapping = overlap;
    }

    public Labels labels() {
        return labels;
    }

    public List<StreamSlice> slices() {
        return slices;
    }

    /** Whether two slices may hold copies of one entry: only then has anything to be compared. */
    public boolean overlapping() {
        return overlapping;
    }

    public long minTime() {
        return slices.getFirst().minTime();
    }

    public long maxTime() {
        long max = Long.MIN_VALUE;
        for (StreamSlice slice : slices) {
            max = Math.max(max, slice.maxTime());
        }
        return max;
    }
}
