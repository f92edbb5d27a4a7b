package io.narfi.ingester.validate;

import static java.util.Objects.requireNonNull;

/**
 * Where a push came from, as far as it matters to limits and metrics.
 *
 * @param tenant whose rows
 * @param format {@code loki} or {@code otlp}
 * @param policy the header {@code X-Loki-Ingestion-Policy}, empty without it
 * @param userAgent the header {@code User-Agent}, empty without it
 */
public record PushOrigin(String tenant, String format, String policy, String userAgent) {
    public PushOrigin {
        requireNonNull(tenant, "tenant is null");
        requireNonNull(format, "format is null");
        requireNonNull(policy, "policy is null");
        requireNonNull(userAgent, "userAgent is null");
    }
}
