package io.narfi.logql.engine;

/** Told of the memory that a query's partial results and matrices are about to take, and asked whether it may go on. */
@FunctionalInterface
public interface MemoryBudget {
    /** A budget without end, for tests and benchmarks. */
    MemoryBudget UNLIMITED = bytes -> {};

    /**
     * @param bytes more bytes, never negative
     * @throws io.narfi.common.ApiException if the query may not take them
     */
    void reserve(long bytes);

    /**
     * Called often while a query is evaluated.
     *
     * @throws io.narfi.common.ApiException if the query was cancelled or its time is up
     */
    default void check() {}
}
