package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How delete requests are treated.
 *
 * @param cancelPeriod how long a request can be taken back, and only hides rows ({@code compactor.delete_request_cancel_period}, 24 h)
 * @param maxInterval the greatest {@code max_interval} that a request may name ({@code compactor.delete_max_interval}, 24 h)
 * @param keepProcessed how long processed requests are listed, the last {@code maxRequests} of a tenant (30 days)
 * @param maxRequests requests of a tenant that are not processed yet, 1 or more (1000); each of them costs every query of its time a little
 * @param maxQueryBytes of a request, 1 or more (8 KiB): requests are part of the catalog
 */
public record DeleteSettings(Duration cancelPeriod, Duration maxInterval, Duration keepProcessed, int maxRequests, int maxQueryBytes) {
    public static final DeleteSettings DEFAULTS = new DeleteSettings(Duration.ofHours(24), Duration.ofHours(24), Duration.ofDays(30), 1000, 8192);

    public DeleteSettings {
        if (requireNonNull(cancelPeriod, "cancelPeriod is null").isNegative()) {
            throw new IllegalArgumentException("cancelPeriod must not be negative, it is " + cancelPeriod);
        }
        if (requireNonNull(maxInterval, "maxInterval is null").isNegative()) {
            throw new IllegalArgumentException("maxInterval must not be negative, it is " + maxInterval);
        }
        requireNonNull(keepProcessed, "keepProcessed is null");
        if (maxRequests < 1 || maxQueryBytes < 1) {
            throw new IllegalArgumentException("maxRequests " + maxRequests + ", maxQueryBytes " + maxQueryBytes);
        }
    }

    public DeleteSettings periods(Duration newCancelPeriod, Duration newMaxInterval) {
        return new DeleteSettings(newCancelPeriod, newMaxInterval, keepProcessed, maxRequests, maxQueryBytes);
    }
}
