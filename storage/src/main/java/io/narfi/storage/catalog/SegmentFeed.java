package io.narfi.storage.catalog;

import io.narfi.storage.catalog.ConsumedSegments.Range;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Follows new segments. A look lists what it has not seen, and jumps over what it has: for each writer one listing behind its last segment,
 * and one for each hole before it, because uploads land out of order. Consumed segments are listed like others as long as their objects
 * exist, so that nothing is missed when compaction is faster than the follower. For one thread.
 */
public final class SegmentFeed {
    /** A writer has a few new segments since the last look; keys of the next writer come in vain. */
    private static final int FIRST_PAGE = 8;

    private static final long DELETED = 1;

    private final SegmentLister lister;
    private ConsumedSegments seen = ConsumedSegments.EMPTY;

    SegmentFeed(ObjectStore store) {
        this.lister = new SegmentLister(store, FIRST_PAGE);
    }

    /** Segments that have not been called {@link #seen}, in the order of keys. */
    public List<LiveSegment> look() throws IOException {
        return lister.list(withObjects(), seen);
    }

    /** Segments that will not be listed again; those that are seen already may be among them. */
    public void seen(Collection<SegmentId> segments) {
        List<SegmentId> fresh = segments.stream().filter(id -> !seen.contains(id)).toList();
        seen = seen.withConsumed(SegmentRange.of(fresh), 0);
    }

    /** Starts again from a snapshot: what it holds, in segments or in blocks, is seen, but for {@code except}; nothing else is. */
    public void settle(Snapshot snapshot, Collection<SegmentId> except) {
        TreeMap<String, List<Range>> writers = new TreeMap<>();
        snapshot.catalog().consumed().writers().forEach((writer, ranges) -> writers.put(writer, joined(ranges)));
        ConsumedSegments base = ConsumedSegments.of(writers);
        Set<SegmentId> unseen = new HashSet<>(except);
        seen = base.withForgotten(SegmentRange.of(unseen.stream().filter(base::contains).toList()));
        seen(snapshot.segments().stream().map(LiveSegment::id).filter(id -> !unseen.contains(id)).toList());
    }

    /**
     * Segments that the snapshot calls consumed, that were never seen and are not among those found by a look after the snapshot: their rows are
     * in blocks, and their objects are deleted.
     */
    public List<SegmentRange> lost(Snapshot snapshot, List<LiveSegment> found) {
        List<SegmentId> fresh = found.stream().map(LiveSegment::id).filter(id -> !seen.contains(id)).toList();
        ConsumedSegments known = seen.withConsumed(SegmentRange.of(fresh), 0);
        List<SegmentRange> lost = new ArrayList<>();
        for (SegmentRange range : snapshot.catalog().consumed().coverage()) {
            long from = range.from();
            for (Range r : known.writers().getOrDefault(range.writer(), List.of())) {
                if (r.to() > from && r.from() < range.to()) {
                    if (r.from() > from) {
                        lost.add(new SegmentRange(range.writer(), from, r.from()));
                    }
                    from = r.to();
                }
            }
            if (from < range.to()) {
                lost.add(new SegmentRange(range.writer(), from, range.to()));
            }
        }
        return lost;
    }

    /** Where a listing would find objects that it need not see; jumping over deleted ones would be a listing in vain. */
    private List<SegmentRange> withObjects() {
        List<SegmentRange> runs = new ArrayList<>();
        seen.writers().forEach((writer, ranges) -> {
            for (Range r : ranges) {
                if (r.deletedAt() == 0) {
                    runs.add(new SegmentRange(writer, r.from(), r.to()));
                }
            }
        });
        return runs;
    }

    /** The ranges without their times, which tell neighbours apart that are the same here. */
    private static List<Range> joined(List<Range> ranges) {
        List<Range> out = new ArrayList<>();
        for (Range r : ranges) {
            long deleted = r.deletedAt() == 0 ? 0 : DELETED;
            Range last = out.isEmpty() ? null : out.getLast();
            if (last != null && last.to() == r.from() && last.deletedAt() == deleted) {
                out.set(out.size() - 1, new Range(last.from(), r.to(), 0, deleted));
            } else {
                out.add(new Range(r.from(), r.to(), 0, deleted));
            }
        }
        return out;
    }
}
