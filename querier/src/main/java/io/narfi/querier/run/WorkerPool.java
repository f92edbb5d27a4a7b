package io.narfi.querier.run;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads that do the work of queries. They are platform threads: the work is computing for long stretches, and must not starve the
 * virtual threads that serve connections. Tenants take turns.
 */
public final class WorkerPool implements AutoCloseable {
    private static final long STOP_SECONDS = 10;

    private final FairGate gate;
    private final ExecutorService threads;

    /**
     * @param workers number of threads
     * @param maxWaitingPerTenant how many tasks of a tenant may wait; one more is refused
     */
    public WorkerPool(int workers, int maxWaitingPerTenant) {
        this.gate = new FairGate(workers, maxWaitingPerTenant);
        this.threads = Executors.newFixedThreadPool(workers, Thread.ofPlatform().daemon().name("query-worker-", 0).factory());
    }

    /**
     * Runs a task on a worker and waits for its end. If the calling thread is interrupted the worker is too, and the call returns
     * when the worker has stopped, so that nothing of a cancelled query runs on.
     */
    public <T> T run(QueryContext context, Callable<T> task) throws Exception {
        FairGate.Permit permit = gate.enter(context.tenant(), context.deadline());
        Job<T> job = new Job<>(task, permit);
        try {
            threads.execute(job);
        } catch (RuntimeException stopped) {
            permit.close();
            throw stopped;
        }
        try {
            return job.result.get();
        } catch (InterruptedException e) {
            context.cancel();
            job.cancel();
            throw e;
        } catch (ExecutionException e) {
            Throwable cause = requireNonNull(e.getCause());
            if (cause instanceof Exception x) {
                x.addSuppressed(new TaskFailedException());
                throw x;
            }
            throw new IllegalStateException("a query task failed", cause);
        }
    }

    public int running() {
        return gate.inside();
    }

    public int waiting() {
        return gate.waiting();
    }

    /** Interrupts what runs, and returns when it has stopped. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("query workers did not stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Shows in stack traces where the query waited for the worker. */
    private static final class TaskFailedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final class Job<T> implements Runnable {
        private final Callable<T> task;
        private final FairGate.Permit permit;
        private final CompletableFuture<T> result = new CompletableFuture<>();
        private @Nullable Thread worker;
        private boolean cancelled;

        private Job(Callable<T> task, FairGate.Permit permit) {
            this.task = task;
            this.permit = permit;
        }

        @Override
        public void run() {
            T value = null;
            Throwable failure = null;
            try {
                if (begin()) {
                    value = task.call();
                } else {
                    failure = QueryContext.clientGone();
                }
            } catch (Throwable e) {
                failure = e;
            } finally {
                end();
            }
            // Whoever waits must find the place free.
            permit.close();
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(failure);
            }
        }

        private synchronized boolean begin() {
            worker = Thread.currentThread();
            return !cancelled;
        }

        private synchronized void end() {
            worker = null;
            // An interrupt meant for this task must not hit the next one.
            var _ = Thread.interrupted();
        }

        private void cancel() {
            synchronized (this) {
                cancelled = true;
                if (worker != null) {
                    worker.interrupt();
                }
            }
            boolean interrupted = false;
            while (true) {
                try {
                    var _ = result.get();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    break;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
