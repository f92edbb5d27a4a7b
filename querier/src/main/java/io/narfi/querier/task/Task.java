package io.narfi.querier.task;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.plan.TaskScope;

/**
 * A piece of a query's work: where, and what.
 *
 * @param ofSeveral whether the query is over several tenants, so that its matchers on the tenant's label have done their work
 * @param cached whether results that were kept may be used
 */
public record Task(TaskScope scope, Work work, boolean ofSeveral, boolean cached) {
    public Task {
        requireNonNull(scope, "scope is null");
        requireNonNull(work, "work is null");
    }

    /** A task of a query over one tenant. */
    public Task(TaskScope scope, Work work) {
        this(scope, work, false, true);
    }
}
