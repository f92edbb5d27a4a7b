package io.narfi.storage.catalog;

import io.narfi.storage.segment.SegmentId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The ids of consumed segments, as sorted disjoint ranges for each writer; immutable. A range is remembered from the commit that consumed
 * it, past the deletion of its objects, until it is forgotten.
 *
 * <p>A writer that works without losing a segment costs one range for its deleted past and one for each commit of the last grace period.
 */
public final class ConsumedSegments {
    public static final ConsumedSegments EMPTY = new ConsumedSegments(new TreeMap<>());

    /**
     * Sequences {@code [from, to)} of a writer.
     *
     * @param consumedAt when their rows went into blocks, milliseconds since the epoch
     * @param deletedAt when their objects were deleted, milliseconds since the epoch, 0 if they were not
     */
    public record Range(long from, long to, long consumedAt, long deletedAt) {
        public Range {
            if (from < 0 || from >= to) {
                throw new IllegalArgumentException("not a range: " + from + " to " + to);
            }
        }

        private Range part(long newFrom, long newTo) {
            return new Range(newFrom, newTo, consumedAt, deletedAt);
        }
    }

    private final NavigableMap<String, List<Range>> writers;
    private @Nullable List<SegmentRange> coverage;

    private ConsumedSegments(NavigableMap<String, List<Range>> writers) {
        this.writers = writers;
    }

    /** @throws IllegalArgumentException if a writer's ranges are not sorted or overlap */
    public static ConsumedSegments of(Map<String, List<Range>> writers) {
        TreeMap<String, List<Range>> copy = new TreeMap<>();
        writers.forEach((writer, ranges) -> {
            for (int i = 1; i < ranges.size(); i++) {
                if (ranges.get(i - 1).to > ranges.get(i).from) {
                    throw new IllegalArgumentException("ranges overlap: " + ranges.get(i - 1) + " and " + ranges.get(i) + " of " + writer);
                }
            }
            copy.put(writer, List.copyOf(ranges));
        });
        return new ConsumedSegments(copy);
    }

    /** The ranges by writer, in the order of writers; not to be changed. */
    public Map<String, List<Range>> writers() {
        return Collections.unmodifiableMap(writers);
    }

    public boolean contains(SegmentId id) {
        List<Range> ranges = writers.get(id.writer());
        if (ranges == null) {
            return false;
        }
        int i = firstEndingAfter(ranges, id.sequence());
        return i < ranges.size() && ranges.get(i).from <= id.sequence();
    }

    public boolean overlaps(SegmentRange range) {
        List<Range> ranges = writers.get(range.writer());
        if (ranges == null) {
            return false;
        }
        int i = firstEndingAfter(ranges, range.from());
        return i < ranges.size() && ranges.get(i).from < range.to();
    }

    public boolean containsAll(SegmentRange range) {
        List<Range> ranges = writers.get(range.writer());
        if (ranges == null) {
            return false;
        }
        long next = range.from();
        for (int i = firstEndingAfter(ranges, next); i < ranges.size() && ranges.get(i).from <= next; i++) {
            next = ranges.get(i).to;
            if (next >= range.to()) {
                return true;
            }
        }
        return false;
    }

    /** What {@link #contains} holds, neighbours joined whatever their times, in the order of keys. */
    public List<SegmentRange> coverage() {
        List<SegmentRange> c = coverage;
        if (c == null) {
            List<SegmentRange> joined = new ArrayList<>();
            writers.forEach((writer, ranges) -> {
                for (Range r : ranges) {
                    SegmentRange last = joined.isEmpty() ? null : joined.getLast();
                    if (last != null && last.writer().equals(writer) && last.to() == r.from) {
                        joined.set(joined.size() - 1, new SegmentRange(writer, last.from(), r.to));
                    } else {
                        joined.add(new SegmentRange(writer, r.from, r.to));
                    }
                }
            });
            c = List.copyOf(joined);
            coverage = c;
        }
        return c;
    }

