package io.narfi.querier.discover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BucketsTest {
    @Test
    void cutsAtMultiplesOfTheStep() {
        Buckets b = new Buckets(25, 60, 10);
        assertThat(b.count()).isEqualTo(4);
        assertThat(b.of(25)).isZero();
        assertThat(b.of(29)).isZero();
        assertThat(b.of(30)).isEqualTo(1);
        assertThat(b.of(59)).isEqualTo(3);
        // The end, though it is a multiple, is no bucket of its own.
        assertThat(b.of(60)).isEqualTo(3);
        assertThat(b.last(0)).isEqualTo(29);
        assertThat(b.last(3)).isEqualTo(60);
    }

    @Test
    void aMomentIsABucket() {
        assertThat(new Buckets(60, 60, 10).count()).isEqualTo(1);
        assertThat(Buckets.single(-5, 60).count()).isEqualTo(1);
        assertThat(Buckets.single(-5, 60).last(0)).isEqualTo(60);
        assertThatThrownBy(() -> new Buckets(2, 1, 10)).isInstanceOf(IllegalArgumentException.class);
    }
}
