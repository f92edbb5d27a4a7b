package io.narfi.storage;

import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import java.util.List;

/**
 * Which streams a reader wants: those of a tenant that pass every matcher, have rows in {@code [from, to)} (nanoseconds) and whose {@link
 * Labels#stableHash()} lies, as an unsigned number, in {@code [minHash, maxHash]}.
 */
public record Selection(String tenant, List<LabelMatcher> matchers, long from, long to, long minHash, long maxHash) {
    public Selection {
        matchers = List.copyOf(matchers);
    }

    /** All streams of a tenant, at any time. */
    public static Selection everything(String tenant) {
        return new Selection(tenant, List.of(), Long.MIN_VALUE, Long.MAX_VALUE, 0, -1);
    }

    public boolean matches(Labels labels) {
        long h = labels.stableHash();
        if (Long.compareUnsigned(h, minHash) < 0 || Long.compareUnsigned(h, maxHash) > 0) {
            return false;
        }
        for (LabelMatcher m : matchers) {
            if (!m.matches(labels)) {
                return false;
            }
        }
        return true;
    }
}
