package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.run.QueryContext;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskResult;
import io.narfi.querier.task.TaskRunner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs the tasks of slices, many at a time, and hands their results on slice by slice in the given order, until the taker has enough.
 * Tasks of later slices run ahead, but no more tasks than {@code parallel} are under way or wait to be taken.
 */
final class SliceRunner {
    /** Takes the results of a slice. */
    @FunctionalInterface
    interface Taker {
        /** Returns whether more slices are wanted. */
        boolean take(List<TaskResult> results);
    }

    private final TaskRunner tasks;
    private final int parallel;

    SliceRunner(TaskRunner tasks, int parallel) {
        this.tasks = requireNonNull(tasks, "tasks is null");
        this.parallel = parallel;
    }

    /**
     * Returns when the taker has enough or nothing is left; then no task runs any more.
     *
     * @param slices the tasks of each slice
     * @param rampUp whether to begin with one slice and look further ahead only as slices leave the taker wanting
     * @return how many tasks were started
     */
    int run(List<List<Task>> slices, boolean rampUp, QueryContext query, Taker taker) throws Exception {
        QueryContext context = query.part();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Deque<List<Future<TaskResult>>> ahead = new ArrayDeque<>();
        int window = rampUp ? 1 : slices.size();
        int next = 0;
        int underWay = 0;
        int started = 0;
        try {
            while (next < slices.size() || !ahead.isEmpty()) {
                while (next < slices.size()
                        && ahead.size() < window
                        && (ahead.isEmpty() || underWay + slices.get(next).size() <= parallel)) {
                    List<Future<TaskResult>> futures = new ArrayList<>();
                    for (Task task : slices.get(next)) {
                        futures.add(threads.submit(() -> tasks.run(task, context)));
                    }
                    ahead.addLast(futures);
                    underWay += futures.size();
                    started += futures.size();
                    next++;
                }
                List<Future<TaskResult>> first = ahead.removeFirst();
                List<TaskResult> results = new ArrayList<>(first.size());
                for (Future<TaskResult> future : first) {
                    results.add(await(future, context));
                }
                underWay -= first.size();
                if (!taker.take(results)) {
                    return started;
                }
                window = Math.min(2 * window, parallel);
            }
            return started;
        } finally {
            context.cancel();
            threads.shutdownNow();
            threads.close();
        }
    }

    private static TaskResult await(Future<TaskResult> future, QueryContext context) throws Exception {
        try {
            return future.get(Math.max(0, context.nanosLeft()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw QueryContext.timedOut();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Exception cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }
}
