package io.narfi.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ParallelTest {
    private static final List<Integer> NUMBERS = IntStream.range(0, 100).boxed().toList();

    @Test
    void keepsTheOrderAndTheBound() throws IOException {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Integer> squares = Parallel.map(NUMBERS, 4, i -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            LockSupport.parkNanos(1000);
            running.decrementAndGet();
            return i * i;
        });
        assertThat(squares).isEqualTo(NUMBERS.stream().map(i -> i * i).toList());
        assertThat(most.get()).isBetween(1, 4);
    }

    @Test
    void theFirstFailureStopsTheRest() {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger interrupted = new AtomicInteger();
        assertThatThrownBy(() -> Parallel.map(NUMBERS, 3, i -> {
                    if (i == 2) {
                        throw new IOException("number 2");
                    }
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        interrupted.incrementAndGet();
                        throw new InterruptedIOException();
                    }
                    return i;
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("number 2");
        assertThat(interrupted.get()).isEqualTo(2);
    }

    @Test
    void anInterruptedCallerStopsAll() throws Exception {
        CountDownLatch started = new CountDownLatch(2);
        CountDownLatch never = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                Parallel.map(NUMBERS, 2, i -> {
                    started.countDown();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        throw new InterruptedIOException();
                    }
                    return i;
                });
            } catch (Throwable e) {
                thrown.set(e);
            }
        });
        started.await();
        caller.interrupt();
        caller.join();
        assertThat(thrown.get()).isInstanceOf(InterruptedIOException.class);
    }
}
