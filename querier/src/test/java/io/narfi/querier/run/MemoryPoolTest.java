package io.narfi.querier.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.querier.run.MemoryPool.Budget;
import org.junit.jupiter.api.Test;

class MemoryPoolTest {
    @Test
    void endsTheQueryThatWantsTooMuch() {
        MemoryPool pool = new MemoryPool(1000, 600);
        try (Budget greedy = pool.open();
                Budget modest = pool.open()) {
            greedy.reserve(600);
            assertThatThrownBy(() -> greedy.reserve(1))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(400))
                    .hasMessageContaining("more memory than a single query may use (limit: 600 B)");
            modest.reserve(400);
            assertThat(pool.used()).isEqualTo(1000);
            greedy.release(100);
            greedy.reserve(50);
            assertThat(greedy.held()).isEqualTo(550);
            assertThat(greedy.peak()).isEqualTo(600);
        }
        assertThat(pool.used()).isZero();
    }

    @Test
    void refusesWhenAllQueriesTogetherUseAllMemory() {
        MemoryPool pool = new MemoryPool(1000, 800);
        try (Budget a = pool.open();
                Budget b = pool.open()) {
            a.reserve(700);
            assertThatThrownBy(() -> b.reserve(301))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(503));
            b.reserve(300);
        }
        assertThat(pool.used()).isZero();
    }
}
