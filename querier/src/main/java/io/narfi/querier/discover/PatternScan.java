package io.narfi.querier.discover;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.stats.ScanStats;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.StreamGroup;
import io.narfi.storage.StreamGroup.Part;
import io.narfi.storage.StreamSlice.PageInfo;
import java.io.IOException;
import java.util.List;

/** Mines the lines of streams for patterns; of very many lines, those of some pages, which then count for the others. */
public final class PatternScan {
    private static final String LEVEL = "detected_level";
    private static final String NO_LEVEL = "unknown";
    /** Twice what is shown in the end: a kind of line may be frequent in another task. */
    private static final int MAX_PATTERNS = 600;

    private final long step;
    private final int sampling;
    private final TaskScope scope;
    private final QueryContext context;
    private final ScanStats stats;
    private final PatternMiner miner;

    /**
     * Works on the scope.
     *
     * @param step width of the buckets of counts, nanoseconds
     * @param sampling one page in so many is read, and its lines count so many times; 1 for all
     */
    public PatternScan(long step, int sampling, TaskScope scope, QueryContext context, ScanStats stats) {
        this.step = step;
        this.sampling = sampling;
        this.scope = requireNonNull(scope, "scope is null");
        this.context = requireNonNull(context, "context is null");
        this.stats = requireNonNull(stats, "stats is null");
        this.miner = new PatternMiner(context.memory());
    }

    public PatternRows run(List<StreamGroup> streams) throws IOException {
        for (StreamGroup stream : streams) {
            context.check();
            if (sampling == 1) {
                scan(stream, scope.from(), scope.to());
                continue;
            }
            long hash = stream.labels().stableHash();
            for (Part part : stream.parts(scope.from(), scope.to())) {
                if (part.isSingle()) {
                    StreamGroup alone = new StreamGroup(stream.labels(), part.sources());
                    for (PageInfo page : part.pages()) {
                        sample(alone, hash, page.minTime(), page.maxTime());
                    }
                } else {
                    sample(stream, hash, part.minTime(), part.maxTime());
                }
            }
        }
        return miner.rows(MAX_PATTERNS, 1);
    }

    /** Reads the rows of a stretch of time if it is one of those to be read; always the same ones, so that an answer can be had twice. */
    private void sample(StreamGroup stream, long hash, long first, long last) throws IOException {
        long mixed = (hash ^ first) * 0x9e3779b97f4a7c15L;
        if (Long.remainderUnsigned(mixed >>> 20, sampling) == 0) {
            scan(stream, Math.max(first, scope.from()), last >= scope.to() ? scope.to() : last + 1);
        }
    }

    private void scan(StreamGroup stream, long from, long to) throws IOException {
        stats.chunksRead += stream.slices().size();
        try (BatchCursor cursor = stream.scan(new ScanRequest(from, to, Direction.FORWARD, Columns.LINES, stats.reads))) {
            for (EntryBatch batch = cursor.next(); batch != null; batch = cursor.next()) {
                context.check();
                mine(batch);
            }
        }
    }

    private void mine(EntryBatch batch) {
        byte[] lines = requireNonNull(batch.lines, "the batch was read without lines");
        int[] offsets = requireNonNull(batch.offsets, "the batch was read without offsets");
        long bytes = offsets[batch.end] - offsets[batch.start];
        stats.lines += batch.size();
        stats.lineBytes += bytes;
        stats.postFilterLines += batch.size();
        context.memory().reserve(bytes);
        try {
            for (int row = batch.start; row < batch.end; row++) {
                Labels metadata = batch.metadata(row);
                String level = metadata.isEmpty() ? null : metadata.get(LEVEL);
                long bucket = Math.floorDiv(batch.timestamps[row], step);
                miner.add(level == null ? NO_LEVEL : level, lines, offsets[row], offsets[row + 1], bucket, sampling);
            }
        } finally {
            context.memory().release(bytes);
        }
    }
}
