package io.narfi.storage.segment;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Buffers for lines on their way into a segment, kept for the next one instead of being allocated (and zeroed) anew. Holds at most a
 * given number while they are idle; what comes back beyond that is left to the garbage collector. Safe from any thread.
 */
public final class ChunkPool {
    /** Bytes of a buffer. */
    public static final int CHUNK_BYTES = 1 << 20;

    private final ArrayBlockingQueue<byte[]> idle;

    /** @param maxIdleBytes what the pool may hold on to, at least one buffer */
    public ChunkPool(long maxIdleBytes) {
        idle = new ArrayBlockingQueue<>(Math.clamp(maxIdleBytes / CHUNK_BYTES, 1, 1 << 16));
    }

    byte[] take() {
        byte[] chunk = idle.poll();
        return chunk != null ? chunk : new byte[CHUNK_BYTES];
    }

    void giveBack(byte[] chunk) {
        if (chunk.length == CHUNK_BYTES) {
            idle.offer(chunk);
        }
    }

    /** Shows what is idle as a metric; once for a registry. */
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("narfi_segment_idle_buffer_bytes", this, ChunkPool::idleBytes)
                .description("Buffers for lines of segments that wait to be used again.")
                .register(registry);
    }

    /** Bytes that are held and not in use. */
    public long idleBytes() {
        return (long) idle.size() * CHUNK_BYTES;
    }
}
