package io.narfi.ingester.validate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.ingester.decode.JsonPushDecoder;
import io.narfi.ingester.decode.PushData;
import io.narfi.ingester.memory.MemoryBudget;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every rule of contract/push-validation.md that the recorded answers do not show. */
final class PushValidatorTest {
    private static final String SERVICE = "service_name=\"unknown_service\"";
    private static final long SECOND = 1_000_000_000L;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MemoryBudget memory = new MemoryBudget(64 << 20, 64 << 20, registry);
    private Instant now = Instant.parse("2026-11-03T12:00:00Z");
    private long nanoTime = 1;
    private int writers = 1;
    private String policyHeader = "";
    private Limits limits = Limits.defaults().with("ingestion_rate_mb: 1000\ningestion_burst_size_mb: 1000");
    private final PushValidator validator = new PushValidator(
            tenant -> limits, () -> now, () -> nanoTime, () -> writers, Duration.ofMinutes(30), 50, 2, registry);

    private record Row(Labels stream, Labels metadata, long timestamp, String line) {}

    private record Result(int status, String text, List<Row> rows) {}

    @Test
    void oldAndNew() {
        String old = seconds(-7 * 86400 - 1);
        Result r = push(stream("{\"a\":\"b\"}", entry(old, "x"), entry(seconds(-7 * 86400), "y"), entry(seconds(600), "z"), entry(seconds(601), "w")));
        assertThat(r.status).isEqualTo(400);
        assertThat(r.text).isEqualTo("1 errors like: entry for stream '{a=\"b\", " + SERVICE
                + "}' has timestamp too old: 2026-10-27T11:59:59Z, oldest acceptable timestamp is: 2026-10-27T12:00:00Z; "
                + "1 errors like: entry for stream '{a=\"b\", " + SERVICE + "}' has timestamp too new: 2026-11-03T12:10:01Z");
        assertThat(r.rows).extracting(Row::line).containsExactly("y", "z");
        assertThat(discarded("greater_than_max_sample_age")).isEqualTo(1);
        assertThat(discarded("too_far_in_future")).isEqualTo(1);
    }

    @Test
    void entriesWithoutATimeAreOfTheYearOne() {
        Result r = push("{\"streams\":[{\"stream\":{\"a\":\"b\"},\"values\":[[]]}]}");
        assertThat(r.text).contains("has timestamp too old: 0001-01-01T00:00:00Z, oldest");
    }

    @Test
    void equalErrorsAreCounted() {
        limit("max_line_size: 3B");
        Result r = push(stream("{\"a\":\"b\"}", entry(seconds(0), "long"), entry(seconds(1), "line"), entry(seconds(2), "ok")));
        String text = "max entry size '3' bytes exceeded for stream '{a=\"b\", " + SERVICE + "}' while adding an entry with length '4' bytes";
        assertThat(r.text).isEqualTo("2 errors like: " + text);
        assertThat(r.rows).hasSize(1);
        assertThat(push(stream("{\"a\":\"b\"}", entry(seconds(0), "long"))).text).isEqualTo(text);
        assertThat(registry.get("loki_discarded_bytes_total").tag("reason", "line_too_long").counter().count()).isEqualTo(12);
    }

