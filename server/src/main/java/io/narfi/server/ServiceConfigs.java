package io.narfi.server;

import io.narfi.compactor.CompactorConfig;
import io.narfi.compactor.DeleteSettings;
import io.narfi.gateway.GatewayConfig;
import io.narfi.http.HttpCallerConfig;
import io.narfi.http.HttpServerConfig;
import io.narfi.ingester.IngesterConfig;
import io.narfi.querier.QuerierConfig;
import io.narfi.querier.stats.CacheUse;
import io.narfi.storage.cache.BlobCacheConfig;
import io.narfi.storage.cache.CacheConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The configurations of the services, from the file's sections and from what the process may use. */
final class ServiceConfigs {
    private static final int MIB = 1 << 20;

    private ServiceConfigs() {}

    static HttpServerConfig http(NarfiConfig config) {
        NarfiConfig.HttpServerSettings s = config.server();
        HttpServerConfig base = HttpServerConfig.of(s.httpListenAddress(), s.httpListenPort());
        HttpServerConfig.Limits limits = base.limits();
        HttpServerConfig http = base.limits(new HttpServerConfig.Limits(
                        s.httpListenConnLimit(), limits.requests(), limits.initialLineBytes(), limits.headerBytes(), limits.http2Streams()))
                .timeouts(new HttpServerConfig.Timeouts(
                        Duration.ofNanos(s.httpServerReadTimeout()),
                        Duration.ofNanos(s.httpServerWriteTimeout()),
                        Duration.ofNanos(s.httpServerIdleTimeout()),
                        Duration.ofNanos(s.gracefulShutdownTimeout())))
                .compress(config.frontend().compressResponses());
        NarfiConfig.TlsSettings tls = s.httpTlsConfig();
        if (tls.certFile().isEmpty() != tls.keyFile().isEmpty()) {
            throw new IllegalArgumentException("server.http_tls_config needs both cert_file and key_file");
        }
        return tls.certFile().isEmpty() ? http : http.tls(new HttpServerConfig.Tls(Path.of(tls.certFile()), Path.of(tls.keyFile())));
    }

    static IngesterConfig ingester(NarfiConfig config) {
        NarfiConfig.IngesterSettings i = config.ingester();
        String spool = i.spoolDirectory().isEmpty() ? config.common().pathPrefix() + "/spool" : i.spoolDirectory();
        return IngesterConfig.defaults()
                .with(
                        config.distributor().maxRecvMsgSize(),
                        config.distributor().maxDecompressedSize(),
                        config.distributor().otlpConfig().defaultResourceAttributesAsIndexLabels(),
                        config.distributor().replicas(),
                        i.segmentTargetSize(),
                        Duration.ofNanos(i.linger()),
                        i.concurrentFlushes(),
                        Duration.ofNanos(i.flushOpTimeout()),
                        i.spoolSize() == 0 ? "" : spool,
                        i.spoolSize(),
                        i.maxReturnedStreamErrors());
    }

    static CompactorConfig compactor(NarfiConfig config) {
        NarfiConfig.CompactorSettings c = config.compactor();
        Path work = Path.of(c.workingDirectory().isEmpty() ? config.common().pathPrefix() + "/compactor" : c.workingDirectory());
        return CompactorConfig.defaults(work)
                .builder()
                .interval(Duration.ofNanos(c.compactionInterval()))
                .maxSegmentAge(Duration.ofNanos(c.maxSegmentAge()))
                .roundBytes(c.minRoundSize(), Math.max(c.minRoundSize(), 2 * c.minRoundSize()))
                .targetBlockBytes(c.targetBlockSize())
                .retentionEnabled(c.retentionEnabled())
                .retentionDeleteDelay(Duration.ofNanos(c.retentionDeleteDelay()))
                .segmentGrace(Duration.ofNanos(LimitsCheck.objectGracePeriod(config)))
                .deletes(DeleteSettings.DEFAULTS.periods(
                        Duration.ofNanos(c.deleteRequestCancelPeriod()), Duration.ofNanos(c.deleteMaxInterval())))
                .build();
    }

