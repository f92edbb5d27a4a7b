package io.narfi.ingester.otlp;

import static java.util.Objects.requireNonNull;

import io.narfi.ingester.decode.PushData;
import io.narfi.ingester.memory.MemoryBudget;
import java.util.Arrays;

/** Pairs of structured metadata that many entries share: those of a resource or a scope. */
final class PairList {
    private static final int INTS = 4;

    private final MemoryBudget.Lease lease;
    private int[] pairs = {};
    private int size;

    PairList(MemoryBudget.Lease lease) {
        this.lease = requireNonNull(lease, "lease is null");
    }

    void clear() {
        size = 0;
    }

    void add(int nameOffset, int nameLength, int valueOffset, int valueLength) {
        if (size == pairs.length) {
            int grown = Math.max(32 * INTS, Math.multiplyExact(2, size));
            lease.reserve((long) Integer.BYTES * (grown - size));
            pairs = Arrays.copyOf(pairs, grown);
        }
        pairs[size] = nameOffset;
        pairs[size + 1] = nameLength;
        pairs[size + 2] = valueOffset;
        pairs[size + 3] = valueLength;
        size += INTS;
    }

    void addTo(PushData data) {
        for (int i = 0; i < size; i += INTS) {
            data.addPair(pairs[i], pairs[i + 1], pairs[i + 2], pairs[i + 3]);
        }
    }
}
