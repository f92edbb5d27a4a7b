package io.narfi.querier.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class GoFloatTest {
    @Test
    void formatsLikeGo() {
        assertThat(GoFloat.format(0)).isEqualTo("0");
        assertThat(GoFloat.format(-0.0)).isEqualTo("-0");
        assertThat(GoFloat.format(12)).isEqualTo("12");
        assertThat(GoFloat.format(-1.5)).isEqualTo("-1.5");
        assertThat(GoFloat.format(0.006666666666666667)).isEqualTo("0.006666666666666667");
        assertThat(GoFloat.format(1e21)).isEqualTo("1000000000000000000000");
        assertThat(GoFloat.format(1e-7)).isEqualTo("0.0000001");
        assertThat(GoFloat.format(1.7976931348623157e308)).startsWith("17976931348623157").hasSize(309);
        assertThat(GoFloat.format(Double.MIN_VALUE)).isEqualTo("0." + "0".repeat(323) + "5");
        assertThat(GoFloat.format(Double.NaN)).isEqualTo("NaN");
        assertThat(GoFloat.format(Double.POSITIVE_INFINITY)).isEqualTo("+Inf");
        assertThat(GoFloat.format(Double.NEGATIVE_INFINITY)).isEqualTo("-Inf");
    }

    @Test
    void readsBackAsTheSameNumber() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            double v = Double.longBitsToDouble(random.nextLong());
            if (!Double.isFinite(v)) {
                continue;
            }
            String text = GoFloat.format(v);
            assertThat(Double.parseDouble(text)).as("seed %d", seed).isEqualTo(v);
            assertThat(text).as("seed %d", seed).doesNotContain("E").doesNotContain("e");
        }
    }

    @Test
    void writesSeconds() {
        assertThat(GoFloat.seconds(1_700_000_000_000L)).isEqualTo("1700000000");
        assertThat(GoFloat.seconds(1_700_000_000_500L)).isEqualTo("1700000000.5");
        assertThat(GoFloat.seconds(1_700_000_000_120L)).isEqualTo("1700000000.12");
        assertThat(GoFloat.seconds(1_700_000_000_123L)).isEqualTo("1700000000.123");
        assertThat(GoFloat.seconds(7)).isEqualTo("0.007");
        assertThat(GoFloat.seconds(-1500)).isEqualTo("-1.5");
        assertThat(GoFloat.seconds(-500)).isEqualTo("-0.5");
    }

    @Test
    void cutsAfterSixDecimals() {
        assertThat(GoFloat.formatSixDecimals(0)).isEqualTo("0");
        assertThat(GoFloat.formatSixDecimals(0.00123456789)).isEqualTo("0.001235");
        assertThat(GoFloat.formatSixDecimals(1e-9)).isEqualTo("0");
        assertThat(GoFloat.formatSixDecimals(12.5)).isEqualTo("12.5");
    }
}
