package io.narfi.ingester.write;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How segments are cut and stored.
 *
 * @param targetBytes raw bytes after which a segment is sealed
 * @param maxBytes raw bytes that a segment has at most, except for a single longer row; a push that does not fit is spread over several
 * @param linger the longest time that a segment stays open after its first row
 * @param maxPendingBytes memory that rows may take between acceptance and durability; pushes wait beyond it
 * @param maxPendingSegments sealed segments that are not durable yet; pushes wait beyond it
 * @param roomTimeout how long a push waits for room before it gets a 503
 * @param encoders threads that compress segments
 * @param uploads puts at once
 * @param spoolAfter how long a put is tried before the segment goes to the spool, or fails if there is none
 * @param firstBackOff pause after the first failed put; it doubles up to {@code maxBackOff}
 * @param maxBackOff the longest pause between tries
 */
public record SegmentSettings(
        long targetBytes,
        long maxBytes,
        Duration linger,
        long maxPendingBytes,
        int maxPendingSegments,
        Duration roomTimeout,
        int encoders,
        int uploads,
        Duration spoolAfter,
        Duration firstBackOff,
        Duration maxBackOff) {
    public SegmentSettings {
        requireNonNull(linger, "linger is null");
        requireNonNull(roomTimeout, "roomTimeout is null");
        requireNonNull(spoolAfter, "spoolAfter is null");
        requireNonNull(firstBackOff, "firstBackOff is null");
        requireNonNull(maxBackOff, "maxBackOff is null");
        if (targetBytes <= 0 || maxBytes < targetBytes || maxPendingBytes < maxBytes) {
            throw new IllegalArgumentException(
                    "segment sizes must ascend: target " + targetBytes + ", max " + maxBytes + ", pending " + maxPendingBytes);
        }
        if (maxPendingSegments < 1 || encoders < 1 || uploads < 1) {
            throw new IllegalArgumentException(
                    "not positive: pending segments " + maxPendingSegments + ", encoders " + encoders + ", uploads " + uploads);
        }
        if (linger.isNegative() || roomTimeout.isNegative() || spoolAfter.isNegative() || !firstBackOff.isPositive()
                || maxBackOff.compareTo(firstBackOff) < 0) {
            throw new IllegalArgumentException("linger " + linger + ", room time-out " + roomTimeout + ", spool after " + spoolAfter
                    + ", back-off " + firstBackOff + " to " + maxBackOff);
        }
    }
}
