package io.narfi.gateway;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a few tasks again and again on one thread, each at its interval. A task that fails is logged and runs again. */
final class Upkeep {
    private static final Logger logger = LoggerFactory.getLogger(Upkeep.class);

    /** A task and its interval. */
    record Task(String name, Duration interval, Work work) {}

    /** What a task does; may block. */
    @FunctionalInterface
    interface Work {
        void run() throws InterruptedException;
    }

    private final List<Task> tasks;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stop = lock.newCondition();
    private boolean stopped;
    private @Nullable Thread thread;

    Upkeep(List<Task> tasks) {
        this.tasks = List.copyOf(requireNonNull(tasks, "tasks is null"));
    }

    void start() {
        thread = Thread.ofVirtual().name("gateway-upkeep").start(this::run);
    }

    void stop() throws InterruptedException {
        lock.lock();
        try {
            stopped = true;
            stop.signalAll();
        } finally {
            lock.unlock();
        }
        if (thread != null) {
            thread.interrupt();
            thread.join();
        }
    }

    private void run() {
        long[] due = new long[tasks.size()];
        long start = System.nanoTime();
        for (int i = 0; i < due.length; i++) {
            due[i] = start + tasks.get(i).interval().toNanos();
        }
        try {
            while (waitFor(due)) {
                for (int i = 0; i < due.length; i++) {
                    if (System.nanoTime() - due[i] >= 0) {
                        run(tasks.get(i));
                        due[i] = System.nanoTime() + tasks.get(i).interval().toNanos();
                    }
                }
            }
        } catch (InterruptedException e) {
            // The end of the gateway.
            Thread.currentThread().interrupt();
        }
    }

    private static void run(Task task) throws InterruptedException {
        try {
            task.work().run();
        } catch (RuntimeException e) {
            logger.error("upkeep failed task={}", task.name(), e);
        }
    }

    /** Waits for the next task; false if stopped. */
    private boolean waitFor(long[] due) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!stopped) {
                long now = System.nanoTime();
                long wait = Long.MAX_VALUE;
                for (long d : due) {
                    wait = Math.min(wait, d - now);
                }
                if (wait <= 0) {
                    return true;
                }
                stop.awaitNanos(wait);
            }
            return false;
        } finally {
            lock.unlock();
        }
    }
}
