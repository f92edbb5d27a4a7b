package io.narfi.ingester.memory;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.ApiException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that all pushes of the process may hold at once: bodies, their decompressed form and the columns decoded from them. A push
 * reserves before it allocates; when the budget is spent it is refused at once with a retryable 503, so that memory is bounded whatever
 * clients send. A push that could never fit, however idle the process is, gets a 413 instead.
 */
public final class MemoryBudget {
    private final long capacity;
    private final long perPush;
    private final AtomicLong used = new AtomicLong();
    private final Counter refused;
    private final Counter tooLarge;

    /**
     * @param capacity bytes for all pushes together, positive
     * @param perPush bytes for one push, positive, at most {@code capacity}
     */
    public MemoryBudget(long capacity, long perPush, MeterRegistry registry) {
        requireNonNull(registry, "registry is null");
        if (perPush <= 0 || perPush > capacity) {
            throw new IllegalArgumentException("bytes per push not in 1 to " + capacity + ": " + perPush);
        }
        this.capacity = capacity;
        this.perPush = perPush;
        Gauge.builder("narfi_ingester_memory_budget_bytes", this, b -> b.capacity)
                .description("Bytes that pushes in flight may hold")
                .register(registry);
        Gauge.builder("narfi_ingester_memory_used_bytes", used, AtomicLong::get)
                .description("Bytes that pushes in flight hold")
                .register(registry);
        refused = Counter.builder("narfi_ingester_memory_refused_total")
                .description("Pushes refused because of memory")
                .tag("reason", "budget")
                .register(registry);
        tooLarge = Counter.builder("narfi_ingester_memory_refused_total")
                .description("Pushes refused because of memory")
                .tag("reason", "push_too_large")
                .register(registry);
    }

    /** Bytes that one push may hold. */
    public long perPush() {
        return perPush;
    }

    /** Bytes held now. */
    public long used() {
        return used.get();
    }

    public Lease open() {
        return new Lease();
    }

    /** What one push holds; for one thread at a time. */
    public final class Lease implements AutoCloseable {
        private long held;

        private Lease() {}

        /**
         * Takes bytes before they are allocated.
         *
         * @throws ApiException 413 if the push alone would be over its share, 503 if all pushes together would be over the budget
         */
        public void reserve(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("negative reservation: " + bytes);
            }
            if (bytes > perPush - held) {
                tooLarge.increment();
                throw new ApiException(413, "request body too large: a push may hold " + perPush + " bytes of memory once decoded");
            }
            long before = used.get();
            while (true) {
                if (bytes > capacity - before) {
                    refused.increment();
                    throw new ApiException(
                            503, "the memory for pushes in flight (" + capacity + " bytes) is in use, try again later");
                }
                long found = used.compareAndExchange(before, before + bytes);
                if (found == before) {
                    held += bytes;
                    return;
                }
                before = found;
            }
        }

        /** Gives back a part. */
        public void release(long bytes) {
            if (bytes < 0 || bytes > held) {
                throw new IllegalArgumentException("cannot release " + bytes + " of " + held + " bytes");
            }
            held -= bytes;
            used.addAndGet(-bytes);
        }

        /** Bytes held by this push. */
        public long held() {
            return held;
        }

        /** Gives all back. */
        @Override
        public void close() {
            release(held);
        }
    }
}
