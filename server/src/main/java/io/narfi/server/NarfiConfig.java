package io.narfi.server;

import io.narfi.common.Limits;
import io.narfi.common.config.Setting;
import io.narfi.common.config.Setting.Kind;
import java.util.List;
import java.util.Map;

/**
 * The configuration file. Keys are Loki's where the concept exists; durations are nanoseconds, sizes bytes. What a Loki file may hold beyond
 * this is accepted with a warning by {@link LokiOnlyKeys}.
 */
record NarfiConfig(
        @Setting("all") String target,
        @Setting("true") boolean authEnabled,
        HttpServerSettings server,
        Common common,
        StorageConfig storageConfig,
        Limits limitsConfig,
        @Setting("[discover_log_levels, discover_service_name, log_level_fields, max_entries_limit_per_query, max_line_size_truncate,"
                        + " max_query_bytes_read, max_query_length, max_query_lookback, max_query_range, max_query_series,"
                        + " metric_aggregation_enabled, otlp_config, pattern_persistence_enabled, query_timeout, retention_period,"
                        + " retention_stream, volume_enabled, volume_max_series]")
                List<String> tenantLimitsAllowPublish,
        RuntimeConfig runtimeConfig,
        Distributor distributor,
        IngesterSettings ingester,
        QuerierSettings querier,
        Frontend frontend,
        QueryRange queryRange,
        PatternIngester patternIngester,
        CompactorSettings compactor,
        GatewaySettings gateway,
        Cache cache) {

    /** {@code server}: the listener and the process's log. */
    record HttpServerSettings(
            String httpListenAddress,
            @Setting("3100") int httpListenPort,
            String httpPathPrefix,
            @Setting(value = "30s", kind = Kind.DURATION) long httpServerReadTimeout,
            @Setting(value = "30s", kind = Kind.DURATION) long httpServerWriteTimeout,
            @Setting(value = "2m", kind = Kind.DURATION) long httpServerIdleTimeout,
            @Setting(value = "30s", kind = Kind.DURATION) long gracefulShutdownTimeout,
            @Setting("4096") int httpListenConnLimit,
            TlsSettings httpTlsConfig,
            @Setting("info") String logLevel,
            @Setting("logfmt") String logFormat) {}

    /** Certificate and key of a TLS listener, PEM files; both or none. */
    record TlsSettings(String certFile, String keyFile) {}

    /** {@code common}: what several services use. */
    record Common(@Setting("./data") String pathPrefix, CommonStorage storage) {}

    /** {@code common.storage}: S3 if a bucket is named, else a folder. */
    record CommonStorage(S3Settings s3, FilesystemSettings filesystem) {}

    /** A folder as object store; empty: {@code <path_prefix>/store}. */
    record FilesystemSettings(String chunksDirectory, String rulesDirectory) {}

    /** {@code storage_config}: the older place for the same settings. */
    record StorageConfig(S3Settings aws, FilesystemDirectory filesystem) {}

    /** {@code storage_config.filesystem}. */
    record FilesystemDirectory(String directory) {}

    /** An S3 bucket: Ceph RGW, MinIO, AWS. */
    record S3Settings(
            String endpoint,
            String region,
            String bucketnames,
            String prefix,
            String accessKeyId,
            @Setting(secret = true) String secretAccessKey,
            @Setting(secret = true) String sessionToken,
            boolean insecure,
            @Setting("true") boolean s3forcepathstyle,
            S3Http httpConfig) {}

    /** Connections to S3. */
    record S3Http(
            @Setting(value = "10s", kind = Kind.DURATION) long responseHeaderTimeout,
            boolean insecureSkipVerify,
            String caFile) {}

    /** Overrides of limits per tenant, read again every {@code period}. */
    record RuntimeConfig(String file, @Setting(value = "10s", kind = Kind.DURATION) long period) {}

    /** {@code distributor}: bounds of a push. */
    record Distributor(
            @Setting(value = "100MB", kind = Kind.BYTES) long maxRecvMsgSize,
            @Setting(value = "5000MB", kind = Kind.BYTES) long maxDecompressedSize,
            OtlpLabels otlpConfig,
            List<String> peers,
            @Setting("1") int replicas) {}

    /** {@code distributor.otlp_config}: resource attributes that become labels, for all tenants that do not say otherwise. */
    record OtlpLabels(
            @Setting("[service.name, service.namespace, service.instance.id, deployment.environment, deployment.environment.name, cloud.region, "
                            + "cloud.availability_zone, k8s.cluster.name, k8s.namespace.name, k8s.pod.name, k8s.container.name, container.name, "
                            + "k8s.replicaset.name, k8s.deployment.name, k8s.statefulset.name, k8s.daemonset.name, k8s.cronjob.name, k8s.job.name]")
                    List<String> defaultResourceAttributesAsIndexLabels) {}

    /** {@code ingester}: segments and the spool. */
    record IngesterSettings(
            @Setting(value = "12MB", kind = Kind.BYTES) long segmentTargetSize,
            @Setting(value = "250ms", kind = Kind.DURATION) long linger,
            @Setting("4") int concurrentFlushes,
            @Setting(value = "5s", kind = Kind.DURATION) long flushOpTimeout,
            String spoolDirectory,
            @Setting(value = "1GB", kind = Kind.BYTES) long spoolSize,
            @Setting("10") int maxReturnedStreamErrors,
            String shutdownMarkerPath) {}

    /** {@code querier}; 0: by the heap and the processors, or what suits most for {@code task_size}, bytes of lines of one task. */
    record QuerierSettings(
            int maxConcurrent,
            List<String> peers,
            @Setting(kind = Kind.BYTES) long maxQueryMemory,
            @Setting(kind = Kind.BYTES) long taskSize,
            @Setting(value = "30s", kind = Kind.DURATION) long peerTimeout,
            boolean multiTenantQueriesEnabled,
            boolean perRequestLimitsEnabled,
            @Setting(value = "1h", kind = Kind.DURATION) long tailMaxDuration) {}

    /** {@code frontend}. */
    record Frontend(boolean compressResponses, @Setting("2048") int maxOutstandingPerTenant, boolean queryStatsEnabled) {}

    /** {@code query_range}; what is kept of results is exact, so that nothing speaks against it. */
    record QueryRange(
            boolean alignQueriesWithStep,
            @Setting("true") boolean cacheResults,
            @Setting("true") boolean cacheInstantMetricResults,
            @Setting("true") boolean cacheIndexStatsResults,
            @Setting("true") boolean cacheVolumeResults,
            @Setting("true") boolean cacheSeriesResults,
            @Setting("true") boolean cacheLabelResults) {}

    /** {@code pattern_ingester}: patterns are found in stored lines when they are asked for; there is only whether they may be. */
    record PatternIngester(boolean enabled) {}

    /** {@code compactor}. */
    record CompactorSettings(
            String workingDirectory,
            @Setting(value = "10s", kind = Kind.DURATION) long compactionInterval,
            boolean retentionEnabled,
            @Setting(value = "2h", kind = Kind.DURATION) long retentionDeleteDelay,
            @Setting(value = "512MB", kind = Kind.BYTES) long targetBlockSize,
            @Setting(value = "30s", kind = Kind.DURATION) long maxSegmentAge,
            @Setting(value = "64MB", kind = Kind.BYTES) long minRoundSize,
            @Setting(value = "10m", kind = Kind.DURATION) long objectGracePeriod,
            @Setting(value = "24h", kind = Kind.DURATION) long deleteRequestCancelPeriod,
            @Setting(value = "24h", kind = Kind.DURATION) long deleteMaxInterval) {}

    /** {@code gateway}: where requests go, and who may send them. */
    record GatewaySettings(
            List<String> write,
            List<String> read,
            List<String> backend,
            String usersFile,
            @Setting(value = "100MB", kind = Kind.BYTES) long maxBodySize,
            @Setting(value = "1m", kind = Kind.DURATION) long pushTimeout,
            @Setting(value = "5m", kind = Kind.DURATION) long requestTimeout) {}

    /** {@code cache}: local copies of what lies in the bucket, and results that were computed from it. */
    record Cache(
            String directory,
            @Setting(value = "10GB", kind = Kind.BYTES) long maxSize,
            @Setting(kind = Kind.BYTES) long memorySize,
            String resultsDirectory,
            @Setting(value = "1GB", kind = Kind.BYTES) long resultsMaxSize,
            @Setting(kind = Kind.BYTES) long resultsMemorySize) {}

    /** What a process runs. */
    enum Target {
        ALL,
        WRITE,
        READ,
        BACKEND,
        GATEWAY;

        boolean has(Target part) {
            return this == part || (this == ALL && part != GATEWAY);
        }
    }

    private static final Map<String, Target> TARGETS =
            Map.of("all", Target.ALL, "write", Target.WRITE, "read", Target.READ, "backend", Target.BACKEND, "gateway", Target.GATEWAY);

    NarfiConfig {
        if (!TARGETS.containsKey(target)) {
            throw new IllegalArgumentException("unknown target " + target + ": must be one of all, write, read, backend, gateway");
        }
    }

    NarfiConfig withTarget(String newTarget) {
        return new NarfiConfig(
                newTarget, authEnabled, server, common, storageConfig, limitsConfig, tenantLimitsAllowPublish, runtimeConfig, distributor, ingester,
                querier, frontend, queryRange, patternIngester, compactor, gateway, cache);
    }

    Target targetKind() {
        Target t = TARGETS.get(target);
        if (t == null) {
            throw new IllegalStateException("unknown target " + target);
        }
        return t;
    }

    /** The S3 settings in force: {@code common.storage.s3}, else {@code storage_config.aws}. */
    S3Settings s3() {
        return common.storage().s3().bucketnames().isEmpty() ? storageConfig.aws() : common.storage().s3();
    }

    /** The folder that serves as object store when no bucket is named. */
    String storeDirectory() {
        if (!common.storage().filesystem().chunksDirectory().isEmpty()) {
            return common.storage().filesystem().chunksDirectory();
        }
        return storageConfig.filesystem().directory().isEmpty() ? common.pathPrefix() + "/store" : storageConfig.filesystem().directory();
    }
}
