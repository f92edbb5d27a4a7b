package io.narfi.querier.discover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CardinalityTest {
    private static Cardinality of(int from, int to) {
        Cardinality c = new Cardinality();
        for (int i = from; i < to; i++) {
            c.add("value-" + i);
            c.add("value-" + i);
        }
        return c;
    }

    @Test
    void countsFewExactly() {
        assertThat(of(0, 0).estimate()).isZero();
        assertThat(of(0, Cardinality.EXACT).estimate()).isEqualTo(Cardinality.EXACT);
    }

    /** Five times the standard error of 0.8 %. */
    @ParameterizedTest
    @ValueSource(ints = {Cardinality.EXACT + 1, 3_000, 30_000, 300_000})
    void estimatesMany(int values) {
        assertThat(of(0, values).estimate()).isCloseTo(values, withinPercentage(4));
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 400, 5_000})
    void mergesToWhatOneWouldHaveSeen(int values) {
        Cardinality merged = of(0, values);
        merged.addAll(of(values / 2, 2 * values));
        merged.addAll(of(0, 3));
        assertThat(merged.estimate()).isEqualTo(of(0, 2 * values).estimate());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 5_000})
    void survivesTheWire(int values) {
        Cardinality c = of(0, values);
        Cardinality read = Cardinality.of(c.hashes(), c.registers());
        assertThat(read.estimate()).isEqualTo(c.estimate());
        read.addAll(of(0, values));
        assertThat(read.estimate()).isEqualTo(c.estimate());
    }

    @Test
    void refusesRegistersOfAnotherSize() {
        assertThatThrownBy(() -> Cardinality.of(List.of(), new byte[5])).hasMessage("5 registers");
    }
}
