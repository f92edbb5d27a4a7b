package io.narfi.querier.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.querier.Eventually;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkerPoolTest {
    private final MemoryPool memory = new MemoryPool(1000, 1000);

    @Test
    void givesResultsAndFailuresBack() throws Exception {
        try (WorkerPool pool = new WorkerPool(2, 10)) {
            assertThat(pool.run(context(), () -> Thread.currentThread().isVirtual())).isFalse();
            assertThatThrownBy(() -> pool.run(context(), () -> {
                        throw new IOException("broken");
                    }))
                    .isInstanceOf(IOException.class)
                    .hasMessage("broken");
            assertThat(pool.running()).isZero();
        }
    }

    @Test
    void stopsTheWorkerOfAnInterruptedCaller() throws Exception {
        try (WorkerPool pool = new WorkerPool(1, 10)) {
            CountDownLatch started = new CountDownLatch(1);
            AtomicBoolean stopped = new AtomicBoolean();
            QueryContext context = context();
            AtomicReference<@Nullable Exception> outcome = new AtomicReference<>();
            Thread caller = Thread.startVirtualThread(() -> {
                try {
                    pool.run(context, () -> {
                        started.countDown();
                        try {
                            while (true) {
                                context.check();
                                Thread.onSpinWait();
                            }
                        } finally {
                            stopped.set(true);
                        }
                    });
                } catch (Exception e) {
                    outcome.set(e);
                }
            });
            started.await();
            caller.interrupt();
            caller.join();
            assertThat(stopped).isTrue();
            assertThat(outcome.get()).isInstanceOf(InterruptedException.class);
            Eventually.until("the place is free", () -> pool.running() == 0);
            // The interrupt was meant for that task alone.
            assertThat(pool.run(context(), () -> Thread.currentThread().isInterrupted())).isFalse();
        }
    }

    @Test
    void endsAtTheDeadlineOfTheQuery() throws Exception {
        try (WorkerPool pool = new WorkerPool(1, 10)) {
            QueryContext late = new QueryContext("a", System.nanoTime() + 20_000_000, memory.open());
            assertThatThrownBy(() -> pool.run(late, () -> {
                        while (true) {
                            late.check();
                            Thread.onSpinWait();
                        }
                    }))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(504))
                    .hasMessageStartingWith("request timed out, decrease the duration of the request");
        }
    }

    private QueryContext context() {
        return new QueryContext("a", System.nanoTime() + 60_000_000_000L, memory.open());
    }
}
