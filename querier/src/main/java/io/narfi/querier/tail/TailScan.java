package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.logql.pipeline.ResultLabels;
import io.narfi.logql.pipeline.StreamPipeline;
import io.narfi.querier.log.LogRow;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.RowSource;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.Selection;
import io.narfi.storage.StreamSlice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Makes the rows of a group out of segments and of answers of queries, each row once. For one thread at a time. */
final class TailScan {
    /** Rows of a scan beyond these are dropped: more than any client reads in a quarter of a second. */
    static final int MAX_ROWS = 10_000;

    /** Text of rows of a scan; rows beyond are dropped. */
    static final long MAX_BYTES = 16 << 20;

    private static final int REMEMBERED_PER_GENERATION = 4096;
    private static final byte[] NOTHING = {};

    private final TailQuery query;
    private final CompiledQueries.Log compiled;
    private final TailJson json;
    private final RowIds ids = new RowIds();
    private final RecentRows recent = new RecentRows(REMEMBERED_PER_GENERATION);
    private final List<TailRow> rows = new ArrayList<>();
    private final List<TailRow> dropped = new ArrayList<>();
    private long bytes;

    TailScan(TailQuery query, CompiledQueries.Log compiled) {
        this.query = requireNonNull(query, "query is null");
        this.compiled = requireNonNull(compiled, "compiled is null");
        this.json = new TailJson(query.form());
    }

    /**
     * What was added since the last call, each in the order of time.
     *
     * @param rows to be sent
     * @param dropped for which there was no room; without text
     */
    record Found(List<TailRow> rows, List<TailRow> dropped) {
        Found {
            rows = List.copyOf(rows);
            dropped = List.copyOf(dropped);
        }
    }

    Found take() {
        // Rows of one time stay in the order of their streams' segments.
        rows.sort(Comparator.comparingLong(TailRow::time));
        dropped.sort(Comparator.comparingLong(TailRow::time));
        Found found = new Found(rows, dropped);
        rows.clear();
        dropped.clear();
        bytes = 0;
        return found;
    }

    /** Adds the rows of a segment that pass. */
    void add(long number, RowSource segment, QueryContext context) throws IOException {
        Selection selection = new Selection(query.tenant(), compiled.selector(), Long.MIN_VALUE, Long.MAX_VALUE, 0, -1);
        for (StreamSlice slice : segment.select(selection)) {
            context.check();
            StreamPipeline pipeline = compiled.pipeline().forStream(slice.labels());
            try (BatchCursor cursor = slice.scan(ScanRequest.everything())) {
                for (EntryBatch batch = cursor.next(); batch != null; batch = cursor.next()) {
                    boolean _ = pipeline.process(batch, false, (row, time, buffer, from, to, labels) -> {
                        offer(number, slice.hash(), time, buffer, from, to, labels);
                        return true;
                    });
                }
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }
    }

    /** Adds a row that a query gave. */
    void add(long number, LogRow row) throws IOException {
        try {
            offer(number, row.streamHash(), row.time(), row.line(), 0, row.line().length, row.labels());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void offer(long number, long stream, long time, byte[] buffer, int from, int to, ResultLabels labels) {
        long hash = ids.of(stream, time, buffer, from, to, labels);
        if (!recent.add(hash)) {
            return;
        }
        if (rows.size() >= MAX_ROWS || bytes >= MAX_BYTES) {
            dropped.add(new TailRow(time, hash, number, json.stream(labels), NOTHING));
            return;
        }
        try {
            byte[] text = json.entry(time, buffer, from, to, labels);
            rows.add(new TailRow(time, hash, number, json.stream(labels), text));
            bytes += text.length;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