    static QuerierConfig querier(NarfiConfig config) {
        QuerierConfig d = QuerierConfig.defaults(Runtime.getRuntime().maxMemory(), Runtime.getRuntime().availableProcessors());
        NarfiConfig.QuerierSettings q = config.querier();
        List<String> peers = q.peers().stream().map(ServiceConfigs::hostAndPort).toList();
        long queryMemory = q.maxQueryMemory() == 0 ? d.maxQueryMemory() : q.maxQueryMemory();
        return new QuerierConfig(
                d.workers(),
                q.maxConcurrent() == 0 ? d.maxConcurrentQueries() : q.maxConcurrent(),
                config.frontend().maxOutstandingPerTenant(),
                queryMemory,
                Math.max(d.totalQueryMemory(), queryMemory),
                d.readerCacheBytes(),
                d.frameCacheBytes(),
                q.taskSize() == 0 ? d.taskBytes() : q.taskSize(),
                q.taskSize() == 0 ? d.smallQueryBytes() : Math.min(d.smallQueryBytes(), q.taskSize() / 4),
                d.maxShards(),
                d.parallelTasks(),
                peers,
                d.peerRefreshNanos(),
                d.maxPeersTried(),
                d.tails().withMaxDuration(q.tailMaxDuration()),
                new QuerierConfig.Endpoints(
                        config.queryRange().alignQueriesWithStep(),
                        q.multiTenantQueriesEnabled(),
                        q.perRequestLimitsEnabled(),
                        config.frontend().queryStatsEnabled(),
                        config.patternIngester().enabled()));
    }

    /** Peers may be given as URLs. */
    static String hostAndPort(String peer) {
        return peer.replaceFirst("^http://", "").replaceFirst("/$", "");
    }

    static HttpCallerConfig peerCalls(NarfiConfig config) {
        return HttpCallerConfig.DEFAULT.responseTimeout(Duration.ofNanos(config.querier().peerTimeout()));
    }

    static CacheConfig cache(NarfiConfig config) {
        NarfiConfig.Cache c = config.cache();
        long heap = Runtime.getRuntime().maxMemory();
        long memory = c.memorySize() != 0 ? c.memorySize() : Math.max(16L * MIB, heap / 8);
        Path folder = Path.of(c.directory().isEmpty() ? config.common().pathPrefix() + "/cache" : c.directory());
        // A folder as object store is a local copy already.
        boolean onDisk = c.maxSize() > 0 && !config.s3().bucketnames().isEmpty();
        return onDisk
                ? new CacheConfig(folder, c.maxSize(), memory, CacheConfig.DEFAULT_PIECE_BYTES)
                : CacheConfig.inMemory(memory);
    }

    static BlobCacheConfig results(NarfiConfig config) {
        NarfiConfig.Cache c = config.cache();
        long memory = c.resultsMemorySize() != 0 ? c.resultsMemorySize() : Math.max(8L * MIB, Runtime.getRuntime().maxMemory() / 16);
        Path folder = Path.of(c.resultsDirectory().isEmpty() ? config.common().pathPrefix() + "/results" : c.resultsDirectory());
        return c.resultsMaxSize() > 0 ? new BlobCacheConfig(folder, c.resultsMaxSize(), memory) : BlobCacheConfig.inMemory(memory);
    }

    /** Which results are kept. */
    static Set<CacheUse.Kind> keptResults(NarfiConfig.QueryRange q) {
        Set<CacheUse.Kind> kinds = EnumSet.noneOf(CacheUse.Kind.class);
        for (CacheUse.Kind kind : CacheUse.Kind.values()) {
            boolean kept =
                    switch (kind) {
                        case RANGE -> q.cacheResults();
                        case INSTANT -> q.cacheInstantMetricResults();
                        case STATS -> q.cacheIndexStatsResults();
                        case VOLUME -> q.cacheVolumeResults();
                        case SERIES -> q.cacheSeriesResults();
                        case LABELS -> q.cacheLabelResults();
                    };
            if (kept) {
                kinds.add(kind);
            }
        }
        return kinds;
    }

    static GatewayConfig gateway(NarfiConfig config) {
        NarfiConfig.GatewaySettings g = config.gateway();
        Duration timeout = Duration.ofNanos(g.requestTimeout());
        int keep = 4 * MIB;
        // Bodies that are kept for a second try may take an eighth of the heap.
        long keepAll = Math.max(2L * keep, Runtime.getRuntime().maxMemory() / 8);
        GatewayConfig gateway = GatewayConfig.of(uris(g.write()), uris(g.read()), uris(g.backend()))
                .bodies(g.maxBodySize(), keep, keepAll)
                .timeouts(Duration.ofNanos(Math.min(g.pushTimeout(), g.requestTimeout())), timeout);
        return g.usersFile().isEmpty()
                ? gateway
                : gateway.usersFile(Path.of(g.usersFile()), Duration.ofNanos(config.runtimeConfig().period()));
    }

    private static List<URI> uris(List<String> addresses) {
        return addresses.stream().map(URI::create).toList();
    }
}
