package io.narfi.querier.log;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.logql.pipeline.ResultLabels;
import io.narfi.logql.pipeline.StreamPipeline;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.stats.ScanStats;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.StreamGroup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The first entries of many streams. Streams stand in a queue by the nearest time that their unread rows can have; the foremost has its
 * next batch read and run through the pipeline, and what passes competes for the places of the answer. When the foremost stream cannot
 * hold a better row than the last one kept, nobody can. So a page is read exactly if a merge of all streams row by row would have read
 * it, but only one batch is worked on at a time. Of very many streams only some can stay open: each further one is read until it cannot
 * matter any more, which never changes the answer.
 */
public final class LogScan {
    /** Roughly what the pipeline and the cursor of an open stream take in memory. */
    private static final long OPEN_STREAM_BYTES = 16 * 1024;
    /** Of more streams than this, those with nearly the same bound stand in the order in which they are stored, see {@link #queue}. */
    private static final int MANY = 4096;

    /** Into so many parts the time is cut for that. */
    private static final int PARTS = 64;

    /** The most streams that stay open between their batches: 16 MiB. */
    private static final int MAX_OPEN = 1024;

    private final Pipeline pipeline;
    private final RowOrder order;
    private final TaskScope scope;
    private final QueryContext context;
    private final ScanStats stats;
    private final TopRows top;
    private final boolean backward;
    private int open;

    public LogScan(Pipeline pipeline, RowOrder order, int limit, TaskScope scope, QueryContext context, ScanStats stats) {
        this.pipeline = requireNonNull(pipeline, "pipeline is null");
        this.order = requireNonNull(order, "order is null");
        this.scope = requireNonNull(scope, "scope is null");
        this.context = requireNonNull(context, "context is null");
        this.stats = requireNonNull(stats, "stats is null");
        this.top = new TopRows(order, limit, context.memory());
        this.backward = order == RowOrder.BACKWARD;
    }

    /** The first rows of all the streams in the scope's time, at most the limit; their memory stays counted. */
    public List<LogRow> run(List<StreamGroup> streams) throws IOException {
        PriorityQueue<Open> queue = queue(streams);
        Open current = null;
        try {
            for (Open first = queue.poll(); first != null; first = queue.poll()) {
                current = first;
                if (top.excludes(first.bound)) {
                    first.close();
                    continue;
                }
                context.check();
                boolean more = first.advance();
                while (more && open > MAX_OPEN) {
                    context.check();
                    more = !top.excludes(first.bound) && first.advance();
                }
                if (more) {
                    queue.add(first);
                } else {
                    first.close();
                }
            }
        } finally {
            if (current != null) {
                current.close();
            }
            queue.forEach(Open::close);
        }
        return top.rows();
    }

    /**
     * The streams by their bounds. Very many are small, and their pages lie together in the order of the streams: in the exact order of
     * time each read would be at another place, so only the part of the time counts.
     */
    private PriorityQueue<Open> queue(List<StreamGroup> streams) {
        long part = streams.size() <= MANY ? 1 : Math.max(1, (scope.to() - scope.from()) / PARTS);
        Comparator<Open> byBound = (a, b) -> order.compareTimes(Math.floorDiv(a.bound, part), Math.floorDiv(b.bound, part));
        PriorityQueue<Open> queue = new PriorityQueue<>(Math.max(1, streams.size()), byBound.thenComparingInt(o -> o.number));
        for (StreamGroup stream : streams) {
            queue.add(new Open(stream, queue.size()));
        }
        return queue;
    }

    /** What makes two rows of a stream and time the same. */
    private record Content(Labels labels, ByteBuffer line) {}

    /** A stream while it is read. */
    private final class Open {
        private final StreamGroup stream;
        private final int number;
        private final long hash;
        /** What was offered of the time {@link #seenTime}; rows of one time come one after the other. */
        private final Set<Content> seen = new HashSet<>(2);

        private long seenTime;
        private long bound;
        private @Nullable BatchCursor cursor;
        private @Nullable StreamPipeline stages;

        private Open(StreamGroup stream, int number) {
            this.stream = stream;
            this.number = number;
            this.hash = stream.labels().stableHash();
            this.bound = backward ? Math.min(stream.maxTime(), scope.to() - 1) : Math.max(stream.minTime(), scope.from());
        }

        /** Reads the next batch; returns whether later ones can still matter. */
        private boolean advance() throws IOException {
            BatchCursor rows = cursor;
            StreamPipeline pipe = stages;
            if (rows == null || pipe == null) {
                context.memory().reserve(OPEN_STREAM_BYTES);
                open++;
                rows = stream.scan(new ScanRequest(scope.from(), scope.to(), order.direction(), ScanRequest.Columns.LINES, stats.reads));
                cursor = rows;
                pipe = pipeline.forStream(stream.labels());
                stages = pipe;
                stats.chunksRead += stream.slices().size();
            }
            EntryBatch batch = rows.next();
            if (batch == null) {
                return false;
            }
            long bytes = count(batch);
            context.memory().reserve(bytes);
            try {
                if (!pipe.process(batch, backward, this::offer)) {
                    return false;
                }
            } finally {
                context.memory().release(bytes);
            }
            bound = batch.timestamps[backward ? batch.start : batch.end - 1];
            return true;
        }

        private boolean offer(int row, long time, byte[] buffer, int from, int to, ResultLabels labels) {
            stats.postFilterLines++;
            if (top.wants(time, hash)) {
                LogRow candidate = new LogRow(time, hash, labels, Arrays.copyOfRange(buffer, from, to));
                if (pipeline.isEmpty() || isNew(candidate)) {
                    top.offer(candidate);
                }
                return true;
            }
            return !top.excludes(time);
        }

        /** Whether no row of this time was offered that the stages have made equal to this one: Loki gives such rows once. */
        private boolean isNew(LogRow row) {
            if (!seen.isEmpty() && row.time() != seenTime) {
                seen.clear();
            }
            seenTime = row.time();
            return seen.add(new Content(row.labels().all(), ByteBuffer.wrap(row.line())));
        }

        private void close() {
            BatchCursor rows = cursor;
            if (rows != null) {
                cursor = null;
                stages = null;
                rows.close();
                open--;
                context.memory().release(OPEN_STREAM_BYTES);
            }
        }
    }

    /** Bytes of the batch's lines, which are counted as read. */
    private long count(EntryBatch batch) {
        int[] offsets = batch.offsets;
        long bytes = offsets == null ? 0 : offsets[batch.end] - offsets[batch.start];
        stats.lines += batch.size();
        stats.lineBytes += bytes;
        return bytes;
    }
}
