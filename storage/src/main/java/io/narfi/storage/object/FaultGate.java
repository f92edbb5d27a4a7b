package io.narfi.storage.object;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Holds calls up until a test lets them go; so a test orders what happens without sleeping. */
public final class FaultGate {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean open;
    private int arrived;

    /** Lets all go, also those who come later. */
    public void open() {
        lock.lock();
        try {
            open = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Holds those who come from now on. */
    public void close() {
        lock.lock();
        try {
            open = false;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until so many calls in all have come to the gate; false if they did not within the deadline. */
    public boolean awaitArrivals(int count, Duration deadline) throws InterruptedException {
        lock.lock();
        try {
            long nanos = deadline.toNanos();
            while (arrived < count) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = changed.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** How many calls have come so far, held up or not. */
    public int arrivals() {
        lock.lock();
        try {
            return arrived;
        } finally {
            lock.unlock();
        }
    }

    void pass() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            arrived++;
            changed.signalAll();
            while (!open) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }
}