    /** Number of ranges kept, over all writers. */
    public int ranges() {
        int sum = 0;
        for (List<Range> ranges : writers.values()) {
            sum += ranges.size();
        }
        return sum;
    }

    /** @throws IllegalArgumentException if one of them was consumed before */
    ConsumedSegments withConsumed(List<SegmentRange> added, long time) {
        return changed(added, (ranges, range) -> {
            int i = firstEndingAfter(ranges, range.from());
            if (i < ranges.size() && ranges.get(i).from < range.to()) {
                throw new IllegalArgumentException("consumed before: " + ranges.get(i) + " of " + range);
            }
            ranges.add(i, new Range(range.from(), range.to(), time, 0));
        });
    }

    /** @throws IllegalArgumentException if one of them was not consumed */
    ConsumedSegments withDeleted(List<SegmentRange> deleted, long time) {
        return changed(deleted, (ranges, range) -> replace(ranges, range, r -> new Range(r.from, r.to, r.consumedAt, time)));
    }

    /** @throws IllegalArgumentException if one of them was not consumed */
    ConsumedSegments withForgotten(List<SegmentRange> forgotten) {
        return changed(forgotten, (ranges, range) -> replace(ranges, range, r -> null));
    }

    private interface Edit {
        void apply(List<Range> ranges, SegmentRange range);
    }

    private interface Replacement {
        @Nullable Range of(Range range);
    }

    private ConsumedSegments changed(List<SegmentRange> by, Edit edit) {
        if (by.isEmpty()) {
            return this;
        }
        TreeMap<String, List<Range>> copy = new TreeMap<>(writers);
        Map<String, List<Range>> edited = new TreeMap<>();
        for (SegmentRange range : by) {
            edit.apply(edited.computeIfAbsent(range.writer(), w -> new ArrayList<>(writers.getOrDefault(w, List.of()))), range);
        }
        edited.forEach((writer, ranges) -> {
            List<Range> joined = joined(ranges);
            if (joined.isEmpty()) {
                copy.remove(writer);
            } else {
                copy.put(writer, joined);
            }
        });
        return new ConsumedSegments(copy);
    }

    private void replace(List<Range> ranges, SegmentRange by, Replacement replacement) {
        if (!containsAll(by)) {
            throw new IllegalArgumentException("not consumed, at least in part: " + by);
        }
        List<Range> out = new ArrayList<>(ranges.size() + 2);
        for (Range r : ranges) {
            long from = Math.max(r.from, by.from());
            long to = Math.min(r.to, by.to());
            if (from >= to) {
                out.add(r);
                continue;
            }
            if (r.from < from) {
                out.add(r.part(r.from, from));
            }
            Range middle = replacement.of(r.part(from, to));
            if (middle != null) {
                out.add(middle);
            }
            if (to < r.to) {
                out.add(r.part(to, r.to));
            }
        }
        ranges.clear();
        ranges.addAll(out);
    }

    /**
     * Joins neighbours that the future cannot tell apart: both deleted, or consumed by the same commit. The later times win, so that nothing is
     * forgotten early; a living writer's deleted past thus stays one range.
     */
    private static List<Range> joined(List<Range> ranges) {
        List<Range> out = new ArrayList<>(ranges.size());
        for (Range r : ranges) {
            Range last = out.isEmpty() ? null : out.getLast();
            if (last != null && last.to == r.from && alike(last, r)) {
                out.set(
                        out.size() - 1,
                        new Range(last.from, r.to, Math.max(last.consumedAt, r.consumedAt), Math.max(last.deletedAt, r.deletedAt)));
            } else {
                out.add(r);
            }
        }
        return List.copyOf(out);
    }

    private static boolean alike(Range a, Range b) {
        return a.deletedAt == 0 ? b.deletedAt == 0 && a.consumedAt == b.consumedAt : b.deletedAt != 0;
    }

    private static int firstEndingAfter(List<Range> ranges, long sequence) {
        int low = 0;
        int high = ranges.size();
        while (low < high) {
            int mid = (low + high) >>> 1;
            if (ranges.get(mid).to <= sequence) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        return low;
    }
}
