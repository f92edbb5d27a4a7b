package io.narfi.ingester.validate;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Loki's metrics of received, discarded and changed rows (contract/push-validation.md §5). Counters are looked up by their labels in a
 * map of its own, which is cheaper than the registry's. Labels that clients choose (tenant, user agent, ingestion policy) take a bounded number
 * of values; those beyond are counted under {@code other}.
 */
public final class PushMetrics {
    static final int MAX_TENANTS = 10_000;
    static final int MAX_CLIENT_VALUES = 100;
    private static final int LONGEST_VALUE = 200;
    private static final String OTHER = "other";

    private record StreamKey(String tenant, String retentionHours, String policy, boolean internal, String format) {}

    private record DiscardKey(Reason reason, String tenant, String retentionHours, String policy, String format) {}

    private record LagKey(String tenant, String userAgent, String format) {}

    private record Received(Counter bytes, Counter metadataBytes, Counter lines) {}

    private record Pair(Counter samples, Counter bytes) {}

    /** The first values of a label, up to so many. */
    private static final class Bounded {
        private final int most;
        private final Set<String> seen = ConcurrentHashMap.newKeySet();

        Bounded(int most) {
            this.most = most;
        }

        String of(String value) {
            if (value.isEmpty() || seen.contains(value)) {
                return value;
            }
            if (seen.size() >= most || value.length() > LONGEST_VALUE) {
                return OTHER;
            }
            seen.add(value);
            return value;
        }
    }

    private final MeterRegistry registry;
    private final ConcurrentHashMap<StreamKey, Received> received = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<DiscardKey, Pair> discarded = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Pair> mutated = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Counter> otlpExporterStreams = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<LagKey, Counter> lag = new ConcurrentHashMap<>();
    private final Bounded tenants = new Bounded(MAX_TENANTS);
    private final Bounded userAgents = new Bounded(MAX_CLIENT_VALUES);
    private final Bounded policies = new Bounded(MAX_CLIENT_VALUES);
    private final DistributionSummary bytesPerLine;

    public PushMetrics(MeterRegistry registry) {
        this.registry = requireNonNull(registry, "registry is null");
        bytesPerLine = DistributionSummary.builder("loki_bytes_per_line")
                .description("The total number of bytes per line")
                .serviceLevelObjectives(1, 8, 64, 512, 4096, 32768, 262144, 2097152)
                .register(registry);
    }

    void received(String tenant, StreamInfo stream, String policy, String format, long lines, long lineBytes, long metadataBytes) {
        StreamKey key = new StreamKey(tenants.of(tenant), stream.retentionHours(), policies.of(policy), stream.internal(), format);
        Received r = received.computeIfAbsent(key, this::receivedCounters);
        r.bytes.increment((double) lineBytes + metadataBytes);
        if (metadataBytes > 0) {
            r.metadataBytes.increment(metadataBytes);
        }
        r.lines.increment(lines);
    }

    private Received receivedCounters(StreamKey k) {
        Tags lines = Tags.of("tenant", k.tenant, "is_internal_stream", Boolean.toString(k.internal), "policy", k.policy, "format", k.format);
        Tags bytes = lines.and("retention_hours", k.retentionHours);
        return new Received(
                Counter.builder("loki_distributor_bytes_received_total").tags(bytes).register(registry),
                Counter.builder("loki_distributor_structured_metadata_bytes_received_total").tags(bytes).register(registry),
                Counter.builder("loki_distributor_lines_received_total").tags(lines).register(registry));
    }

    void line(int bytes) {
        bytesPerLine.record(bytes);
    }

    void discarded(Reason reason, String tenant, String retentionHours, String policy, String format, long samples, long bytes) {
        Pair pair = discarded.computeIfAbsent(
                new DiscardKey(reason, tenants.of(tenant), retentionHours, policies.of(policy), format), k -> {
                    Tags tags = Tags.of(
                            "reason", k.reason.text(), "tenant", k.tenant, "retention_hours", k.retentionHours, "policy", k.policy, "format", k.format);
                    return new Pair(
                            Counter.builder("loki_discarded_samples_total").tags(tags).register(registry),
                            Counter.builder("loki_discarded_bytes_total").tags(tags).register(registry));
                });
        pair.samples.increment(samples);
        pair.bytes.increment(bytes);
    }

    /** A line was cut; Loki puts the tenant into the label {@code truncated}. */
    void truncated(String tenant, long bytes) {
        Pair pair = mutated.computeIfAbsent(tenants.of(tenant), t -> {
            Tags tags = Tags.of("reason", Reason.LINE_TOO_LONG.text(), "truncated", t);
            return new Pair(
                    Counter.builder("loki_mutated_samples_total").tags(tags).register(registry),
                    Counter.builder("loki_mutated_bytes_total").tags(tags).register(registry));
        });
        pair.samples.increment();
        pair.bytes.increment(bytes);
    }

    /** A stream of the OTel Collector's former exporter for Loki, which marks its streams by a label. */
    void otlpExporterStream(String tenant) {
        otlpExporterStreams
                .computeIfAbsent(tenants.of(tenant), t -> Counter.builder("loki_distributor_otlp_exporter_streams_total").tag("tenant", t).register(registry))
                .increment();
    }

    void lag(String tenant, String userAgent, String format, long millis) {
        lag.computeIfAbsent(
                        new LagKey(tenants.of(tenant), userAgents.of(userAgent), format),
                        k -> Counter.builder("loki_distributor_lag_ms_total")
                                .tags("tenant", k.tenant, "userAgent", k.userAgent, "format", k.format)
                                .register(registry))
                .increment(millis);
    }
}
