package io.narfi.compactor;

import io.narfi.storage.RowSource;
import io.narfi.storage.RowSources;
import io.narfi.storage.Selection;
import io.narfi.storage.StreamGroup;
import java.io.IOException;
import java.util.List;

/**
 * Walks over the streams of several sources side by side, in the order in which blocks hold them, one range of hashes after the other, so that the
 * slices in memory at once stay few however many streams there are.
 */
final class HashShards {
    /** About 20 MB of slices. */
    static final int SLICES_PER_SHARD = 100_000;

    private static final int MAX_BITS = 16;

    /** Is given one stream after the other. */
    @FunctionalInterface
    interface Visitor {
        void visit(StreamGroup stream) throws IOException;
    }

    private final List<? extends RowSource> sources;
    private final int bits;

    /** @param slices how many streams all sources have together; need not be exact */
    HashShards(List<? extends RowSource> sources, long slices) {
        this(sources, slices, SLICES_PER_SHARD);
    }

    HashShards(List<? extends RowSource> sources, long slices, int slicesPerShard) {
        this.sources = List.copyOf(sources);
        int needed = 0;
        while (needed < MAX_BITS && slices >> needed > slicesPerShard) {
            needed++;
        }
        this.bits = needed;
    }

    /** Streams of a tenant that may have rows in {@code [from, to)} (nanoseconds). */
    void forEach(String tenant, long from, long to, Visitor visitor) throws IOException {
        for (long shard = 0; shard < 1L << bits; shard++) {
            long min = bits == 0 ? 0 : shard << (Long.SIZE - bits);
            long max = min | (-1L >>> bits);
            for (StreamGroup stream : RowSources.mergeByStream(sources, new Selection(tenant, List.of(), from, to, min, max))) {
                visitor.visit(stream);
            }
        }
    }
}
