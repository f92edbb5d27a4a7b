package io.narfi.querier.run;

import io.narfi.common.ApiException;
import io.narfi.common.ByteSizes;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that all queries of a process may hold together, and a share of it that one query may. What is counted are the large things:
 * batches of rows while they are read, rows and partial results that are kept.
 */
public final class MemoryPool {
    private final long limit;
    private final long perQuery;
    private final AtomicLong used = new AtomicLong();

    /**
     * @param limit bytes for all queries together
     * @param perQuery bytes for one query
     */
    public MemoryPool(long limit, long perQuery) {
        if (limit <= 0 || perQuery <= 0) {
            throw new IllegalArgumentException("limit " + limit + ", perQuery " + perQuery);
        }
        this.limit = limit;
        this.perQuery = Math.min(perQuery, limit);
    }

    /** Bytes held now. */
    public long used() {
        return used.get();
    }

    public long perQuery() {
        return perQuery;
    }

    public Budget open() {
        return new Budget();
    }

    /** The share of one query; safe for any thread. Closing it gives back what is still held. */
    public final class Budget implements AutoCloseable {
        private final AtomicLong held = new AtomicLong();
        private final AtomicLong peak = new AtomicLong();

        private Budget() {}

        /**
         * Counts bytes that the query is about to hold.
         *
         * @throws ApiException 400 if the query would hold more than its share, 503 if all queries together would
         */
        public void reserve(long bytes) {
            long now = held.addAndGet(bytes);
            if (now > perQuery) {
                held.addAndGet(-bytes);
                throw ApiException.badRequest("the query needs more memory than a single query may use (limit: "
                        + ByteSizes.humanIec(perQuery) + "); consider adding more specific stream selectors, reducing the time range, the "
                        + "limit, or aggregating results with functions like sum(), count() or topk()");
            }
            if (used.addAndGet(bytes) > limit) {
                held.addAndGet(-bytes);
                used.addAndGet(-bytes);
                throw new ApiException(503, "the running queries use all the memory that queries may use, try again later");
            }
            peak.accumulateAndGet(now, Math::max);
        }

        public void release(long bytes) {
            held.addAndGet(-bytes);
            used.addAndGet(-bytes);
        }

        /** Bytes held now. */
        public long held() {
            return held.get();
        }

        /** The most bytes that were held at once. */
        public long peak() {
            return peak.get();
        }

        @Override
        public void close() {
            used.addAndGet(-held.getAndSet(0));
        }
    }
}
