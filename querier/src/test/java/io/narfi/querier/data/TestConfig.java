package io.narfi.querier.data;

import io.narfi.querier.QuerierConfig;
import io.narfi.querier.QuerierConfig.Endpoints;
import java.util.List;

/** The defaults for two cores, of which a test changes what it is about. */
public final class TestConfig {
    private final QuerierConfig defaults;
    private int maxConcurrentQueries;
    private int maxOutstandingPerTenant;
    private long maxQueryMemory;
    private long taskBytes;
    private long smallQueryBytes;
    private int maxShards;
    private List<String> peers = List.of();
    private Endpoints endpoints = Endpoints.DEFAULT;

    private TestConfig(QuerierConfig defaults) {
        this.defaults = defaults;
        maxConcurrentQueries = defaults.maxConcurrentQueries();
        maxOutstandingPerTenant = defaults.maxOutstandingPerTenant();
        maxQueryMemory = defaults.maxQueryMemory();
        taskBytes = defaults.taskBytes();
        smallQueryBytes = defaults.smallQueryBytes();
        maxShards = defaults.maxShards();
    }

    public static TestConfig of(long heapBytes) {
        return new TestConfig(QuerierConfig.defaults(heapBytes, 2));
    }

    /** How many queries of a tenant may run, and how many may wait. */
    public TestConfig queries(int running, int waiting) {
        maxConcurrentQueries = running;
        maxOutstandingPerTenant = waiting;
        return this;
    }

    public TestConfig queryMemory(long bytes) {
        maxQueryMemory = bytes;
        return this;
    }

    /** Tasks so small that a query has many. */
    public TestConfig smallTasks() {
        taskBytes = 20_000;
        smallQueryBytes = 0;
        maxShards = 4;
        return this;
    }

    public TestConfig peers(List<String> hostsAndPorts) {
        peers = hostsAndPorts;
        return this;
    }

    public TestConfig endpoints(Endpoints value) {
        endpoints = value;
        return this;
    }

    public QuerierConfig build() {
        return new QuerierConfig(
                defaults.workers(),
                maxConcurrentQueries,
                maxOutstandingPerTenant,
                maxQueryMemory,
                defaults.totalQueryMemory(),
                defaults.readerCacheBytes(),
                defaults.frameCacheBytes(),
                taskBytes,
                smallQueryBytes,
                maxShards,
                defaults.parallelTasks(),
                peers,
                defaults.peerRefreshNanos(),
                defaults.maxPeersTried(),
                defaults.tails(),
                endpoints);
    }
}
