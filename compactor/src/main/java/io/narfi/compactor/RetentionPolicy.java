package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.storage.block.BlockMeta;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A tenant's {@code retention_period} and {@code retention_stream} rules.
 *
 * <p>A stream's <i>retention class</i> is the period of the rule that wins for it, in seconds, or 0 if none matches. It is decided when its
 * rows go into a block, and a block holds one class. So a changed rule holds for what comes after, while a changed {@code
 * retention_period} takes effect on all blocks of class 0.
 *
 * @param defaultSeconds for streams that no rule matches; 0: they stay for ever
 * @param maxBytes how large all blocks of the tenant may be together ({@code retention_size}); 0: any size
 * @param deletes whether delete requests remove rows, and do not only hide them ({@code deletion_mode})
 */
public record RetentionPolicy(long defaultSeconds, List<Rule> rules, long maxBytes, boolean deletes) {
    public static final RetentionPolicy KEEP = new RetentionPolicy(0, List.of());

    /** Of any size, and deletes remove rows. */
    public RetentionPolicy(long defaultSeconds, List<Rule> rules) {
        this(defaultSeconds, rules, 0, true);
    }

    /**
     * @param matchers a stream selector; all must match
     * @param priority the rule with the highest wins; of equal ones, that with the shorter period
     * @param seconds the period, 1 or more
     */
    public record Rule(List<LabelMatcher> matchers, int priority, long seconds) {
        public Rule {
            matchers = List.copyOf(matchers);
            if (seconds < 1) {
                throw new IllegalArgumentException("period out of range: " + seconds + " s");
            }
        }

        private boolean matches(Labels labels) {
            for (LabelMatcher m : matchers) {
                if (!m.matches(labels)) {
                    return false;
                }
            }
            return true;
        }

        private boolean beats(Rule other) {
            return priority != other.priority ? priority > other.priority : seconds < other.seconds;
        }
    }

    public RetentionPolicy {
        if (defaultSeconds < 0) {
            throw new IllegalArgumentException("period out of range: " + defaultSeconds + " s");
        }
        if (maxBytes < 0) {
            throw new IllegalArgumentException("size out of range: " + maxBytes + " bytes");
        }
        rules = List.copyOf(rules);
    }

    /** The retention class of a stream, in seconds. */
    public long classOf(Labels labels) {
        Rule winner = null;
        for (Rule rule : rules) {
            if (rule.matches(labels) && (winner == null || rule.beats(requireNonNull(winner)))) {
                winner = rule;
            }
        }
        return winner == null ? 0 : winner.seconds;
    }

    /** Whether the last row of a block is older than the block's period. */
    public boolean isExpired(BlockMeta block, long nowMillis) {
        long seconds = block.retentionSeconds() != 0 ? block.retentionSeconds() : defaultSeconds;
        return seconds != 0 && TimeUnit.NANOSECONDS.toMillis(block.maxTime()) < nowMillis - TimeUnit.SECONDS.toMillis(seconds);
    }
}
