package io.narfi.querier.plan;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.segment.SegmentId;

/** A segment and the size of its object in bytes, which is what it takes to open it. */
public record SegmentRef(SegmentId id, long size) {
    public SegmentRef {
        requireNonNull(id, "id is null");
    }
}
