package io.narfi.querier.source;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.plan.Deletes;
import io.narfi.querier.plan.SegmentRef;
import io.narfi.querier.plan.SegmentSpan;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.QueryContext;
import io.narfi.storage.FilteredSource;
import io.narfi.storage.RowFilter;
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
    private final DeleteFilters deletes = new DeleteFilters();

    /** @param parallel how many objects of one task are opened at a time */
    public Sources(SourceOpener opener, int parallel) {
        this.opener = requireNonNull(opener, "opener is null");
        this.parallel = parallel;
    }

    /**
     * The objects of a task, blocks first, without the rows that are deleted. All that reads rows for an answer comes by here.
     *
     * @param purpose {@code COUNT} if pages may be counted in place of their rows and the count has to be exact, else {@code READ}
     */
    public List<RowSource> open(TaskScope scope, FilteredSource.Purpose purpose, QueryContext context) throws IOException {
        List<Callable<RowSource>> calls = new ArrayList<>();
        for (BlockMeta block : scope.blocks()) {
            List<RowFilter> filters = deletes.of(scope.deletes().of(block));
            calls.add(() -> filtered(opener.open(block), filters, purpose));
        }
        List<RowFilter> all = scope.segments().isEmpty() ? List.of() : deletes.of(scope.deletes().requests());
        for (SegmentSpan span : scope.segments()) {
            SegmentRef segment = span.segment();
            // A segment is in memory as a whole, and for as long as a task works with it.
            context.hold(segment.id().key(), segment.size());
            calls.add(() -> filtered(opener.open(segment), all, purpose));
        }
        return inParallel(calls, context);
    }

    /** What the requests hide in segments. */
    HiddenRows hidden(List<Deletes.Request> requests) {
        return new HiddenRows(requests, deletes);
    }

    private static RowSource filtered(RowSource source, List<RowFilter> filters, FilteredSource.Purpose purpose) {
        return filters.isEmpty() ? source : new FilteredSource(source, filters, purpose);
    }

    /** The segments, in the given order, as they are stored, deleted rows and all; meant for a few at a time, because each is in memory as a whole. */
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
