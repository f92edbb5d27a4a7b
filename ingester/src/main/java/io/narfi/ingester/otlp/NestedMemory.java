package io.narfi.ingester.otlp;

import static java.util.Objects.requireNonNull;

import io.narfi.ingester.memory.MemoryBudget;

/**
 * Memory of values inside values, which live until the attribute or the record around them is mapped. It grows and shrinks as a stack
 * does: a reader notes {@link #bytes()} before it reads, and comes back to it with {@link #releaseTo} when nothing needs the values any more.
 */
final class NestedMemory {
    private final MemoryBudget.Lease lease;
    private long bytes;

    NestedMemory(MemoryBudget.Lease lease) {
        this.lease = requireNonNull(lease, "lease is null");
    }

    /** Pays for one more value. */
    void add() {
        lease.reserve(AnyValue.BYTES_PER_VALUE);
        bytes += AnyValue.BYTES_PER_VALUE;
    }

    long bytes() {
        return bytes;
    }

    void releaseTo(long before) {
        lease.release(bytes - before);
        bytes = before;
    }
}
