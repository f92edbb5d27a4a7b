package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.segment.SegmentId;

/**
 * A segment that is in the bucket and whose rows are in no block yet.
 *
 * @param size bytes of the object
 * @param lastModifiedMillis when it was written by the store's clock, milliseconds since the epoch
 */
public record LiveSegment(SegmentId id, long size, long lastModifiedMillis) {
    public LiveSegment {
        requireNonNull(id, "id is null");
    }
}
