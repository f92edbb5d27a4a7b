package io.narfi.querier.source;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import io.narfi.querier.plan.SegmentRef;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.QueryContext;
import io.narfi.storage.RowSource;
import io.narfi.storage.Selection;
import io.narfi.storage.StreamSlice;
import io.narfi.storage.block.BlockMeta;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** Opens the objects of a task, several at a time, and finds the selected streams in all of them. */
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
            calls.add(() -> opener.open(segment));
        }
        return inParallel(calls, context);
    }

    /** The segments, in the given order. */
    public List<RowSource> openSegments(List<SegmentRef> segments, QueryContext context) throws IOException {
        List<Callable<RowSource>> calls = new ArrayList<>();
        for (SegmentRef segment : segments) {
            calls.add(() -> opener.open(segment));
        }
        return inParallel(calls, context);
    }

    /** The selected streams of all sources, in the order of their hashes, ties by labels. */
    public static List<MatchedStream> select(List<RowSource> sources, Selection selection, QueryContext context) throws IOException {
        Map<Labels, List<StreamSlice>> slices = new HashMap<>();
        for (RowSource source : sources) {
            context.check();
            for (StreamSlice slice : source.select(selection)) {
                slices.computeIfAbsent(slice.labels(), k -> new ArrayList<>(1)).add(slice);
            }
        }
        List<MatchedStream> streams = new ArrayList<>(slices.size());
        slices.forEach((labels, list) -> streams.add(new MatchedStream(labels, list)));
        streams.sort(Comparator.comparing(
                        (MatchedStream s) -> s.labels().stableHash(), Long::compareUnsigned)
                .thenComparing(MatchedStream::labels));
        return streams;
    }

    private List<RowSource> inParallel(List<Callable<RowSource>> calls, QueryContext context) throws IOException {
        context.check();
        List<RowSource> opened = new ArrayList<>(calls.size());
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

    private static IOException rethrow(Throwable cause) {
        return switch (cause) {
            case IOException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> new IOException(cause);
        };
    }
}
