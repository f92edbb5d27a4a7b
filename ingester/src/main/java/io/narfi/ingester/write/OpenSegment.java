package io.narfi.ingester.write;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.segment.SegmentBuilder;
import io.narfi.storage.segment.SegmentId;
import java.util.concurrent.CompletableFuture;

/** A segment from its first row until it is durable. */
final class OpenSegment {
    private final SegmentId id;
    private final SegmentBuilder builder;
    private final long openedNanos;
    private final CompletableFuture<Void> durable = new CompletableFuture<>();
    private long memory;

    OpenSegment(SegmentId id, SegmentBuilder builder, long openedNanos) {
        this.id = requireNonNull(id, "id is null");
        this.builder = requireNonNull(builder, "builder is null");
        this.openedNanos = openedNanos;
    }

    SegmentId id() {
        return id;
    }

    SegmentBuilder builder() {
        return builder;
    }

    long openedNanos() {
        return openedNanos;
    }

    /** Completes when the rows are in the store or in the spool; exceptionally when they are in neither. */
    CompletableFuture<Void> durable() {
        return durable;
    }

    /** Bytes that count as pending for it; guarded by the gatherer's lock. */
    long memory() {
        return memory;
    }

    void memory(long bytes) {
        memory = bytes;
    }
}
