package io.narfi.storage.block;

import io.narfi.common.EntryBatch;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.StreamSlice.PageInfo;
import io.narfi.storage.object.RangeReader;
import io.narfi.storage.page.Column;
import io.narfi.storage.page.PageDecoder;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream of a block, a page at a time. Pages outside the time range are not touched. Columns are fetched for several pages at once: little
 * at first, since a query with a limit may need a page only, then up to 4 MiB; from the second fetch on the next one is under way while the
 * pages of the last are used.
 */
final class BlockCursor implements BatchCursor {
    private static final int FIRST_FETCH = 128 << 10;
    private static final int MAX_FETCH = ColumnFetch.MAX_READ;
    private static final int MAX_FETCH_PAGES = 512;

    /** Pages {@code [first, end)}. */
    private record Plan(int first, int end) {}

    private record Fetched(int first, int end, ColumnFetch columns) {}

    private final RangeReader reader;
    private final BlockSlice slice;
    private final ScanRequest request;
    private final boolean forward;
    private final List<Column> columns;

    private @Nullable PageList pages;
    /** Pages that no fetch was planned for yet. */
    private int unplannedFirst;

    private int unplannedEnd;
    private int budget = FIRST_FETCH;
    private @Nullable Fetched current;
    private int used;
    private @Nullable FutureTask<Fetched> ahead;
    private boolean closed;

    BlockCursor(RangeReader reader, BlockSlice slice, ScanRequest request) {
        this.reader = reader;
        this.slice = slice;
        this.request = request;
        this.forward = request.direction() == Direction.FORWARD;
        this.columns = switch (request.columns()) {
            case TIMESTAMPS -> List.of(Column.TIMESTAMPS);
            case LENGTHS -> List.of(Column.TIMESTAMPS, Column.LENGTHS);
            case METADATA -> List.of(Column.TIMESTAMPS, Column.LENGTHS, Column.METADATA);
            case LINES -> List.of(Column.TIMESTAMPS, Column.LENGTHS, Column.METADATA, Column.LINES);
        };
    }

    @Override
    public @Nullable EntryBatch next() throws IOException {
        while (!closed) {
            PageList list = pages;
            if (list == null) {
                list = slice.pageList();
                pages = list;
                selectPages(list);
            }
            Fetched fetched = current;
            if (fetched == null || used == fetched.end - fetched.first) {
                long start = System.nanoTime();
                fetched = fetch(list);
                request.counts().waitNanos += System.nanoTime() - start;
                if (fetched == null) {
                    return null;
                }
                current = fetched;
                used = 0;
            }
            int page = forward ? fetched.first + used : fetched.end - 1 - used;
            used++;
            for (Column column : columns) {
                request.counts().storedBytes += list.length(page, column);
            }
            EntryBatch batch = decode(list.info(page), page, fetched.columns);
            if (!batch.isEmpty()) {
                return batch;
            }
        }
        return null;
    }

    private void selectPages(PageList list) {
        int first = 0;
        int end = list.size();
        while (first < end && list.info(first).maxTime() < request.from()) {
            first++;
        }
        while (end > first && list.info(end - 1).minTime() >= request.to()) {
            end--;
        }
        unplannedFirst = first;
        unplannedEnd = end;
    }

    private @Nullable Fetched fetch(PageList list) throws IOException {
        FutureTask<Fetched> started = ahead;
        ahead = null;
        if (started != null) {
            Fetched fetched = ColumnFetch.await(started);
            startAhead(list);
            return fetched;
        }
        if (unplannedFirst == unplannedEnd) {
            return null;
        }
        boolean first = current == null;
        Fetched fetched = read(list, plan(list));
        if (!first) {
            startAhead(list);
        }
        return fetched;
    }

    private void startAhead(PageList list) {
        if (unplannedFirst == unplannedEnd) {
            return;
        }
        Plan plan = plan(list);
        FutureTask<Fetched> task = new FutureTask<>(() -> read(list, plan));
        ahead = task;
        Thread.ofVirtual().name("block-read-ahead").start(task);
    }

    private Fetched read(PageList list, Plan plan) throws IOException {
        return new Fetched(plan.first, plan.end, ColumnFetch.read(reader, list, plan.first, plan.end, columns));
    }

    /** Takes the next pages, at least one, as many as the budget allows. */
    private Plan plan(PageList list) {
        int first = unplannedFirst;
        int end = unplannedEnd;
        long bytes = 0;
        int count = 0;
        while (count < end - first && count < MAX_FETCH_PAGES) {
            int page = forward ? first + count : end - 1 - count;
            for (Column column : columns) {
                bytes += list.length(page, column);
            }
            if (count > 0 && bytes > budget) {
                break;
            }
            count++;
        }
        budget = Math.min(MAX_FETCH, budget * 4);
        if (forward) {
            unplannedFirst = first + count;
            return new Plan(first, first + count);
        }
        unplannedEnd = end - count;
        return new Plan(end - count, end);
    }

    private EntryBatch decode(PageInfo info, int page, ColumnFetch fetch) throws CorruptDataException {
        int rows = info.rows();
        long[] timestamps = PageDecoder.timestamps(fetch.column(page, Column.TIMESTAMPS), rows);
        if (timestamps[0] != info.minTime() || timestamps[rows - 1] != info.maxTime()) {
            throw fetch.column(page, Column.TIMESTAMPS).corrupt("other times than the page directory says");
        }
        EntryBatch times = new EntryBatch(timestamps, null, null, null, null, 0, rows);
        int from = info.minTime() >= request.from() ? 0 : times.firstAtOrAfter(request.from());
        int to = info.maxTime() < request.to() ? rows : times.firstAtOrAfter(request.to());
        if (request.columns() == Columns.TIMESTAMPS || from >= to) {
            return times.slice(from, Math.max(from, to));
        }
        int lineBytes = (int) info.lineBytes();
        int[] offsets = PageDecoder.offsets(fetch.column(page, Column.LENGTHS), rows, lineBytes);
        PageDecoder.Metadata metadata = columns.contains(Column.METADATA)
                ? PageDecoder.metadata(fetch.column(page, Column.METADATA), rows)
                : null;
        byte[] lines = columns.contains(Column.LINES) ? PageDecoder.lines(fetch.column(page, Column.LINES), lineBytes) : null;
        return new EntryBatch(
                timestamps,
                offsets,
                lines,
                metadata == null ? null : metadata.ids(),
                metadata == null ? null : metadata.sets(),
                from,
                to);
    }

    @Override
    public void close() {
        closed = true;
        current = null;
        FutureTask<Fetched> started = ahead;
        if (started != null) {
            started.cancel(true);
            ahead = null;
        }
    }
}
