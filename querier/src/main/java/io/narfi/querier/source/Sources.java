package io.narfi.querier.source;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.plan.SegmentRef;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.QueryContext;
import io.narfi.storage.RowSource;
import io.narfi.storage.block.BlockMeta;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Opens the objects of a task, several at a time. */
public final class Sources {
    private final SourceOpener opener;
    private final int parallel;

    /** @param parallel how many objects of one task are opened at a time */
    public Sources(SourceOpener opener, int parallel) {
        this.opener = requireNonNull(opener, "opener is null");
        this.parallel = parallel;
    }

    /** The objects of a task, blocks first. */
    public List<RowSource> open(TaskScope scope, QueryContext context) throws IOException {
        List<Callable<RowSource>> calls = new ArrayList<>();
        for (BlockMeta block : scope.blocks()) {
            calls.add(() -> opener.open(block));
        }
        for (SegmentRef segment : scope.segments()) {
            // A segment is in memory as a whole, and for as long as a task works with it.
            context.hold(segment.id().key(), segment.size());
            calls.add(() -> opener.open(segment));
        }
        return inParallel(calls, context);
    }

    /** The segments, in the given order; meant for a few at a time, because each is in memory as a whole. */
    public List<RowSource> openSegments(List<SegmentRef> segments, QueryContext context) throws IOException {
        List<Callable<RowSource>> calls = new ArrayList<>();
        for (SegmentRef segment : segments) {
            calls.add(() -> opener.open(segment));
        }
        return inParallel(calls, context);
    }

    private List<RowSource> inParallel(List<Callable<RowSource>> calls, QueryContext context) throws IOException {
        context.check();
        List<RowSource> opened = new ArrayList<>(calls.size());
        if (calls.isEmpty()) {
            return opened;
        }
        if (calls.size() == 1) {
            opened.add(openOne(calls.getFirst()));
            return opened;
        }
        Semaphore places = new Semaphore(parallel);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            List<Future<RowSource>> futures = new ArrayList<>(calls.size());
            for (Callable<RowSource> call : calls) {
                futures.add(threads.submit(() -> {
                    places.acquire();
                    try {
                        context.check();
                        return call.call();
                    } finally {
                        places.release();
                    }
                }));
            }
            for (Future<RowSource> future : futures) {
                opened.add(future.get());
            }
            return opened;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while opening objects");
        } catch (ExecutionException e) {
            throw rethrow(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private static RowSource openOne(Callable<RowSource> call) throws IOException {
        try {
            return call.call();
        } catch (Exception e) {
            throw rethrow(e);
        }
    }

    private static IOException rethrow(@Nullable Throwable cause) {
        return switch (cause) {
            case IOException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> new IOException(cause);
        };
    }
}
