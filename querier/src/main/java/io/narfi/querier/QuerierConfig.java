package io.narfi.querier;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Durations;
import io.narfi.querier.tail.TailConfig;
import java.util.List;

/**
 * How a read process works. {@link #defaults} derives what depends on the machine.
 *
 * @param workers threads that compute, 1 or more
 * @param maxConcurrentQueries queries that run at a time; others wait
 * @param maxOutstandingPerTenant queries of one tenant that may wait; one more is refused with 429
 *     ({@code frontend.max_outstanding_per_tenant})
 * @param maxQueryMemory bytes one query may hold ({@code querier.max_query_memory})
 * @param totalQueryMemory bytes all queries may hold together
 * @param readerCacheBytes bytes that open blocks and segments may hold
 * @param frameCacheBytes bytes that decoded columns of segments may hold
 * @param taskBytes bytes of lines that a task should cover
 * @param smallQueryBytes a query that covers no more is one task
 * @param maxShards most tasks of a time slice, a power of two
 * @param parallelTasks most tasks of one query that run at a time, on all peers together
 * @param peers {@code host:port} of the read processes; names are looked up again and again; may contain this one
 * @param peerRefreshNanos how often the names are looked up
 * @param maxPeersTried how many peers may fail a task before it is done here
 * @param tails bounds of tails
 * @param endpoints what the endpoints may be asked
 */
public record QuerierConfig(
        int workers,
        int maxConcurrentQueries,
        int maxOutstandingPerTenant,
        long maxQueryMemory,
        long totalQueryMemory,
        long readerCacheBytes,
        long frameCacheBytes,
        long taskBytes,
        long smallQueryBytes,
        int maxShards,
        int parallelTasks,
        List<String> peers,
        long peerRefreshNanos,
        int maxPeersTried,
        TailConfig tails,
        Endpoints endpoints) {
    private static final long MIB = 1 << 20;

    /**
     * What the endpoints may be asked.
     *
     * @param alignQueriesWithStep both ends of a metric query are rounded down to its step ({@code query_range.align_queries_with_step})
     * @param multiTenantQueries a request may name several tenants ({@code querier.multi_tenant_queries_enabled})
     * @param perRequestLimits a request may narrow its limits ({@code querier.per_request_limits_enabled})
     * @param serverTiming answers say in a header how long they took ({@code frontend.query_stats_enabled})
     * @param patterns patterns are served ({@code pattern_ingester.enabled})
     */
    public record Endpoints(
            boolean alignQueriesWithStep, boolean multiTenantQueries, boolean perRequestLimits, boolean serverTiming, boolean patterns) {
        /** Loki's defaults: nothing of it. */
        public static final Endpoints DEFAULT = new Endpoints(false, false, false, false, false);
    }

    public QuerierConfig {
        peers = List.copyOf(peers);
        requireNonNull(tails, "tails is null");
        if (workers < 1 || maxConcurrentQueries < 1 || parallelTasks < 1) {
            throw new IllegalArgumentException("workers " + workers + ", maxConcurrentQueries " + maxConcurrentQueries
                    + ", parallelTasks " + parallelTasks);
        }
    }

    /**
     * Values that fit a process.
     *
     * @param heapBytes the largest size of its heap
     * @param cores processors it may use
     */
    public static QuerierConfig defaults(long heapBytes, int cores) {
        return new QuerierConfig(
                Math.max(2, cores),
                Math.max(8, 4 * cores),
                2048,
                Math.max(64 * MIB, heapBytes / 4),
                Math.max(64 * MIB, heapBytes / 2),
                Math.max(16 * MIB, heapBytes / 8),
                Math.max(16 * MIB, heapBytes / 8),
                256 * MIB,
                64 * MIB,
                64,
                32,
                List.of(),
                10 * Durations.SECOND,
                2,
                TailConfig.defaults(heapBytes),
                Endpoints.DEFAULT);
    }
}
