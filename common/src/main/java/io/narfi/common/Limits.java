package io.narfi.common;

import io.narfi.common.config.ConfigReader;
import io.narfi.common.config.Setting;
import io.narfi.common.config.Setting.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a tenant may do: {@code limits_config} of the configuration, overridden per tenant. Keys, defaults and meaning are Loki's
 * ({@code push-validation.md} §9); 0 means no limit where Loki says so. Durations are nanoseconds, sizes bytes.
 */
public record Limits(
        // Ingestion
        @Setting("global") String ingestionRateStrategy,
        @Setting("4") double ingestionRateMb,
        @Setting("6") double ingestionBurstSizeMb,
        @Setting("1024") int maxLabelNameLength,
        @Setting("2048") int maxLabelValueLength,
        @Setting("15") int maxLabelNamesPerSeries,
        @Setting("true") boolean rejectOldSamples,
        @Setting(value = "1w", kind = Kind.DURATION) long rejectOldSamplesMaxAge,
        @Setting(value = "10m", kind = Kind.DURATION) long creationGracePeriod,
        @Setting(value = "256KB", kind = Kind.BYTES) long maxLineSize,
        boolean maxLineSizeTruncate,
        String maxLineSizeTruncateIdentifier,
        boolean incrementDuplicateTimestamp,
        @Setting(kind = Kind.DURATION) long simulatedPushLatency,
        GenericFields discoverGenericFields,
        @Setting("[service, app, application, app_name, name, app_kubernetes_io_name, container, container_name, k8s_container_name, component, workload, job, k8s_job_name]")
                List<String> discoverServiceName,
        @Setting("true") boolean discoverLogLevels,
        @Setting(LEVEL_FIELDS) List<String> logLevelFields,
        @Setting("2") int logLevelFromJsonMaxDepth,
        @Setting("0") int maxStreamsPerUser,
        @Setting("5000") int maxGlobalStreamsPerUser,
        @Setting(value = "3MB", kind = Kind.BYTES) long perStreamRateLimit,
        @Setting(value = "15MB", kind = Kind.BYTES) long perStreamRateLimitBurst,
        @Setting("true") boolean allowStructuredMetadata,
        @Setting(value = "64KB", kind = Kind.BYTES) long maxStructuredMetadataSize,
        @Setting("128") int maxStructuredMetadataEntriesCount,
        @Setting(whole = true) OtlpConfig otlpConfig,
        String blockIngestionUntil,
        Map<String, String> blockIngestionPolicyUntil,
        @Setting("260") int blockIngestionStatusCode,
        List<String> enforcedLabels,
        Map<String, List<String>> policyEnforcedLabels,
        Map<String, List<PolicyStream>> policyStreamMapping,
        Map<String, PolicyLimits> policyOverrideLimits,

        // Queries
        @Setting("500") int maxQuerySeries,
        @Setting(kind = Kind.DURATION) long maxQueryLookback,
        @Setting(value = "721h", kind = Kind.DURATION) long maxQueryLength,
        @Setting(kind = Kind.DURATION) long maxQueryRange,
        @Setting("1000") int maxStreamsMatchersPerQuery,
        @Setting("10") int maxConcurrentTailRequests,
        @Setting("5000") int maxEntriesLimitPerQuery,
        @Setting(value = "10m", kind = Kind.DURATION) long maxCacheFreshnessPerQuery,
        @Setting("128") int tsdbMaxQueryParallelism,
        @Setting(value = "1m", kind = Kind.DURATION) long queryTimeout,
        @Setting(value = "1h", kind = Kind.DURATION) long splitQueriesByInterval,
        @Setting(kind = Kind.BYTES) long maxQueryBytesRead,
        @Setting(value = "150GB", kind = Kind.BYTES) long maxQuerierBytesRead,
        @Setting("true") boolean volumeEnabled,
        @Setting("1000") int volumeMaxSeries,
        boolean enableMultiVariantQueries,
        List<BlockedQuery> blockedQueries,
        List<String> requiredLabels,
        int minimumLabelsNumber,
        List<String> shardAggregations,

        // Retention and deletion
        @Setting(kind = Kind.DURATION) long retentionPeriod,
        List<RetentionStream> retentionStream,
        @Setting(kind = Kind.BYTES) long retentionSize,
        @Setting("filter-and-delete") String deletionMode) {

    private static final String LEVEL_FIELDS =
            "level,LEVEL,Level,log.level,severity,SEVERITY,Severity,SeverityText,lvl,LVL,Lvl,severity_text,Severity_Text,SEVERITY_TEXT";

    private static final Limits DEFAULTS = ConfigReader.defaults(Limits.class);

    /** Fields that are looked for in labels, metadata and lines: target name to hints, in order. */
    public record GenericFields(Map<String, List<String>> fields) {}

    /** Streams of a policy; the highest priority wins. */
    public record PolicyStream(String selector, int priority) {}

    /** Limits on the streams of a policy, in place of the tenant's; 0: none. */
    public record PolicyLimits(int maxStreamsPerUser, int maxGlobalStreamsPerUser) {}

    /** A retention period, in nanoseconds, for streams that match a selector; the highest priority wins. */
    public record RetentionStream(String selector, int priority, @Setting(kind = Kind.DURATION) long period) {
        public RetentionStream {
            if (period < 24 * Durations.HOUR) {
                throw new IllegalArgumentException("retention period must be >= 24h was " + Durations.formatPrometheus(period));
            }
        }
    }

    /** A query that is refused: by its text, a regular expression or the hash of the text. */
    public record BlockedQuery(String pattern, boolean regex, long hash, List<String> types, Map<String, String> queryTags) {}

    /** Which attributes of OTLP become labels ({@code http-api.md} §4.3). */
    public record OtlpConfig(
            boolean severityTextAsLabel,
            ResourceAttributes resourceAttributes,
            List<AttributeRule> scopeAttributes,
            List<AttributeRule> logAttributes) {
        /** Rules for resource attributes. */
        public record ResourceAttributes(boolean ignoreDefaults, List<AttributeRule> attributesConfig) {}

        /** What happens with attributes: index_label, structured_metadata or drop; by names or by a regular expression. */
        public record AttributeRule(String action, List<String> attributes, String regex) {
            public AttributeRule {
                if (!List.of("drop", "index_label", "structured_metadata").contains(action)) {
                    throw new IllegalArgumentException(
                            "unsupported action, it must be one of: drop, index_label, structured_metadata");
                }
                if (attributes.isEmpty() && regex.isEmpty()) {
                    throw new IllegalArgumentException("attributes or regex must be set");
                }
                if (!attributes.isEmpty() && !regex.isEmpty()) {
                    throw new IllegalArgumentException("only one of attributes or regex must be set");
                }
            }
        }

        public OtlpConfig {
            for (AttributeRule r : scopeAttributes) {
                if (r.action().equals("index_label")) {
                    throw new IllegalArgumentException("index_label action is only supported for resource_attributes");
                }
            }
        }
    }

    public Limits {
        if (!List.of("disabled", "filter-only", "filter-and-delete").contains(deletionMode)) {
            throw new IllegalArgumentException("unknown deletion mode: must be one of disabled|filter-only|filter-and-delete");
        }
        if (!List.of("global", "local").contains(ingestionRateStrategy)) {
            throw new IllegalArgumentException("unknown ingestion_rate_strategy: must be one of global|local");
        }
        if (logLevelFields.isEmpty()) {
            // An empty list does not switch the search off (discover_log_levels does): it means the default.
            logLevelFields = List.of(LEVEL_FIELDS.split(","));
        }
    }

    public static Limits defaults() {
        return DEFAULTS;
    }

    /**
     * These limits as those of a tenant over the global ones: the strategy of rates is the global one, and the streams of policies are joined
     * with the global ones, of which those stay that name no selector of the tenant's.
     */
    public Limits over(Limits global) {
        Map<String, List<PolicyStream>> policies = new LinkedHashMap<>(policyStreamMapping);
        global.policyStreamMapping.forEach((policy, streams) -> {
            List<PolicyStream> own = policies.getOrDefault(policy, List.of());
            List<PolicyStream> joined = new ArrayList<>(own);
            streams.stream().filter(s -> own.stream().noneMatch(o -> o.selector().equals(s.selector()))).forEach(joined::add);
            policies.put(policy, List.copyOf(joined));
        });
        return with(Map.of(
                "ingestionRateStrategy", global.ingestionRateStrategy, "policyStreamMapping", Collections.unmodifiableMap(policies)));
    }

    /** These limits with some settings replaced, given as YAML: {@code with("max_line_size: 10\nretention_period: 7d")}. */
    public Limits with(String yaml) {
        return new ConfigReader("overrides", ConfigReader.UnknownKeys.REFUSE).read(yaml, this);
    }

    /**
     * These limits with some settings replaced.
     *
     * @param values by the names of this record's components
     */
    public Limits with(Map<String, Object> values) {
        return ConfigReader.replace(this, values);
    }
}
