package io.narfi.server;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Durations;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.compactor.RetentionLimits;
import io.narfi.compactor.RetentionPolicy;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The retention settings of the limits as the compactor wants them: selectors parsed, periods in seconds. */
final class Retention implements RetentionLimits {
    private static final int MAX_REMEMBERED = 10_000;

    private final TenantLimits limits;
    private final Map<Limits, RetentionPolicy> policies = new ConcurrentHashMap<>();

    Retention(TenantLimits limits) {
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public RetentionPolicy forTenant(String tenant) {
        if (policies.size() > MAX_REMEMBERED) {
            policies.clear();
        }
        return policies.computeIfAbsent(limits.forTenant(tenant), Retention::policy);
    }

    /** @throws IllegalArgumentException if a selector cannot be parsed */
    static RetentionPolicy policy(Limits limits) {
        List<RetentionPolicy.Rule> rules = new ArrayList<>();
        for (Limits.RetentionStream r : limits.retentionStream()) {
            rules.add(new RetentionPolicy.Rule(matchers(r.selector()), r.priority(), r.period() / Durations.SECOND));
        }
        return new RetentionPolicy(
                limits.retentionPeriod() / Durations.SECOND, rules, limits.retentionSize(), limits.deletionMode().equals("filter-and-delete"));
    }

    private static List<LabelMatcher> matchers(String selector) {
        try {
            if (LogQl.parse(selector) instanceof LogExpr log && log.stages().isEmpty()) {
                return log.selector();
            }
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("invalid labels matchers: " + e.getMessage(), e);
        }
        throw new IllegalArgumentException("invalid labels matchers: only label matchers are supported: " + selector);
    }
}
