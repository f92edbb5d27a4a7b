package io.narfi.storage;

import io.narfi.common.EntryBatch;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a slice without those that filters pick. Time is cut where filters begin and end, so that only where one may pick a row lines are read;
 * batches from there have more columns than were asked for.
 */
final class FilteredCursor implements BatchCursor {
    /** A stretch of time, its end not included, in which the same filters are at work. */
    private record Stretch(long from, long to, List<RowFilter> filters) {
        boolean isEmptied() {
            return filters.stream().anyMatch(RowFilter::takesAll);
        }
    }

    private final StreamSlice slice;
    private final ScanRequest request;
    private final boolean forward;
    private final List<Stretch> stretches;
    private final Map<RowFilter, RowFilter.Test> tests = new HashMap<>();
    private int next;
    private @Nullable BatchCursor cursor;
    private List<RowFilter> filters = List.of();

    /** @param readAll whether also rows are read that are known to be picked */
    FilteredCursor(StreamSlice slice, List<RowFilter> filters, ScanRequest request, boolean readAll) {
        this.slice = slice;
        this.request = request;
        this.forward = request.direction() == Direction.FORWARD;
        this.stretches = cut(filters, request.from(), request.to());
        if (!readAll) {
            stretches.removeIf(Stretch::isEmptied);
        }
        this.next = forward ? 0 : stretches.size() - 1;
    }

    private static List<Stretch> cut(List<RowFilter> filters, long from, long to) {
        TreeSet<Long> cuts = new TreeSet<>();
        cuts.add(from);
        cuts.add(to);
        for (RowFilter f : filters) {
            long end = f.to() == Long.MAX_VALUE ? f.to() : f.to() + 1;
            if (f.from() > from && f.from() < to) {
                cuts.add(f.from());
            }
            if (end > from && end < to) {
                cuts.add(end);
            }
        }
        List<Stretch> stretches = new ArrayList<>();
        Long start = null;
        for (Long end : cuts) {
            if (start != null && start < end) {
                long first = start;
                stretches.add(new Stretch(first, end, filters.stream().filter(f -> f.touches(first, end - 1)).toList()));
            }
            start = end;
        }
        return stretches;
    }

    @Override
    public @Nullable EntryBatch next() throws IOException {
        while (true) {
            BatchCursor open = cursor;
            if (open == null) {
                if (next < 0 || next >= stretches.size()) {
                    return null;
                }
                open = open(stretches.get(next));
                cursor = open;
                next += forward ? 1 : -1;
            }
            EntryBatch batch = open.next();
            if (batch == null) {
                open.close();
                cursor = null;
                continue;
            }
            EntryBatch left = filters.isEmpty() ? batch : left(batch);
            if (left != null) {
                return left;
            }
        }
    }

    private BatchCursor open(Stretch stretch) {
        filters = stretch.filters;
        Columns columns = filters.isEmpty() || stretch.isEmptied() ? request.columns() : Columns.LINES;
        return slice.scan(request.of(stretch.from, stretch.to, columns));
    }

    /** The rows that no filter picks, or null if there are none. */
    private @Nullable EntryBatch left(EntryBatch batch) {
        BitSet picked = new BitSet(batch.end);
        for (RowFilter f : filters) {
            RowFilter.Tests made = f.tests();
            if (made == null) {
                return null;
            }
            tests.computeIfAbsent(f, filter -> made.forStream(slice.labels())).pick(batch, picked);
        }
        if (picked.isEmpty()) {
            return batch;
        }
        RunBuffer runs = new RunBuffer(true);
        for (int from = picked.nextClearBit(batch.start); from < batch.end; ) {
            int to = picked.nextSetBit(from);
            to = to < 0 ? batch.end : Math.min(to, batch.end);
            runs.add(batch, from, to);
            from = picked.nextClearBit(to);
        }
        return runs.isEmpty() ? null : runs.take();
    }

    @Override
    public void close() {
        next = -1;
        stretches.clear();
        BatchCursor open = cursor;
        if (open != null) {
            open.close();
            cursor = null;
        }
    }
}
