package io.narfi.compactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.compactor.RetentionPolicy.Rule;
import io.narfi.storage.block.BlockMeta;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetentionPolicyTest {
    private static final long DAY = 86_400;

    private static Rule rule(String name, String value, int priority, long seconds) {
        return new Rule(List.of(new LabelMatcher(name, LabelMatcher.Op.EQUAL, value)), priority, seconds);
    }

    @Test
    void theRuleOfTheHighestPriorityWins() {
        RetentionPolicy policy = new RetentionPolicy(
                30 * DAY, List.of(rule("env", "dev", 1, DAY), rule("app", "audit", 5, 365 * DAY), rule("app", "debug", 1, 2 * DAY)));
        assertThat(policy.classOf(Labels.of("env", "prod"))).isZero();
        assertThat(policy.classOf(Labels.of("env", "dev"))).isEqualTo(DAY);
        assertThat(policy.classOf(Labels.of("env", "dev", "app", "audit"))).isEqualTo(365 * DAY);
        assertThat(policy.classOf(Labels.of("env", "dev", "app", "debug"))).as("the shorter of equal ones").isEqualTo(DAY);
    }

    @Test
    void aBlockExpiresWithItsLastRow() {
        long lastRow = 20_000 * DAY;
        BlockMeta plain = block(lastRow, 0);
        BlockMeta shorter = block(lastRow, DAY);
        RetentionPolicy policy = new RetentionPolicy(30 * DAY, List.of());
        assertThat(policy.isExpired(plain, (lastRow + 30 * DAY) * 1000)).isFalse();
        assertThat(policy.isExpired(plain, (lastRow + 30 * DAY) * 1000 + 1)).isTrue();
        assertThat(policy.isExpired(shorter, (lastRow + DAY) * 1000 + 1)).isTrue();
        assertThat(RetentionPolicy.KEEP.isExpired(plain, Long.MAX_VALUE)).isFalse();
        assertThat(RetentionPolicy.KEEP.isExpired(shorter, (lastRow + DAY) * 1000 + 1)).as("its rule still holds").isTrue();
    }

    private static BlockMeta block(long lastSecond, long retention) {
        long nanos = lastSecond * 1_000_000_000;
        return new BlockMeta("t", "x", LocalDate.ofEpochDay(20_000), 1, nanos - 5, nanos, 1, 1, 0, 1, 10, 5, retention);
    }

    @Test
    void refusesPeriodsThatAreNone() {
        assertThatThrownBy(() -> rule("a", "b", 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RetentionPolicy(-1, List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
