package io.narfi.querier.tail;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes that rows on their way to clients may take, of all tails of the process. Safe from any thread. */
final class TailMemory {
    private final long limit;
    private final AtomicLong used = new AtomicLong();

    TailMemory(long limit) {
        this.limit = limit;
    }

    /** Whether there was room; then the bytes are counted until they are released. */
    boolean reserve(long bytes) {
        if (used.addAndGet(bytes) <= limit) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    void release(long bytes) {
        used.addAndGet(-bytes);
    }

    long used() {
        return used.get();
    }
}
