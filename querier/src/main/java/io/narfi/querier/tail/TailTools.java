package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.WorkerPool;
import io.narfi.querier.source.SourceOpener;
import io.narfi.querier.task.CompiledQueries;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/**
 * What groups work with.
 *
 * @param memory of queries, in which the segments count that a group works on
 * @param buffers in which the rows count that wait for clients
 * @param makeRoom drops the rows of the tail that has most of them waiting; false if none has
 */
record TailTools(
        SourceOpener opener,
        WorkerPool workers,
        MemoryPool memory,
        CompiledQueries queries,
        TailHistory history,
        TailMemory buffers,
        BooleanSupplier makeRoom,
        InstantSource clock,
        TailMetrics metrics) {
    TailTools {
        requireNonNull(opener, "opener is null");
        requireNonNull(workers, "workers is null");
        requireNonNull(memory, "memory is null");
        requireNonNull(queries, "queries is null");
        requireNonNull(history, "history is null");
        requireNonNull(buffers, "buffers is null");
        requireNonNull(makeRoom, "makeRoom is null");
        requireNonNull(clock, "clock is null");
        requireNonNull(metrics, "metrics is null");
    }
}
