package io.narfi.storage.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.storage.object.ObjectStoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SharedCallTest {
    @Test
    void failuresComeWithTheirKind() {
        SharedCall<String> call = new SharedCall<>("thing", () -> {
            throw new ObjectStoreException("no answer", null, true);
        });
        assertThatThrownBy(call::get)
                .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isTrue())
                .hasMessage("thing failed: no answer");
        SharedCall<String> bug = new SharedCall<>("thing", () -> {
            throw new IllegalArgumentException("bug");
        });
        assertThatThrownBy(bug::get).isInstanceOf(IllegalStateException.class).hasRootCauseMessage("bug");
    }

    @Test
    void aFailureIsNotForTheNextCaller() throws IOException {
        AtomicInteger calls = new AtomicInteger();
        SharedCall<Integer> call = new SharedCall<>("thing", () -> {
            int n = calls.incrementAndGet();
            if (n == 1) {
                throw new IOException("first");
            }
            return n;
        });
        assertThatThrownBy(call::get).isInstanceOf(IOException.class);
        assertThat(call.get()).isEqualTo(2);
        assertThat(call.get()).isEqualTo(3);
    }

    @Test
    void anInterruptedCallerDisturbsNobody() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        SharedCall<String> call = new SharedCall<>("thing", () -> {
            running.countDown();
            try {
                finish.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
            return "done";
        });
        AtomicReference<Object> first = new AtomicReference<>();
        AtomicReference<Object> second = new AtomicReference<>();
        Thread a = Thread.ofVirtual().start(() -> first.set(outcome(call)));
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
        Thread b = Thread.ofVirtual().start(() -> second.set(outcome(call)));
        a.interrupt();
        a.join();
        assertThat(first.get()).isInstanceOf(InterruptedIOException.class);
        finish.countDown();
        b.join();
        assertThat(second.get()).isEqualTo("done");
    }

    private static Object outcome(SharedCall<String> call) {
        try {
            return call.get();
        } catch (IOException e) {
            return e;
        }
    }
}
