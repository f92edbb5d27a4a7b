package io.narfi.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Durations;
import io.narfi.common.Limits;
import io.narfi.common.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeOverridesTest {
    @TempDir
    Path dir;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void overridesChangeWithTheFile() throws Exception {
        Path file = dir.resolve("runtime.yaml");
        Files.writeString(file, "overrides:\n  a:\n    max_line_size: 10\n    ruler_max_rules_per_rule_group: 5\n  b:\n");
        RuntimeOverrides o = new RuntimeOverrides(Limits.defaults(), file, Durations.HOUR, limits -> {}, registry);
        o.start();
        try {
            assertThat(o.forTenant("a").maxLineSize()).isEqualTo(10);
            assertThat(o.forTenant("b")).isEqualTo(Limits.defaults());
            assertThat(o.forTenant("c")).isEqualTo(Limits.defaults());

            Files.writeString(file, "overrides:\n  c:\n    max_line_size: 11\n");
            o.reload();
            assertThat(o.forTenant("a")).isEqualTo(Limits.defaults());
            assertThat(o.forTenant("c").maxLineSize()).isEqualTo(11);

            Files.writeString(file, "overrides:\n  c:\n    max_lyne_size: 12\n");
            o.reload();
            assertThat(o.forTenant("c").maxLineSize()).isEqualTo(11);
            assertThat(registry.get("narfi_runtime_config_reload_failures_total").counter().count()).isEqualTo(1);
            assertThat(registry.get("narfi_runtime_config_last_reload_successful").gauge().value()).isZero();
        } finally {
            o.stop();
        }
    }

    /** contract/push-validation.md §1: what is joined, what is replaced as a whole, what is not a tenant's. */
    @Test
    void someSettingsAreNotSimplyOverridden() throws Exception {
        Limits global = Limits.defaults().with("""
                ingestion_rate_strategy: local
                otlp_config:
                  severity_text_as_label: true
                  log_attributes: [{action: drop, attributes: [a]}]
                policy_stream_mapping:
                  ops: [{selector: '{a="1"}', priority: 1}, {selector: '{a="2"}', priority: 1}]
                  dev: [{selector: '{a="3"}', priority: 1}]
                """);
        Path file = dir.resolve("runtime.yaml");
        Files.writeString(file, """
                overrides:
                  t:
                    ingestion_rate_strategy: global
                    otlp_config:
                      scope_attributes: [{action: drop, attributes: [b]}]
                    policy_stream_mapping:
                      ops: [{selector: '{a="2"}', priority: 5}]
                  other:
                    max_line_size: 5
                """);
        RuntimeOverrides o = new RuntimeOverrides(global, file, Durations.HOUR, limits -> {}, registry);
        o.start();
        try {
            Limits t = o.forTenant("t");
            assertThat(t.ingestionRateStrategy()).isEqualTo("local");
            assertThat(t.otlpConfig().severityTextAsLabel()).isFalse();
            assertThat(t.otlpConfig().logAttributes()).isEmpty();
            assertThat(t.otlpConfig().scopeAttributes()).hasSize(1);
            assertThat(t.policyStreamMapping().get("ops"))
                    .containsExactly(new Limits.PolicyStream("{a=\"2\"}", 5), new Limits.PolicyStream("{a=\"1\"}", 1));
            assertThat(t.policyStreamMapping()).containsKey("dev");
            assertThat(o.forTenant("other").otlpConfig()).isEqualTo(global.otlpConfig());
        } finally {
            o.stop();
        }
    }

    @Test
    void aBadFileAtStartIsAnError() throws IOException {
        Path file = dir.resolve("runtime.yaml");
        Files.writeString(file, "overrides: [");
        assertThatThrownBy(() -> new RuntimeOverrides(Limits.defaults(), file, Durations.HOUR, limits -> {}, registry).start())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("runtime.yaml");
    }

    @Test
    void limitsThatMustNotBeUsedAreAnErrorThatNamesTheTenant() throws IOException {
        Path file = dir.resolve("runtime.yaml");
        Files.writeString(file, "overrides:\n  slow:\n    query_timeout: 1h\n");
        NarfiConfig config = new ConfigLoader(name -> null).load(null, false).config();
        LimitsCheck check = new LimitsCheck(config);
        assertThatThrownBy(() -> new RuntimeOverrides(Limits.defaults(), file, Durations.HOUR, check::check, registry).start())
                .isInstanceOf(ConfigException.class)
                .hasMessage(file + ": overrides.slow: query_timeout (1h) must be shorter than the time that replaced objects stay"
                        + " (10m, compactor.object_grace_period)");
        Files.writeString(file, "overrides:\n  odd:\n    retention_stream:\n      - {selector: '{', priority: 1, period: 24h}\n");
        assertThatThrownBy(() -> new RuntimeOverrides(Limits.defaults(), file, Durations.HOUR, check::check, registry).start())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("overrides.odd: retention_stream: invalid labels matchers");
        Files.writeString(file, "overrides:\n  odd:\n    otlp_config:\n      log_attributes: [{action: drop, regex: '('}]\n");
        assertThatThrownBy(() -> new RuntimeOverrides(Limits.defaults(), file, Durations.HOUR, check::check, registry).start())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("overrides.odd: otlp_config: regex (: ");
        Files.writeString(file, "overrides:\n  odd:\n    otlp_config:\n      scope_attributes: [{action: index_label, attributes: [a]}]\n");
        assertThatThrownBy(() -> new RuntimeOverrides(Limits.defaults(), file, Durations.HOUR, check::check, registry).start())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("index_label action is only supported for resource_attributes");
    }
}
