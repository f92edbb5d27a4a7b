package io.narfi.querier.run;

import static java.util.Objects.requireNonNull;

import io.narfi.logql.engine.MemoryBudget;

/** Lets the metric engine count its memory against a query and ask whether the query goes on; for one thread. */
public final class ContextBudget implements MemoryBudget {
    private QueryContext context;
    private long reserved;

    public ContextBudget(QueryContext context) {
        this.context = requireNonNull(context, "context is null");
    }

    @Override
    public void reserve(long bytes) {
        context.memory().reserve(bytes);
        reserved += bytes;
    }

    @Override
    public void check() {
        context.check();
    }

    /**
     * Counts what is left of all that was reserved here, instead of it. What is left may keep this budget and be worked on later, when the
     * part of the query that made it is over: from now on the whole query counts.
     */
    public void settle(long bytes) {
        context.memory().reserve(bytes);
        context.memory().release(reserved);
        reserved = bytes;
        context = context.whole();
    }
}
