package io.narfi.storage.segment;

import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of lines in the order in which they came, in buffers of a pool. A line lies in one buffer; its address is an int: the
 * buffer's number and the offset in it. A line longer than a buffer gets an array of its own.
 *
 * <pre>
 *   31            20 19                 0
 *  +----------------+--------------------+
 *  | buffer         | offset             |
 *  +----------------+--------------------+
 * </pre>
 */
final class LineArena {
    private static final int OFFSET_BITS = 20;
    private static final int OFFSET_MASK = (1 << OFFSET_BITS) - 1;
    /** So addresses never turn negative: at least 2 GiB of lines. */
    static final int MAX_CHUNKS = 1 << (31 - OFFSET_BITS);

    private final ChunkPool pool;
    private final List<byte[]> chunks = new ArrayList<>();
    private byte[] current = new byte[0];
    private int used;
    private long memoryBytes;

    LineArena(ChunkPool pool) {
        this.pool = pool;
    }

    /** Copies a line and returns its address. */
    int add(byte[] source, int offset, int length) {
        // The second condition: an empty line behind a full buffer would have an offset that does not fit its bits.
        if (length > current.length - used || used > OFFSET_MASK || chunks.isEmpty()) {
            next(length);
        }
        System.arraycopy(source, offset, current, used, length);
        int address = (chunks.size() - 1) << OFFSET_BITS | used;
        used += length;
        return address;
    }

    private void next(int length) {
        if (chunks.size() == MAX_CHUNKS) {
            throw new IllegalStateException("a segment holds at most " + MAX_CHUNKS + " buffers of lines");
        }
        current = length <= ChunkPool.CHUNK_BYTES ? pool.take() : new byte[length];
        chunks.add(current);
        memoryBytes += current.length;
        used = 0;
    }

    byte[] chunk(int address) {
        return chunks.get(address >>> OFFSET_BITS);
    }

    static int offset(int address) {
        return address & OFFSET_MASK;
    }

    long memoryBytes() {
        return memoryBytes;
    }

    void clear() {
        chunks.forEach(pool::giveBack);
        chunks.clear();
        current = new byte[0];
        used = 0;
        memoryBytes = 0;
    }
}
