package io.narfi.querier.plan;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.segment.SegmentId;

/**
 * What one tenant has in a segment.
 *
 * @param minTime first timestamp, nanoseconds
 * @param maxTime last timestamp, nanoseconds
 * @param bytes bytes of lines
 */
public record SegmentSpan(SegmentId id, long minTime, long maxTime, long bytes) {
    public SegmentSpan {
        requireNonNull(id, "id is null");
    }
}
