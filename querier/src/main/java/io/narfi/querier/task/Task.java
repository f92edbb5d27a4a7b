package io.narfi.querier.task;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.plan.TaskScope;

/** A piece of a query's work: where, and what. */
public record Task(TaskScope scope, Work work) {
    public Task {
        requireNonNull(scope, "scope is null");
        requireNonNull(work, "work is null");
    }
}
