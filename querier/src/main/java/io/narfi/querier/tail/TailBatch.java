package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Rows that several tails have waiting, counted in memory until the last one has let go of them. Safe from any thread. */
final class TailBatch {
    private final List<TailRow> rows;
    private final TailMemory memory;
    private final long bytes;
    private final AtomicInteger holders = new AtomicInteger(1);

    private TailBatch(List<TailRow> rows, TailMemory memory, long bytes) {
        this.rows = rows;
        this.memory = memory;
        this.bytes = bytes;
    }

    /** Held once, by the caller; null if there is no memory for it. */
    static @Nullable TailBatch of(List<TailRow> rows, TailMemory memory) {
        long bytes = 0;
        for (TailRow row : rows) {
            bytes += row.bytes();
        }
        return requireNonNull(memory, "memory is null").reserve(bytes) ? new TailBatch(List.copyOf(rows), memory, bytes) : null;
    }

    List<TailRow> rows() {
        return rows;
    }

    /** What its rows take together. */
    long bytes() {
        return bytes;
    }

    void hold() {
        holders.incrementAndGet();
    }

    void release() {
        int left = holders.decrementAndGet();
        if (left == 0) {
            memory.release(bytes);
        } else if (left < 0) {
            throw new IllegalStateException("released more often than held");
        }
    }
}
