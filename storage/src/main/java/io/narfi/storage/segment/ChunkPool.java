package io.narfi.storage.segment;

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

    /** Bytes that are held and not in use. */
    public long idleBytes() {
        return (long) idle.size() * CHUNK_BYTES;
    }
}
