package io.narfi.querier.task;

import io.narfi.querier.run.QueryContext;

/** Runs tasks, here or elsewhere; safe for any thread. */
@FunctionalInterface
public interface TaskRunner {
    /**
     * Runs a task to its end and adds what it did to the context's stats.
     *
     * @throws io.narfi.common.ApiException if the query is at fault, out of time or out of memory
     * @throws InterruptedException if the calling thread was interrupted; nothing of the task runs on
     * @throws Exception if the store failed, or for a bug
     */
    TaskResult run(Task task, QueryContext context) throws Exception;
}
