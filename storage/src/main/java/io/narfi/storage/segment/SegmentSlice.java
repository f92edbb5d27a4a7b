package io.narfi.storage.segment;

import io.narfi.common.Labels;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.StreamSlice;
import java.util.List;

/** A stream of an open segment. */
record SegmentSlice(SegmentReader reader, StreamEntry entry) implements StreamSlice {
    @Override
    public Labels labels() {
        return entry.labels();
    }

    @Override
    public long hash() {
        return entry.hash();
    }

    @Override
    public long minTime() {
        return entry.minTime();
    }

    @Override
    public long maxTime() {
        return entry.maxTime();
    }

    @Override
    public long rows() {
        return entry.rows();
    }

    @Override
    public long lineBytes() {
        return entry.lineBytes();
    }

    @Override
    public long metadataBytes() {
        return entry.metadataBytes();
    }

    @Override
    public List<PageInfo> pages() {
        return entry.pages();
    }

    @Override
    public BatchCursor scan(ScanRequest request) {
        return new SegmentCursor(reader, entry, request);
    }
}
