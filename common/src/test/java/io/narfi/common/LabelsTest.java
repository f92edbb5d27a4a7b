package io.narfi.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LabelsTest {
    @Test
    void sortsByName() {
        Labels labels = Labels.of("b", "2", "a", "1");
        assertThat(labels.name(0)).isEqualTo("a");
        assertThat(labels.get("b")).isEqualTo("2");
        assertThat(labels.get("c")).isNull();
        assertThat(labels.toMap()).isEqualTo(Map.of("a", "1", "b", "2"));
        assertThat(labels).isEqualTo(Labels.of(Map.of("a", "1", "b", "2")));
    }

    @Test
    void printsLikeLoki() {
        assertThat(Labels.of("b", "x\"y\\", "a", "\n\u0001é\u200b").toString()).isEqualTo("{a=\"\\n\\x01é\\u200b\", b=\"x\\\"y\\\\\"}");
        assertThat(Labels.of("a.b", "1").toString()).isEqualTo("{\"a.b\"=\"1\"}");
        assertThat(Labels.EMPTY.toString()).isEqualTo("{}");
    }

    @Test
    void ordersPairByPair() {
        assertThat(Labels.of("a", "1")).isLessThan(Labels.of("a", "1", "b", "1"));
        assertThat(Labels.of("a", "1", "b", "1")).isLessThan(Labels.of("a", "2"));
    }

    @Test
    void stableHashNeverChanges() {
        assertThat(Labels.of("app", "x", "env", "prod").stableHash()).isEqualTo(Labels.of("env", "prod", "app", "x").stableHash());
        assertThat(Labels.EMPTY.stableHash()).isNotZero();
    }

    @Test
    void refusesDuplicates() {
        assertThatThrownBy(() -> Labels.of("a", "1", "a", "2")).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("a");
        assertThatThrownBy(() -> Labels.ofSorted(new String[] {"b", "1", "a", "2"})).isInstanceOf(IllegalArgumentException.class);
    }
}
