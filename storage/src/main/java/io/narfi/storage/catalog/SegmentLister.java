package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Parallel;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStore.ObjectInfo;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lists the segments that are not known to be consumed. Thousands of consumed ones wait in the bucket for their deletion; the listing jumps over
 * each run of them: one listing for each gap between runs, all gaps side by side. Runs beyond a bound (many writers, many gaps) are not
 * jumped over but filtered, the shortest first.
 */
final class SegmentLister {
    /** Longest runs that are jumped over. */
    static final int MAX_JUMPS = 64;

    /** A gap mostly holds the segments of the last half minute of one writer. */
    private static final int FIRST_PAGE = 256;

    private static final int PAGE = 1000;
    private static final int PARALLEL_LISTINGS = 16;

    private final ObjectStore store;
    private final int firstPageOfGap;

    SegmentLister(ObjectStore store) {
        this(store, FIRST_PAGE);
    }

    /** @param firstPage keys that are asked for first between two runs; what is beyond the gap is asked for in vain */
    SegmentLister(ObjectStore store, int firstPage) {
        this.store = requireNonNull(store, "store is null");
        this.firstPageOfGap = firstPage;
    }

    /** Keys strictly between two others; null as the end is open. */
    private record Gap(String after, @Nullable String before, int firstPage) {}

    /** In the order of keys. */
    List<LiveSegment> list(ConsumedSegments consumed) throws IOException {
        return list(consumed.coverage(), consumed);
    }

    /** As the other one, but jumps over nothing but {@code runs}, sorted ranges that are consumed. */
    List<LiveSegment> list(List<SegmentRange> runs, ConsumedSegments consumed) throws IOException {
        List<LiveSegment> live = new ArrayList<>();
        for (List<LiveSegment> part : Parallel.map(gaps(runs), PARALLEL_LISTINGS, gap -> list(gap, consumed))) {
            live.addAll(part);
        }
        return live;
    }

    private List<Gap> gaps(List<SegmentRange> coverage) {
        List<SegmentRange> jumps = coverage;
        if (coverage.size() > MAX_JUMPS) {
            jumps = coverage.stream()
                    .sorted(Comparator.comparingLong(SegmentRange::count).reversed())
                    .limit(MAX_JUMPS)
                    .sorted(Comparator.comparing(SegmentRange::writer).thenComparingLong(SegmentRange::from))
                    .toList();
        }
        List<Gap> gaps = new ArrayList<>();
        String after = "";
        int firstPage = 1;
        for (SegmentRange jump : jumps) {
            // Before the first known writer there is rarely anything.
            gaps.add(new Gap(after, new SegmentId(jump.writer(), jump.from()).key(), firstPage));
            after = new SegmentId(jump.writer(), jump.to() - 1).key();
            firstPage = firstPageOfGap;
        }
        gaps.add(new Gap(after, null, PAGE));
        return gaps;
    }

    private List<LiveSegment> list(Gap gap, ConsumedSegments consumed) throws IOException {
        List<LiveSegment> found = new ArrayList<>();
        String position = gap.after;
        int limit = gap.firstPage;
        while (true) {
            ObjectStore.Listing page = store.list(SegmentId.PREFIX, position, limit);
            for (ObjectInfo object : page.objects()) {
                position = object.key();
                if (gap.before != null && position.compareTo(gap.before) >= 0) {
                    return found;
                }
                SegmentId id = SegmentId.tryParse(position);
                if (id != null && !consumed.contains(id)) {
                    found.add(new LiveSegment(id, object.size(), object.lastModifiedMillis()));
                }
            }
            if (!page.truncated() || page.objects().isEmpty()) {
                return found;
            }
            limit = PAGE;
        }
    }
}
