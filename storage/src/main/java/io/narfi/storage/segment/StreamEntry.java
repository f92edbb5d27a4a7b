package io.narfi.storage.segment;

import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.storage.Selection;
import io.narfi.storage.StreamSlice.PageInfo;
import java.util.List;

/**
 * A stream in the directory of a segment. Its rows begin in a frame at a row and go on through whole frames, one piece each, as {@code
 * pages} says.
 */
record StreamEntry(
        Labels labels,
        long hash,
        int firstFrame,
        int firstRow,
        List<PageInfo> pages,
        long rows,
        long lineBytes,
        long metadataBytes) {
    static StreamEntry of(Labels labels, long hash, int firstFrame, int firstRow, List<PageInfo> pages) {
        long rows = 0;
        long lineBytes = 0;
        long metadataBytes = 0;
        for (PageInfo page : pages) {
            rows += page.rows();
            lineBytes += page.lineBytes();
            metadataBytes += page.metadataBytes();
        }
        return new StreamEntry(labels, hash, firstFrame, firstRow, List.copyOf(pages), rows, lineBytes, metadataBytes);
    }

    long minTime() {
        return pages.getFirst().minTime();
    }

    long maxTime() {
        return pages.getLast().maxTime();
    }

    boolean isBefore(StreamEntry other) {
        int c = Long.compareUnsigned(hash, other.hash);
        return c < 0 || (c == 0 && labels.compareTo(other.labels) < 0);
    }

    boolean isIn(Selection selection) {
        if (minTime() >= selection.to()
                || maxTime() < selection.from()
                || Long.compareUnsigned(hash, selection.minHash()) < 0
                || Long.compareUnsigned(hash, selection.maxHash()) > 0) {
            return false;
        }
        for (LabelMatcher matcher : selection.matchers()) {
            if (!matcher.matches(labels)) {
                return false;
            }
        }
        return true;
    }
}