    @Test
    void distinctErrorsHaveABound() {
        limit("max_line_size: 1B");
        StringBuilder entries = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            entries.append(i == 0 ? "" : ",").append(entry(seconds(0), "x".repeat(2 + i)));
        }
        Result r = push("{\"streams\":[{\"stream\":{\"a\":\"b\"},\"values\":[" + entries + "]}]}");
        assertThat(r.status).isEqualTo(400);
        assertThat(r.text.split("; ")).hasSize(ValidationErrors.MAX_TEXTS + 1);
        assertThat(r.text).endsWith("; 2000 errors like: (texts of further errors are left out)");
    }

    @Test
    void linesAreTruncated() {
        limit("max_line_size: 8B\nmax_line_size_truncate: true\nmax_line_size_truncate_identifier: '...'");
        Result r = push(stream("{\"a\":\"b\"}", entry(seconds(0), "0123456789"), entry(seconds(1), "01234567")));
        assertThat(r.status).isEqualTo(204);
        assertThat(r.rows).extracting(Row::line).containsExactly("01234...", "01234567");
        assertThat(registry.get("loki_mutated_samples_total").tags("reason", "line_too_long", "truncated", "t").counter().count()).isEqualTo(1);
        assertThat(registry.get("loki_mutated_bytes_total").counter().count()).isEqualTo(2);
        limit("max_line_size: 3B\nmax_line_size_truncate: true\nmax_line_size_truncate_identifier: '...'");
        assertThat(push(stream("{\"a\":\"b\"}", entry(seconds(0), "0123"))).text).startsWith("max entry size '3' bytes");
    }

    @Test
    void aLineIsNeverLongerThanWhatCanBeStored() {
        limit("max_line_size: 0");
        Result r = push(stream("{\"a\":\"b\"}", entry(seconds(0), "x".repeat((16 << 20) + 1))));
        assertThat(r.text).startsWith("max entry size '16777216' bytes exceeded");
    }

    @Test
    void structuredMetadata() {
        limit("allow_structured_metadata: false");
        Result r = push(stream("{\"a\":\"b\"}", entry(seconds(0), "x", "{\"k\":\"v\"}"), entry(seconds(1), "y")));
        assertThat(r.text).isEqualTo("stream '{a=\"b\", " + SERVICE + "}' includes structured metadata, but this feature is disallowed. "
                + "Please see `limits_config.allow_structured_metadata` or contact your Loki administrator to enable it");
        assertThat(r.rows).singleElement().extracting(Row::metadata).isEqualTo(Labels.EMPTY);
        limit("max_structured_metadata_size: 3B");
        assertThat(push(stream("{\"a\":\"b\"}", entry(seconds(0), "x", "{\"ab\":\"cd\"}"))).text)
                .isEqualTo("stream '{a=\"b\", " + SERVICE + "}' has structured metadata too large: '4' bytes, limit: '3' bytes. "
                        + "Please see `limits_config.max_structured_metadata_size` or contact your Loki administrator to increase it");
        limit("max_structured_metadata_entries_count: 1");
        assertThat(push(stream("{\"a\":\"b\"}", entry(seconds(0), "x", "{\"k\":\"v\",\"l\":\"w\"}"))).text)
                .startsWith("stream '{a=\"b\", " + SERVICE + "}' has too many structured metadata labels: '2', limit: '1'.");
        limit("max_structured_metadata_size: 0\nmax_structured_metadata_entries_count: 0");
        assertThat(push(stream("{\"a\":\"b\"}", entry(seconds(0), "x", "{\"k\":\"" + "v".repeat(70_000) + "\"}"))).status).isEqualTo(204);
        assertThat(push(stream("{\"a\":\"b\"}", entry(seconds(0), "x", "{\"k\":\"" + "v".repeat(300_000) + "\"}"))).text)
                .contains("'300001' bytes, limit: '262144' bytes");
    }

    @Test
    void aBadMetadataNameRefusesThePushWhateverElseIsWrong() {
        Result r = push(stream("{\"a\":\"b\"}", entry(seconds(-700000), "old"), entry(seconds(0), "x", "{\"..\":\"v\"}")));
        assertThat(r.status).isEqualTo(500);
        assertThat(r.text).isEqualTo("normalization for label name \"..\" resulted in invalid name \"_\"");
        assertThat(r.rows).isEmpty();
    }

    @Test
    void labelLimits() {
        limit("max_label_names_per_series: 2\nmax_label_name_length: 5\nmax_label_value_length: 4");
        assertThat(push(stream("{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"}", entry(seconds(0), "x"))).text)
                .isEqualTo("entry for stream '{a=\"1\", b=\"2\", c=\"3\", " + SERVICE + "}' has 3 label names; limit 2");
        limit("discover_service_name: []\nmax_label_names_per_series: 2\nmax_label_name_length: 5\nmax_label_value_length: 4");
        assertThat(push(stream("{\"toolong\":\"1\"}", entry(seconds(0), "x"))).text)
                .isEqualTo("stream '{toolong=\"1\"}' has label name too long: 'toolong'");
        assertThat(push(stream("{\"a\":\"\u00e9\u00e9\u00e9\"}", entry(seconds(0), "x"))).text)
                .isEqualTo("stream '{a=\"\u00e9\u00e9\u00e9\"}' has label value too long: '\u00e9\u00e9\u00e9'");
        assertThat(push(stream("{}", entry(seconds(0), "x"))).text).isEqualTo("error at least one label pair is required per stream");
        assertThat(discarded("missing_labels")).isEqualTo(1);
        assertThat(discarded("invalid_labels")).as("label limits count twice").isEqualTo(4);
    }

    @Test
    void serviceNames() {
        assertThat(push(stream("{\"job\":\"j\",\"app\":\"a\",\"container\":\"c\"}", entry(seconds(0), "x"))).rows.getFirst().stream.get("service_name"))
                .isEqualTo("a");
        assertThat(push(stream("{\"service_name\":\"s\",\"app\":\"a\"}", entry(seconds(0), "x"))).rows.getFirst().stream.get("service_name"))
                .isEqualTo("s");
        assertThat(push(stream("{\"service_name\":\"\",\"job\":\"j\"}", entry(seconds(0), "x"))).rows.getFirst().stream.get("service_name"))
                .isEqualTo("j");
        limit("discover_service_name: [x]");
        assertThat(push(stream("{\"app\":\"a\"}", entry(seconds(0), "x"))).rows.getFirst().stream.get("service_name"))
                .as("a change of limits counts at once")
                .isEqualTo("unknown_service");
    }

    @Test
    void internalStreamsAreFree() {
        limit("max_label_value_length: 1\nenforced_labels: [env]");
        Result r = push(stream("{\"__aggregated_metric__\":\"long\"}", entry(seconds(0), "x")));
        assertThat(r.rows).singleElement().extracting(Row::stream).isEqualTo(Labels.of("__aggregated_metric__", "long"));
        assertThat(registry.get("loki_distributor_lines_received_total").tag("is_internal_stream", "true").counter().count()).isEqualTo(1);
    }

    @Test
    void enforcedLabels() {
        limit("""
                enforced_labels: [env, team]
                policy_enforced_labels: {"*": [region], ops: [pager]}
                policy_stream_mapping: {ops: [{selector: '{env="prod"}', priority: 1}], dev: [{selector: '{env=~".+"}', priority: 0}]}
                """);
        assertThat(push(stream("{\"a\":\"b\"}", entry(seconds(0), "x"))).text)
                .isEqualTo("missing required labels 'env,team,region' for user 't' for stream '{a=\"b\", " + SERVICE + "}' (policy: '')");
        assertThat(push(stream("{\"env\":\"prod\",\"team\":\"t\",\"region\":\"r\"}", entry(seconds(0), "x"))).text)
                .contains("missing required labels 'pager' for user 't'")
                .endsWith("(policy: 'ops')");
        assertThat(push(stream("{\"env\":\"x\",\"team\":\"t\",\"region\":\"r\"}", entry(seconds(0), "x"))).status).isEqualTo(204);
        policyHeader = "ops";
        assertThat(push(stream("{\"env\":\"x\",\"team\":\"t\",\"region\":\"r\"}", entry(seconds(0), "x"))).text).endsWith("(policy: 'ops')");
    }

    @Test
    void blockedIngestion() {
        limit("block_ingestion_until: 2026-11-04T00:00:00Z");
        Result r = push(stream("{\"a\":\"b\"}", entry(seconds(0), "x")));
        assertThat(r.status).isEqualTo(260);
        assertThat(r.text).isEqualTo("ingestion blocked for user 't' until '2026-11-04T00:00:00Z' with status code '260'");
        limit("block_ingestion_until: 2026-11-04T00:00:00Z\nblock_ingestion_status_code: 200");
        r = push(stream("{\"a\":\"b\"}", entry(seconds(0), "x")));
        assertThat(r.status).isEqualTo(204);
        assertThat(r.rows).isEmpty();
        now = Instant.parse("2026-11-04T00:00:00Z");
        assertThat(push(stream("{\"a\":\"b\"}", entry(seconds(0), "x"))).rows).hasSize(1);
        assertThat(discarded("blocked_ingestion")).isEqualTo(2);
    }

    @Test
    void blockedPolicies() {
        limit("""
                block_ingestion_policy_until: {ops: 2026-11-04T00:00:00Z}
                block_ingestion_status_code: 456
                policy_stream_mapping: {ops: [{selector: '{env="prod"}', priority: 1}]}
                """);
        String blocked = stream("{\"env\":\"prod\"}", entry(seconds(0), "x"));
        String fine = stream("{\"env\":\"dev\"}", entry(seconds(0), "x"));
        Result r = push(blocked + "," + fine);
        assertThat(r.status).isEqualTo(456);
        assertThat(r.text).isEqualTo("ingestion blocked for user 't' (policy: 'ops') until '2026-11-04T00:00:00Z' with status code '456'");
        assertThat(r.rows).singleElement().extracting(row -> row.stream.get("env")).isEqualTo("dev");
        Result worse = push(blocked + "," + stream("{\"env\":\"dev\"}", entry(seconds(9999), "x")));
        assertThat(worse.status).as("an error of validation comes first").isEqualTo(400);
        limit("block_ingestion_policy_until: {\"*\": 2026-11-04T00:00:00Z}");
        assertThat(push(fine).text).contains("(policy: '')");
    }

    @Test
    void priorityAndNameChooseThePolicy() {
        limit("""
                enforced_labels: [missing]
                policy_stream_mapping:
                  low: [{selector: '{a="b"}', priority: 1}]
                  zeta: [{selector: '{a="b"}', priority: 5}]
                  beta: [{selector: '{a="b"}', priority: 5}]
                """);
        assertThat(push(stream("{\"a\":\"b\"}", entry(seconds(0), "x"))).text).endsWith("(policy: 'beta')");
    }

    @Test
    void tenantRate() {
        limit("ingestion_rate_mb: 0.001\ningestion_burst_size_mb: 0.002\ningestion_rate_strategy: global");
        writers = 2;
        String big = stream("{\"a\":\"b\"}", entry(seconds(0), "x".repeat(1000)), entry(seconds(1), "y".repeat(996), "{\"k\":\"v23\"}"));
        assertThat(push(big).status).isEqualTo(204);
        Result r = push(big);
        assertThat(r.status).isEqualTo(429);
        assertThat(r.text).isEqualTo("ingestion rate limit exceeded for user t (limit: 524 bytes/sec) while attempting to ingest '2' lines "
                + "totaling '2000' bytes, reduce log volume or contact your Loki administrator to see if the limit can be increased");
        assertThat(r.rows).isEmpty();
        assertThat(discarded("rate_limited")).isEqualTo(2);
        nanoTime += 3 * SECOND;
        assertThat(push(big).status).isEqualTo(429);
        nanoTime += SECOND;
        assertThat(push(big).status).as("four seconds at half the rate").isEqualTo(204);
        limit("ingestion_rate_mb: 0.001\ningestion_burst_size_mb: 0.002\ningestion_rate_strategy: local");
        assertThat(push(big).text).contains("(limit: 1048 bytes/sec)");
    }

    @Test
    void rateLimitComesBeforeErrorsOfValidation() {
        limit("ingestion_rate_mb: 0.000001\ningestion_burst_size_mb: 0.000001");
        assertThat(push(stream("{\"a\":\"b\"}", entry(seconds(9999), "x"), entry(seconds(0), "0123456789"))).status).isEqualTo(429);
    }

    @Test
    void streamLimit() {
        limit("max_global_streams_per_user: 2\nmax_streams_per_user: 5");
        assertThat(push(stream("{\"a\":\"1\"}", entry(seconds(0), "x")) + "," + stream("{\"a\":\"2\"}", entry(seconds(0), "x"))).status)
                .isEqualTo(204);
        Result r = push(stream("{\"a\":\"3\"}", entry(seconds(0), "x")) + "," + stream("{\"a\":\"1\"}", entry(seconds(0), "y")));
        assertThat(r.status).isEqualTo(429);
        assertThat(r.text).isEqualTo("maximum active stream limit exceeded when trying to create stream {a=\"3\", " + SERVICE
                + "}, reduce the number of active streams (reduce labels or reduce label values), or contact your Loki administrator to see if "
                + "the limit can be increased, user: 't'");
        assertThat(r.rows).singleElement().extracting(Row::line).isEqualTo("y");
        assertThat(discarded("stream_limit")).isEqualTo(1);
        nanoTime += Duration.ofMinutes(31).toNanos();
        assertThat(push(stream("{\"a\":\"3\"}", entry(seconds(0), "x"))).status).as("idle streams do not count").isEqualTo(204);
        assertThat(validator.activeStreams("t")).isEqualTo(1);
        limit("max_global_streams_per_user: 0\nmax_streams_per_user: 0");
        for (int i = 0; i < 100; i++) {
            assertThat(push(stream("{\"a\":\"s" + i + "\"}", entry(seconds(0), "x"))).status).isEqualTo(204);
        }
        assertThat(validator.activeStreams("t")).as("what is remembered is bounded").isEqualTo(50);
    }

    @Test
    void aPolicyMayHaveALimitOfStreamsOfItsOwn() {
        limit("max_global_streams_per_user: 2\npolicy_override_limits: {ops: {max_streams_per_user: 1}}\n"
                + "policy_stream_mapping: {ops: [{selector: '{team=\"ops\"}', priority: 1}]}");
        String first = stream("{\"team\":\"ops\",\"a\":\"1\"}", entry(seconds(0), "x"));
        assertThat(push(first).status).isEqualTo(204);
        assertThat(push(stream("{\"team\":\"ops\",\"a\":\"2\"}", entry(seconds(0), "x"))).text).startsWith("maximum active stream limit exceeded");
        assertThat(push(stream("{\"a\":\"1\"}", entry(seconds(0), "x"))).status).isEqualTo(204);
        assertThat(push(stream("{\"a\":\"2\"}", entry(seconds(0), "x"))).status).as("two of the tenant's").isEqualTo(429);
        nanoTime += Duration.ofMinutes(31).toNanos();
        assertThat(push(stream("{\"team\":\"ops\",\"a\":\"2\"}", entry(seconds(0), "x"))).status).as("idle streams do not count").isEqualTo(204);
    }

    @Test
    void streamsOfTheFormerExporterAreCounted() {
        assertThat(push(stream("{\"exporter\":\"OTLP\"}", entry(seconds(0), "x"))).status).isEqualTo(204);
        assertThat(registry.get("loki_distributor_otlp_exporter_streams_total").tag("tenant", "t").counter().count()).isEqualTo(1);
    }

    @Test
    void limitsThatCannotBeUsedAreRefusedWhenTheyAreRead() {
        assertThatThrownBy(() -> PushValidator.checkLimits(Limits.defaults().with("policy_stream_mapping: {ops: [{selector: '{a=', priority: 1}]}")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("invalid labels matchers for policy stream mapping: ");
        assertThatThrownBy(() -> PushValidator.checkLimits(Limits.defaults().with("policy_stream_mapping: {ops: [{selector: '{a=~\"(\"}', priority: 1}]}")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("invalid labels matchers for policy stream mapping: ");
        assertThatThrownBy(() -> PushValidator.checkLimits(Limits.defaults().with("block_ingestion_until: tomorrow")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("block_ingestion_until: ");
    }

    @Test
    void perStreamRate() {
        limit("per_stream_rate_limit: 1KB\nper_stream_rate_limit_burst: 2KB");
        String entries = entry(seconds(0), "x".repeat(1000)) + "," + entry("1793707200500000000", "y".repeat(1024)) + "," + entry(seconds(2), "z".repeat(24));
        Result r = push("{\"streams\":[{\"stream\":{\"a\":\"1\"},\"values\":[" + entries + "]},{\"stream\":{\"a\":\"1\"},\"values\":[" + entries
                + "]},{\"stream\":{\"a\":\"2\"},\"values\":[" + entry(seconds(0), "small") + "]}]}");
        assertThat(r.status).isEqualTo(429);
        String reason = "Per stream rate limit exceeded (limit: 1KB/sec) while attempting to ingest for stream '{a=\"1\", " + SERVICE
                + "}' totaling %s, consider splitting a stream via additional labels or contact your Loki administrator to see if the limit can be "
                + "increased";
        assertThat(r.text).isEqualTo("entry with timestamp 2026-11-03 12:00:00 +0000 UTC ignored, reason: '" + String.format(reason, "1000B")
                + "',\nentry with timestamp 2026-11-03 12:00:00.5 +0000 UTC ignored, reason: '" + String.format(reason, "1KB")
                + "',\nuser 't', total ignored: 3 out of 3 for stream: {a=\"1\", " + SERVICE + "}");
        assertThat(r.rows).as("the batch passes or fails as a whole; other streams are stored").hasSize(4);
        assertThat(discarded("per_stream_rate_limit")).isEqualTo(3);
        nanoTime += 2 * SECOND;
        assertThat(push("{\"streams\":[{\"stream\":{\"a\":\"1\"},\"values\":[" + entries + "]}]}").status).isEqualTo(204);
    }

    @Test
    void equalTimestampsAreIncremented() {
        limit("increment_duplicate_timestamp: true");
        String t = seconds(0);
        Result r = push(stream("{\"a\":\"b\"}", entry(t, "1"), entry(t, "2"), entry(t, "2"), entry(t, "3"), entry(seconds(5), "4")));
        long base = Long.parseLong(t);
        assertThat(r.rows).extracting(row -> row.timestamp - base).containsExactly(0L, 1L, 1L, 2L, 5 * SECOND);
    }

    @Test
    void levels() {
        assertThat(level("{\"level\":\"WARN\"}", "error", null)).as("labels come first").isEqualTo("warn");
        assertThat(level("{\"severity\":\"Notice\"}", "error", "{\"level\":\"info\"}")).as("and are kept verbatim").isEqualTo("Notice");
        assertThat(level("{\"a\":\"b\"}", "error", "{\"severity\":\"err\",\"level\":\"30\"}")).isEqualTo("30");
        assertThat(level("{\"a\":\"b\"}", "error", "{\"log.level\":\"warn\"}")).as("is log_level by then").isEqualTo("error");
        assertThat(level("{\"a\":\"b\"}", "error", "{\"severity_number\":\"9\"}")).isEqualTo("info");
        assertThat(level("{\"a\":\"b\"}", "error", "{\"severity_number\":\"25\"}")).isEqualTo("unknown");
        assertThat(level("{\"a\":\"b\"}", "error", "{\"severity_number\":\"x\"}")).isEqualTo("info");
        assertThat(level("{\"a\":\"b\"}", "error", "{\"severity_number\":\"-3\"}")).isEqualTo("trace");
        assertThat(level("{\"a\":\"b\"}", "error", "{\"severity_number\":\"\"}")).isEqualTo("error");
        assertThat(level("{\"a\":\"b\"}", "error", "{\"level\":\"\"}")).as("an empty level is no level").isNull();
        assertThat(level("{\"level\":\"info\"}", "x", "{\"detected_level\":\"WRN\"}")).as("one's own comes first of all").isEqualTo("warn");
        limit("discover_log_levels: false");
        assertThat(level("{\"a\":\"b\"}", "error", null)).isNull();
        limit("log_level_fields: [prio]");
        assertThat(level("{\"a\":\"b\"}", "prio=warn level=error", null)).isEqualTo("warn");
        assertThat(level("{\"prio\":\"err\",\"level\":\"info\"}", "x", null)).isEqualTo("error");
    }

    @Test
    void repeatedMetadataGetsTheLevelOfItsOwnLine() {
        Result r = push(stream(
                "{\"a\":\"b\"}",
                entry(seconds(0), "error", "{\"k\":\"v\"}"),
                entry(seconds(1), "info", "{\"k\":\"v\"}"),
                entry(seconds(2), "error", "{\"k\":\"v\"}"),
                entry(seconds(3), "info", "{\"k\":\"w\"}")));
        assertThat(r.rows).extracting(Row::metadata)
                .containsExactly(
                        Labels.of("detected_level", "error", "k", "v"),
                        Labels.of("detected_level", "info", "k", "v"),
                        Labels.of("detected_level", "error", "k", "v"),
                        Labels.of("detected_level", "info", "k", "w"));
    }

    @Test
    void genericFields() {
        limit("""
                discover_generic_fields:
                  fields:
                    trace_id: [trace_id, traceID, span.trace_id]
                    org: [org_id]
                """);
        assertThat(metadata("{\"a\":\"b\"}", "{\"span\":{\"x\":1,\"trace_id\":\"t1\"},\"org_id\":7}")).contains("trace_id=t1", "org=7");
        assertThat(metadata("{\"a\":\"b\"}", "msg=\"x traceID=no\" TRACEID=t2")).contains("trace_id=t2");
        assertThat(metadata("{\"traceID\":\"t3\"}", "{\"trace_id\":\"line\"}")).contains("trace_id=t3");
        assertThat(metadata("{\"a\":\"b\"}", "nothing here")).doesNotContain("trace_id=t3").hasSize(1);
        assertThat(metadata("{\"a\":\"b\"}", "{\"span\":[{\"trace_id\":\"t1\"}],\"trace_id\":{}}")).hasSize(1);
        assertThat(metadata("{\"a\":\"b\"}", "{\"span\": broken}")).hasSize(1);
    }

    @Test
    void receivedMetrics() {
        limit("retention_period: 72h\nretention_stream: [{selector: '{a=\"b\"}', priority: 1, period: 24h}]");
        push(stream("{\"a\":\"b\"}", entry(seconds(-5), "12345", "{\"k\":\"v\"}"), entry(seconds(-2), "678")) + ","
                + stream("{\"a\":\"c\"}", entry(seconds(-9), "x")));
        assertThat(registry.get("loki_distributor_bytes_received_total")
                        .tags("tenant", "t", "retention_hours", "24", "is_internal_stream", "false", "policy", "", "format", "loki")
                        .counter()
                        .count())
                .isEqualTo(10);
        assertThat(registry.get("loki_distributor_bytes_received_total").tag("retention_hours", "72").counter().count()).isEqualTo(1);
        assertThat(registry.get("loki_distributor_structured_metadata_bytes_received_total").tag("retention_hours", "24").counter().count())
                .isEqualTo(2);
        assertThat(registry.get("loki_distributor_lines_received_total").tags("tenant", "t", "format", "loki").counter().count()).isEqualTo(3);
        assertThat(registry.get("loki_distributor_lag_ms_total").tags("tenant", "t", "userAgent", "test", "format", "loki").counter().count())
                .isEqualTo(2000);
        assertThat(registry.get("loki_bytes_per_line").summary().count()).isEqualTo(3);
    }

    @Test
    void memoryOfMetadataIsReserved() {
        StringBuilder entries = new StringBuilder();
        for (int i = 0; i < 2000; i++) {
            entries.append(i == 0 ? "" : ",").append(entry(seconds(0), "x", "{\"trace\":\"" + i + "\"}"));
        }
        String body = "{\"streams\":[{\"stream\":{\"a\":\"b\"},\"values\":[" + entries + "]}]}";
        byte[] bytes = body.getBytes(UTF_8);
        MemoryBudget small = new MemoryBudget(300_000, 300_000, new SimpleMeterRegistry());
        try (MemoryBudget.Lease lease = small.open()) {
            PushData data = JsonPushDecoder.decode(bytes, bytes.length, lease);
            assertThatThrownBy(() -> validator.validate(new PushOrigin("t", "loki", "", ""), data, lease))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(413));
        }
        assertThat(small.used()).isZero();
    }

    private void limit(String yaml) {
        limits = Limits.defaults().with("ingestion_rate_mb: 1000\ningestion_burst_size_mb: 1000").with(yaml);
    }

    private double discarded(String reason) {
        return registry.get("loki_discarded_samples_total").tag("reason", reason).counters().stream().mapToDouble(c -> c.count()).sum();
    }

    private @Nullable String level(String labels, String line, @Nullable String metadata) {
        String entry = metadata == null ? entry(seconds(0), line) : entry(seconds(0), line, metadata);
        return push(stream(labels, entry)).rows.getFirst().metadata.get("detected_level");
    }

    private List<String> metadata(String labels, String line) {
        Labels found = push(stream(labels, entry(seconds(0), line))).rows.getFirst().metadata;
        List<String> out = new ArrayList<>();
        found.toMap().forEach((k, v) -> out.add(k + "=" + v));
        return out;
    }

    private String seconds(long fromNow) {
        return Long.toString((now.getEpochSecond() + fromNow) * SECOND);
    }

    private static String entry(String time, String line) {
        return "[\"" + time + "\",\"" + line.replace("\\", "\\\\").replace("\"", "\\\"") + "\"]";
    }

    private static String entry(String time, String line, String metadata) {
        return "[\"" + time + "\",\"" + line.replace("\\", "\\\\").replace("\"", "\\\"") + "\"," + metadata + "]";
    }

    private static String stream(String labels, String... entries) {
        return "{\"stream\":" + labels + ",\"values\":[" + String.join(",", entries) + "]}";
    }

    private Result push(String body) {
        byte[] bytes = (body.startsWith("{\"streams\"") ? body : "{\"streams\":[" + body + "]}").getBytes(UTF_8);
        try (MemoryBudget.Lease lease = memory.open()) {
            PushData d = JsonPushDecoder.decode(bytes, bytes.length, lease);
            AcceptedPush accepted = validator.validate(new PushOrigin("t", "loki", policyHeader, "test"), d, lease);
            List<Row> rows = new ArrayList<>();
            for (int s = 0; s < d.streams(); s++) {
                Labels labels = accepted.labels(s);
                for (int e = d.firstEntry(s); labels != null && e < d.endEntry(s); e++) {
                    Labels metadata = accepted.metadata(e);
                    if (metadata != null) {
                        rows.add(new Row(labels, metadata, d.timestamp(e), new String(d.bytes(), d.lineOffset(e), d.lineLength(e), UTF_8)));
                    }
                }
            }
            assertThat(rows).hasSize(accepted.rows());
            ApiException answer = accepted.answer();
            return answer == null ? new Result(204, "", rows) : new Result(answer.status(), answer.text(), rows);
        } catch (ApiException e) {
            return new Result(e.status(), e.text(), List.of());
        }
    }
}
