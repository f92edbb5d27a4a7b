package io.narfi.ingester.validate;

import io.narfi.common.Limits;

/** What is remembered of a tenant between pushes. */
@SuppressWarnings("ReferenceEquality") // limits are read anew as a whole
final class TenantState {
    private final TokenBucket rate = new TokenBucket();
    private final ActiveStreams streams;
    private volatile TenantRules rules;

    TenantState(Limits limits, ActiveStreams streams) {
        this.rules = new TenantRules(limits);
        this.streams = streams;
    }

    TokenBucket rate() {
        return rate;
    }

    ActiveStreams streams() {
        return streams;
    }

    /** The rules that follow from the limits in force; made anew when those changed. */
    TenantRules rules(Limits limits) {
        TenantRules current = rules;
        if (current.limits() != limits) {
            current = new TenantRules(limits);
            rules = current;
        }
        return current;
    }
}
