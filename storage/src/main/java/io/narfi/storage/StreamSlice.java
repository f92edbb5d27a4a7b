package io.narfi.storage;

import io.narfi.common.Labels;

/** The rows that one object holds of one stream, sorted by time. Safe from any thread. */
public interface StreamSlice extends SliceTotals {
    Labels labels();

    /** The labels' {@link Labels#stableHash()}, which readers have at hand. */
    @Override
    default long hash() {
        return labels().stableHash();
    }

    /** Batches never span pages. A cursor is for one thread. */
    BatchCursor scan(ScanRequest request);

    /** What the directory knows of a page without reading it. */
    record PageInfo(long minTime, long maxTime, int rows, long lineBytes, long metadataBytes) {}
}
