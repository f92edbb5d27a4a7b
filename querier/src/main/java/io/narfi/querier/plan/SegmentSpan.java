package io.narfi.querier.plan;

import static java.util.Objects.requireNonNull;

/**
 * What one tenant has in a segment.
 *
 * @param minTime first timestamp, nanoseconds
 * @param maxTime last timestamp, nanoseconds
 * @param bytes bytes of lines
 */
public record SegmentSpan(SegmentRef segment, long minTime, long maxTime, long bytes) {
    public SegmentSpan {
        requireNonNull(segment, "segment is null");
    }
}
