package io.narfi.ingester.validate;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

/** What clients name in their pushes becomes labels of metrics, within bounds. */
final class PushMetricsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void clientsCannotMakeMetricsWithoutEnd() {
        PushMetrics metrics = new PushMetrics(registry);
        for (int i = 0; i < 3 * PushMetrics.MAX_CLIENT_VALUES; i++) {
            metrics.lag("t", "agent" + i, "loki", 1);
            metrics.discarded(Reason.LINE_TOO_LONG, "t", "", "policy" + i, "loki", 1, 1);
        }
        assertThat(registry.find("loki_distributor_lag_ms_total").counters()).hasSize(PushMetrics.MAX_CLIENT_VALUES + 1);
        assertThat(registry.get("loki_distributor_lag_ms_total").tag("userAgent", "other").counter().count()).isEqualTo(200);
        assertThat(registry.find("loki_discarded_samples_total").counters()).hasSize(PushMetrics.MAX_CLIENT_VALUES + 1);
    }

    @Test
    void norCanTheyByTenantsWithoutEnd() {
        PushMetrics metrics = new PushMetrics(registry);
        for (int i = 0; i < PushMetrics.MAX_TENANTS + 100; i++) {
            metrics.truncated("tenant" + i, 1);
        }
        assertThat(registry.find("loki_mutated_samples_total").counters().size()).isEqualTo(PushMetrics.MAX_TENANTS + 1);
        assertThat(registry.get("loki_mutated_samples_total").tag("truncated", "other").counter().count()).isEqualTo(100);
    }
}
