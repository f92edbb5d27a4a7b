package io.narfi.storage.s3;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.storage.object.ObjectStoreException;
import io.narfi.storage.object.ObjectStores;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/**
 * Tries a call again after a failure that may pass: a bounded number of times, within the call's time, with exponential pauses of which
 * half is random, and only while a budget that all calls share has tokens. A retry takes one token and a call that needs none gives a
 * tenth back; so when the store is down, calls soon fail at their first try instead of multiplying the load.
 */
final class Retries {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(3);
    private static final int BUDGET_TENTHS = 1000;

    /** One try, with the time that is left of the call. */
    interface Attempt<T> {
        T run(Duration left) throws IOException;
    }

    /** Time, so that tests need not wait. */
    interface Ticker {
        long nanoTime();

        void sleep(Duration duration) throws InterruptedException;

        Ticker SYSTEM = new Ticker() {
            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public void sleep(Duration duration) throws InterruptedException {
                Thread.sleep(duration);
            }
        };
    }

    private final int maxAttempts;
    private final Ticker ticker;
    private final DoubleSupplier random;
    private final MeterRegistry metrics;
    private int budgetTenths = BUDGET_TENTHS;

    Retries(int maxAttempts, MeterRegistry metrics) {
        this(maxAttempts, metrics, Ticker.SYSTEM, () -> ThreadLocalRandom.current().nextDouble());
    }

    Retries(int maxAttempts, MeterRegistry metrics, Ticker ticker, DoubleSupplier random) {
        this.maxAttempts = maxAttempts;
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.ticker = requireNonNull(ticker, "ticker is null");
        this.random = requireNonNull(random, "random is null");
        metrics.gauge("narfi_s3_retry_budget", this, Retries::budget);
    }

    <T> T call(String operation, Duration time, Attempt<T> attempt) throws IOException {
        long deadline = ticker.nanoTime() + time.toNanos();
        for (int tries = 1; ; tries++) {
            try {
                T result = attempt.run(Duration.ofNanos(Math.max(1, deadline - ticker.nanoTime())));
                if (tries == 1) {
                    refund();
                }
                return result;
            } catch (ObjectStoreException e) {
                if (!e.retryable()) {
                    throw e;
                }
                Duration pause = pause(tries);
                String end = end(tries, deadline - ticker.nanoTime() - pause.toNanos());
                if (!end.isEmpty()) {
                    count("narfi_s3_gave_up", operation, end);
                    throw new ObjectStoreException(e.getMessage() + " (tries: " + tries + ", no more: " + end + ")", e, true);
                }
                count("narfi_s3_retries", operation, "retry");
                sleep(operation, pause);
            }
        }
    }

    /** Why there is no further try, or "". */
    private String end(int tries, long nanosLeft) {
        if (tries >= maxAttempts) {
            return "attempts";
        }
        if (nanosLeft <= 0) {
            return "time";
        }
        return take() ? "" : "budget";
    }

    private Duration pause(int tries) {
        double full = Math.min(MAX_PAUSE.toNanos(), FIRST_PAUSE.toNanos() * Math.pow(2, tries - 1));
        return Duration.ofNanos((long) (full / 2 + full / 2 * random.getAsDouble()));
    }

    private void sleep(String operation, Duration pause) throws IOException {
        try {
            ticker.sleep(pause);
        } catch (InterruptedException e) {
            throw ObjectStores.interrupted(operation, e);
        }
    }

    private synchronized boolean take() {
        if (budgetTenths < 10) {
            return false;
        }
        budgetTenths -= 10;
        return true;
    }

    private synchronized void refund() {
        budgetTenths = Math.min(BUDGET_TENTHS, budgetTenths + 1);
    }

    /** Retries that the budget still allows. */
    synchronized double budget() {
        return budgetTenths / 10.0;
    }

    private void count(String name, String operation, String reason) {
        metrics.counter(name, "operation", operation, "reason", reason).increment();
    }
}
