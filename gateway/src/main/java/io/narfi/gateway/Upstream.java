package io.narfi.gateway;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** One replica: how much it is doing for us, and whether it is well. */
final class Upstream {
    private static final int FAILURES_TO_EJECT = 3;

    private final URI uri;
    private final long ejectionNanos;
    private final long maxEjectionNanos;
    private final LongSupplier clock;
    private final AtomicInteger inflight = new AtomicInteger();
    private volatile boolean ready = true;
    private int failures;
    private int ejections;
    private boolean ejected;
    private long ejectedUntil;

    /** Makes a replica that is thought to be well until it shows otherwise. The clock gives nanoseconds. */
    Upstream(URI uri, Duration ejection, Duration maxEjection, LongSupplier clock) {
        this.uri = requireNonNull(uri, "uri is null");
        this.ejectionNanos = ejection.toNanos();
        this.maxEjectionNanos = maxEjection.toNanos();
        this.clock = requireNonNull(clock, "clock is null");
    }

    URI uri() {
        return uri;
    }

    int inflight() {
        return inflight.get();
    }

    void began() {
        inflight.incrementAndGet();
    }

    void ended() {
        inflight.decrementAndGet();
    }

    /** Whether it should get requests. */
    boolean usable() {
        return ready && !ejected();
    }

    synchronized boolean ejected() {
        if (ejected && clock.getAsLong() - ejectedUntil >= 0) {
            ejected = false;
        }
        return ejected;
    }

    synchronized void succeeded() {
        failures = 0;
        ejections = 0;
        ejected = false;
    }

    /**
     * Counts a failure; true if the replica is ejected by it.
     *
     * @param atOnce nothing listens there: no need to wait for more failures
     */
    synchronized boolean failed(boolean atOnce) {
        failures++;
        if (ejected || (!atOnce && failures < FAILURES_TO_EJECT && ejections == 0)) {
            return false;
        }
        long nanos = Math.min(maxEjectionNanos, ejectionNanos << Math.min(ejections, 20));
        ejections++;
        ejected = true;
        ejectedUntil = clock.getAsLong() + nanos;
        return true;
    }

    /** What {@code /ready} said; a replica that is ready again gets requests at once. */
    void checked(boolean isReady) {
        if (isReady) {
            succeeded();
        }
        ready = isReady;
    }

    @Override
    public String toString() {
        return uri.toString();
    }
}
