package io.narfi.ingester.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class MemoryBudgetTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void refusesAtOnceAndTakesAgainWhenGivenBack() {
        MemoryBudget budget = new MemoryBudget(100, 80, registry);
        MemoryBudget.Lease first = budget.open();
        first.reserve(80);
        assertThat(first.held()).isEqualTo(80);
        try (MemoryBudget.Lease second = budget.open()) {
            second.reserve(20);
            assertThatThrownBy(() -> second.reserve(1))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(503));
            first.release(1);
            second.reserve(1);
            assertThat(budget.used()).isEqualTo(100);
        }
        assertThat(budget.used()).isEqualTo(79);
        first.close();
        assertThat(budget.used()).isZero();
        assertThat(registry.get("narfi_ingester_memory_refused_total").tag("reason", "budget").counter().count()).isEqualTo(1);
    }

    @Test
    void whatNeverFitsIsNotToBeRetried() {
        MemoryBudget budget = new MemoryBudget(100, 80, registry);
        try (MemoryBudget.Lease lease = budget.open()) {
            assertThatThrownBy(() -> lease.reserve(81))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(413));
            assertThatThrownBy(() -> lease.reserve(Long.MAX_VALUE))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(413));
            assertThatThrownBy(() -> lease.reserve(-1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> lease.release(1)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(registry.get("narfi_ingester_memory_refused_total").tag("reason", "push_too_large").counter().count()).isEqualTo(2);
    }

    @Test
    void manyThreadsNeverHoldMore() throws Exception {
        MemoryBudget budget = new MemoryBudget(1000, 1000, registry);
        AtomicLong most = new AtomicLong();
        CountDownLatch start = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                Random random = new Random(t);
                all.add(threads.submit(() -> {
                    start.await();
                    for (int i = 0; i < 2000; i++) {
                        try (MemoryBudget.Lease lease = budget.open()) {
                            lease.reserve(random.nextInt(400));
                            most.accumulateAndGet(budget.used(), Math::max);
                        } catch (ApiException e) {
                            assertThat(e.status()).isEqualTo(503);
                        }
                    }
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> f : all) {
                f.get();
            }
        }
        assertThat(most.get()).isLessThanOrEqualTo(1000);
        assertThat(budget.used()).isZero();
    }
}
