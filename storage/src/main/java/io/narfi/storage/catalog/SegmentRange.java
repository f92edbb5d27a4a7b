package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.segment.SegmentId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The segments of one writer with {@code from <= sequence < to}; never empty. */
public record SegmentRange(String writer, long from, long to) {
    public SegmentRange {
        requireNonNull(writer, "writer is null");
        if (from < 0 || from >= to) {
            throw new IllegalArgumentException("not a range of segments: " + from + " to " + to + " of " + writer);
        }
    }

    /** Exactly these segments, neighbours joined, sorted by writer and sequence. */
    public static List<SegmentRange> of(Collection<SegmentId> segments) {
        List<SegmentRange> ranges = new ArrayList<>();
        for (SegmentId id : segments.stream().sorted().distinct().toList()) {
            SegmentRange last = ranges.isEmpty() ? null : ranges.getLast();
            if (last != null && last.writer.equals(id.writer()) && last.to == id.sequence()) {
                ranges.set(ranges.size() - 1, new SegmentRange(last.writer, last.from, last.to + 1));
            } else {
                ranges.add(new SegmentRange(id.writer(), id.sequence(), id.sequence() + 1));
            }
        }
        return List.copyOf(ranges);
    }

    public long count() {
        return to - from;
    }

    public boolean contains(SegmentId id) {
        return writer.equals(id.writer()) && from <= id.sequence() && id.sequence() < to;
    }

    public boolean overlaps(SegmentRange other) {
        return writer.equals(other.writer) && from < other.to && other.from < to;
    }
}
