package io.narfi.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.object.ObjectStoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RetriesTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static final class FakeTicker implements Retries.Ticker {
        private long now = Long.MAX_VALUE - Duration.ofSeconds(1).toNanos();
        private final List<Duration> pauses = new ArrayList<>();

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            pauses.add(duration);
            now += duration.toNanos();
        }
    }

    private final FakeTicker ticker = new FakeTicker();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private int tries;

    @Test
    void pausesGrowToABoundAndAreHalfRandom() {
        assertThatThrownBy(() -> retries(10, 1).call("op", Duration.ofHours(1), this::fail)).isInstanceOf(ObjectStoreException.class);
        assertThat(tries).isEqualTo(10);
        assertThat(ticker.pauses).extracting(Duration::toMillis).containsExactly(50L, 100L, 200L, 400L, 800L, 1600L, 3000L, 3000L, 3000L);
        ticker.pauses.clear();
        assertThatThrownBy(() -> retries(3, 0).call("op", Duration.ofHours(1), this::fail)).isInstanceOf(ObjectStoreException.class);
        assertThat(ticker.pauses).extracting(Duration::toMillis).containsExactly(25L, 50L);
    }

    @Test
    void theTimeOfACallBoundsItsTries() {
        List<Duration> left = new ArrayList<>();
        assertThatThrownBy(() -> retries(100, 1).call("op", Duration.ofSeconds(1), time -> {
                    left.add(time);
                    return fail(time);
                }))
                .hasMessageContaining("time");
        assertThat(ticker.pauses).extracting(Duration::toMillis).containsExactly(50L, 100L, 200L, 400L);
        assertThat(left).extracting(Duration::toMillis).containsExactly(1000L, 950L, 850L, 650L, 250L);
    }

    @Test
    void allCallsShareABudgetThatGoodCallsRefill() throws IOException {
        Retries retries = retries(2, 0);
        for (int i = 0; i < 100; i++) {
            assertThatThrownBy(() -> retries.call("op", MINUTE, this::fail)).hasMessageContaining("attempts");
        }
        assertThat(tries).isEqualTo(200);
        assertThatThrownBy(() -> retries.call("op", MINUTE, this::fail)).hasMessageContaining("budget");
        assertThat(tries).isEqualTo(201);
        for (int i = 0; i < 10; i++) {
            assertThat(retries.<String>call("op", MINUTE, left -> "fine")).isEqualTo("fine");
        }
        assertThat(retries.budget()).isEqualTo(1);
        assertThatThrownBy(() -> retries.call("op", MINUTE, this::fail)).hasMessageContaining("attempts");
        assertThat(tries).isEqualTo(203);
        for (int i = 0; i < 2000; i++) {
            retries.call("op", MINUTE, left -> "fine");
        }
        assertThat(retries.budget()).isEqualTo(100);
        assertThat(metrics.get("narfi_s3_gave_up").tags("reason", "budget").counter().count()).isEqualTo(1);
    }

    @Test
    void whatMayNotPassIsNotTriedAgain() {
        assertThatThrownBy(() -> retries(5, 1).call("op", MINUTE, left -> {
                    tries++;
                    throw new ObjectStoreException("no", null, false);
                }))
                .hasMessage("no");
        assertThat(tries).isEqualTo(1);
    }

    @Test
    void anInterruptEndsAPause() {
        assertThatThrownBy(() -> retries(5, 1).call("op", MINUTE, left -> {
                    Thread.currentThread().interrupt();
                    return fail(left);
                }))
                .isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    private String fail(Duration left) throws IOException {
        tries++;
        throw new ObjectStoreException("down", null, true);
    }

    private Retries retries(int attempts, double random) {
        return new Retries(attempts, metrics, ticker, () -> random);
    }
}
