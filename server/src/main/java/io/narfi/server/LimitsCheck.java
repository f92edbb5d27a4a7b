package io.narfi.server;

import io.narfi.common.Durations;
import io.narfi.common.Limits;
import io.narfi.common.config.ConfigException;
import io.narfi.ingester.Ingester;

/** What limits must fulfil together with the rest of the configuration, the global ones and every tenant's. */
final class LimitsCheck {
    private final long objectGracePeriod;

    LimitsCheck(NarfiConfig config) {
        this.objectGracePeriod = objectGracePeriod(config);
    }

    /** How long replaced objects stay, in nanoseconds: the setting, or twice the global query time-out if that is longer. */
    static long objectGracePeriod(NarfiConfig config) {
        return Math.max(config.compactor().objectGracePeriod(), 2 * config.limitsConfig().queryTimeout());
    }

    /** @throws ConfigException what is wrong with the limits */
    void check(Limits limits) {
        // A query may read objects that compaction has replaced meanwhile: they must outlive it.
        if (limits.queryTimeout() >= objectGracePeriod) {
            throw new ConfigException("query_timeout (" + Durations.formatPrometheus(limits.queryTimeout())
                    + ") must be shorter than the time that replaced objects stay (" + Durations.formatPrometheus(objectGracePeriod) + ", compactor.object_grace_period)");
        }
        try {
            Retention.policy(limits);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("retention_stream: " + e.getMessage(), e);
        }
        try {
            Ingester.checkLimits(limits);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
    }
}
