package io.narfi.querier.run;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets a fixed number through at a time. Who has to wait stands in the queue of its tenant; the queues are served in turn, so that a
 * tenant with a thousand waiting waits for itself, not others for it.
 */
public final class FairGate {
    /** A place inside; closing it lets the next one in. Closing twice is harmless. */
    public final class Permit implements AutoCloseable {
        private boolean open = true;

        private Permit() {}

        @Override
        public void close() {
            lock.lock();
            try {
                if (open) {
                    open = false;
                    leave();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private static final class Waiter {
        private final Condition granted;
        private boolean inside;

        private Waiter(Condition granted) {
            this.granted = granted;
        }
    }

    private final int permits;
    private final int maxWaitingPerTenant;
    private final ReentrantLock lock = new ReentrantLock();
    /** Tenants with someone waiting, the next to be served first. */
    private final Map<String, ArrayDeque<Waiter>> queues = new LinkedHashMap<>();
    private int inside;
    private int waiting;

    /**
     * @param permits how many are let in at once, 1 or more
     * @param maxWaitingPerTenant how many of one tenant may wait; one more is refused
     */
    public FairGate(int permits, int maxWaitingPerTenant) {
        if (permits < 1 || maxWaitingPerTenant < 0) {
            throw new IllegalArgumentException("permits " + permits + ", maxWaitingPerTenant " + maxWaitingPerTenant);
        }
        this.permits = permits;
        this.maxWaitingPerTenant = maxWaitingPerTenant;
    }

    /**
     * Waits for a place.
     *
     * @param deadline in the time of {@link System#nanoTime}
     * @throws ApiException 429 if too many of the tenant wait, 504 at the deadline
     */
    public Permit enter(String tenant, long deadline) throws InterruptedException {
        requireNonNull(tenant, "tenant is null");
        lock.lockInterruptibly();
        try {
            if (inside < permits && waiting == 0) {
                inside++;
                return new Permit();
            }
            ArrayDeque<Waiter> queue = queues.computeIfAbsent(tenant, k -> new ArrayDeque<>());
            if (queue.size() >= maxWaitingPerTenant) {
                if (queue.isEmpty()) {
                    queues.remove(tenant);
                }
                throw new ApiException(429, "too many outstanding requests");
            }
            Waiter waiter = new Waiter(lock.newCondition());
            queue.addLast(waiter);
            waiting++;
            return await(tenant, waiter, deadline);
        } finally {
            lock.unlock();
        }
    }

    private Permit await(String tenant, Waiter waiter, long deadline) throws InterruptedException {
        boolean done = false;
        try {
            while (!waiter.inside) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw QueryContext.timedOut();
                }
                var _ = waiter.granted.awaitNanos(Math.min(left, TimeUnit.HOURS.toNanos(1)));
            }
            done = true;
            return new Permit();
        } finally {
            if (!done) {
                if (waiter.inside) {
                    leave();
                } else {
                    waiting--;
                    ArrayDeque<Waiter> queue = requireNonNull(queues.get(tenant), "queue is null");
                    queue.remove(waiter);
                    if (queue.isEmpty()) {
                        queues.remove(tenant);
                    }
                }
            }
        }
    }

    /** Gives the place to the first of the tenant whose turn it is; under the lock. */
    private void leave() {
        var first = queues.entrySet().iterator();
        if (!first.hasNext()) {
            inside--;
            return;
        }
        Map.Entry<String, ArrayDeque<Waiter>> entry = first.next();
        String tenant = entry.getKey();
        ArrayDeque<Waiter> queue = entry.getValue();
        first.remove();
        Waiter next = queue.removeFirst();
        if (!queue.isEmpty()) {
            queues.put(tenant, queue);
        }
        waiting--;
        next.inside = true;
        next.granted.signal();
    }

    /** How many are inside. */
    public int inside() {
        lock.lock();
        try {
            return inside;
        } finally {
            lock.unlock();
        }
    }

    /** How many wait. */
    public int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }
}
