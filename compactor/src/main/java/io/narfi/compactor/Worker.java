package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.narfi.storage.catalog.CatalogLostException;
import io.narfi.storage.catalog.CommitConflictException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that does one kind of work again and again while it holds the lease for it. */
final class Worker {
    private static final Logger log = LoggerFactory.getLogger(Worker.class);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

    /** The work. */
    @FunctionalInterface
    interface Job {
        /** One step; whether to go on at once. */
        boolean step(long leaseEpoch, Progress progress) throws IOException;
    }

    /** What to do about a catalog that is gone. */
    @FunctionalInterface
    interface Recovery {
        void recover() throws IOException;
    }

    private final String name;
    private final LeaseKeeper lease;
    private final Duration interval;
    private final Job job;
    private final Recovery recovery;
    private final Counter failures;

    /** Held while a step runs, so that steps that are asked for from outside do not run beside it. */
    private final ReentrantLock working = new ReentrantLock();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stopped = lock.newCondition();
    private volatile boolean stopping;
    private @Nullable Thread thread;

    Worker(String name, LeaseKeeper lease, Duration interval, Job job, Recovery recovery, Counter failures) {
        this.name = requireNonNull(name, "name is null");
        this.lease = requireNonNull(lease, "lease is null");
        this.interval = requireNonNull(interval, "interval is null");
        this.job = requireNonNull(job, "job is null");
        this.recovery = requireNonNull(recovery, "recovery is null");
        this.failures = requireNonNull(failures, "failures is null");
    }

    void start() {
        thread = Thread.ofPlatform().name("compactor-" + name).start(this::loop);
    }

    /** Gives up what runs before its commit, or lets the commit end, and gives the lease back. */
    void stop() throws InterruptedException {
        lock.lock();
        try {
            stopping = true;
            stopped.signalAll();
        } finally {
            lock.unlock();
        }
        Thread t = thread;
        if (t != null && !t.join(STOP_PATIENCE)) {
            t.interrupt();
            t.join();
        }
    }

    /** Does steps of a job like this worker's, now and in this thread, until there is nothing more to do; needs no lease. */
    void runNow(Job now) throws IOException {
        working.lock();
        try {
            boolean more = true;
            while (more) {
                try {
                    more = now.step(0, Progress.UNBOUNDED);
                } catch (CommitConflictException e) {
                    log.info("another compactor was faster, looking again work={}", name, e);
                } catch (CatalogLostException e) {
                    recovery.recover();
                }
            }
        } finally {
            working.unlock();
        }
    }

    private void loop() {
        while (!stopping) {
            boolean more = false;
            try {
                more = step();
            } catch (AbandonedException e) {
                log.info("gave up work={} reason=\"{}\"", name, e.getMessage());
            } catch (CommitConflictException e) {
                log.info("another compactor was faster work={}", name, e);
                more = true;
            } catch (InterruptedIOException e) {
                log.info("interrupted work={}", name, e);
            } catch (CatalogLostException e) {
                more = recovered(e);
            } catch (IOException | RuntimeException e) {
                failures.increment();
                log.error("failed, will try again work={}", name, e);
            }
            if (!more) {
                pause();
            }
        }
        lease.release();
    }

    private boolean recovered(CatalogLostException lost) {
        try {
            recovery.recover();
            return true;
        } catch (IOException | RuntimeException e) {
            failures.increment();
            e.addSuppressed(lost);
            log.error("cannot make the catalog anew, will try again work={}", name, e);
            return false;
        }
    }

    private boolean step() throws IOException {
        OptionalLong epoch = lease.hold();
        if (epoch.isEmpty()) {
            return false;
        }
        working.lock();
        try {
            return job.step(epoch.getAsLong(), () -> {
                if (stopping) {
                    throw new AbandonedException("the service stops");
                }
                if (lease.hold().isEmpty()) {
                    throw new AbandonedException("another process has taken over");
                }
            });
        } finally {
            working.unlock();
        }
    }

    private void pause() {
        lock.lock();
        try {
            long left = interval.toNanos();
            while (!stopping && left > 0) {
                left = stopped.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            // Only stop() interrupts, and it has set the flag.
            log.info("interrupted while waiting work={}", name, e);
        } finally {
            lock.unlock();
        }
    }
}
