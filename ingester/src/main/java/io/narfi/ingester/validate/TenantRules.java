package io.narfi.ingester.validate;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Durations;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.ingester.decode.LabelText;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What follows from a tenant's {@link Limits} once and not for every push: parsed selectors and times, tables of field names. */
final class TenantRules {
    /** The name under which limits by policy apply to streams of no policy, or to all. */
    static final String ANY_POLICY = "*";

    private record PolicyRule(String policy, int priority, List<LabelMatcher> matchers) {}

    private record RetentionRule(int priority, long period, List<LabelMatcher> matchers) {}

    private final Limits limits;
    private final LineLevels lineLevels;
    private final Map<String, Integer> levelRanks = new HashMap<>();
    private final GenericFields genericFields;
    private final List<PolicyRule> policies = new ArrayList<>();
    private final List<RetentionRule> retention = new ArrayList<>();
    private final @Nullable Instant blockedUntil;
    private final Map<String, Instant> policyBlockedUntil = new HashMap<>();

    /** @throws io.narfi.common.ApiException or {@link IllegalArgumentException} if a selector or a time does not parse */
    TenantRules(Limits limits) {
        this.limits = requireNonNull(limits, "limits is null");
        this.lineLevels = new LineLevels(limits.logLevelFields(), limits.logLevelFromJsonMaxDepth());
        for (String name : limits.logLevelFields()) {
            levelRanks.putIfAbsent(name, levelRanks.size());
        }
        this.genericFields = new GenericFields(limits);
        limits.policyStreamMapping().forEach((policy, streams) -> {
            for (Limits.PolicyStream s : streams) {
                policies.add(new PolicyRule(policy, s.priority(), LabelText.parseSelector(s.selector())));
            }
        });
        // The highest priority wins, ties go by name.
        policies.sort(Comparator.comparingInt(PolicyRule::priority).reversed().thenComparing(PolicyRule::policy));
        for (Limits.RetentionStream r : limits.retentionStream()) {
            retention.add(new RetentionRule(r.priority(), r.period(), LabelText.parseSelector(r.selector())));
        }
        retention.sort(Comparator.comparingInt(RetentionRule::priority).reversed());
        blockedUntil = time(limits.blockIngestionUntil());
        limits.blockIngestionPolicyUntil().forEach((policy, until) -> {
            Instant t = time(until);
            if (t != null) {
                policyBlockedUntil.put(policy, t);
            }
        });
    }

    private static @Nullable Instant time(String text) {
        return text.isEmpty() ? null : OffsetDateTime.parse(text).toInstant();
    }

    Limits limits() {
        return limits;
    }

    LineLevels lineLevels() {
        return lineLevels;
    }

    /** Place of a name among those that may hold the level, 0 the first; null if it is none of them. */
    @Nullable Integer levelRank(String name) {
        return levelRanks.get(name);
    }

    GenericFields genericFields() {
        return genericFields;
    }

    boolean detectsLevels() {
        return limits.discoverLogLevels() && limits.allowStructuredMetadata();
    }

    /** The policy that the stream falls under by {@code policy_stream_mapping}, empty for none. */
    String policy(Labels labels) {
        for (PolicyRule rule : policies) {
            if (matches(rule.matchers, labels)) {
                return rule.policy;
            }
        }
        return "";
    }

    /** Whole hours that the stream is kept, as metrics show it; empty without a limit. */
    String retentionHours(Labels labels) {
        long period = limits.retentionPeriod();
        for (RetentionRule rule : retention) {
            if (matches(rule.matchers, labels)) {
                period = rule.period;
                break;
            }
        }
        return period <= 0 ? "" : Long.toString(period / Durations.HOUR);
    }

    private static boolean matches(List<LabelMatcher> matchers, Labels labels) {
        for (LabelMatcher m : matchers) {
            if (!m.matches(labels)) {
                return false;
            }
        }
        return true;
    }

    /** Label names that streams of a policy must have, in configured order. */
    Set<String> enforcedLabels(String policy) {
        Map<String, List<String>> byPolicy = limits.policyEnforcedLabels();
        Set<String> names = new LinkedHashSet<>(limits.enforcedLabels());
        names.addAll(byPolicy.getOrDefault(ANY_POLICY, List.of()));
        if (!policy.isEmpty()) {
            names.addAll(byPolicy.getOrDefault(policy, List.of()));
        }
        return names;
    }

    /** Until when all pushes of the tenant are refused, null if they are not. */
    @Nullable Instant blockedUntil(Instant now) {
        return blockedUntil != null && now.isBefore(blockedUntil) ? blockedUntil : null;
    }

    /** Until when streams of a policy are refused, null if they are not. */
    @Nullable Instant blockedUntil(String policy, Instant now) {
        Instant until = policyBlockedUntil.get(policy.isEmpty() ? ANY_POLICY : policy);
        return until != null && now.isBefore(until) ? until : null;
    }
}
