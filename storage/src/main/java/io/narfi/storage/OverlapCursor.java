package io.narfi.storage;

import io.narfi.common.EntryBatch;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Merges sources of one stream that overlap in time. A heap has the next row of each; the rows of the first source up to the next row of the
 * second are a run. Long runs are passed on as views of their batch, short ones are collected. Where the next rows of several sources have the
 * same time, all rows of that time are taken together, source by source, and what was seen already is dropped.
 *
 * <p>A source's first page is read when its turn comes, so that many sources that hang together like a chain are not all in memory at once.
 * Copies are looked for among at most {@link #MAX_TIED_ROWS} different rows of one nanosecond; rows beyond that are passed on without being
 * compared.
 */
final class OverlapCursor implements BatchCursor {
    /** At 16 bytes for each row and a table twice as large that is 32 MiB. */
    static final int MAX_TIED_ROWS = 1 << 20;

    /** Runs from here on are not copied. */
    private static final int PASS_ON_ROWS = 128;

    /** The next rows of a source. */
    private final class Head {
        private final int source;
        private final BatchCursor cursor;
        /** Time of the next row; a bound for it while no batch was read. */
        private long time;

        private @Nullable EntryBatch batch;
        private int row;

        Head(int source, StreamSlice slice) {
            this.source = source;
            this.cursor = slice.scan(request);
            this.time = forward ? Math.max(slice.minTime(), request.from()) : Math.min(slice.maxTime(), request.to() - 1);
        }

        /** Reads the next batch; whether there was one. */
        boolean load() throws IOException {
            EntryBatch next = cursor.next();
            batch = next;
            if (next == null) {
                cursor.close();
                return false;
            }
            row = forward ? next.start : next.end - 1;
            time = next.timestamps[row];
            return true;
        }

        /** Passes over rows of the batch; whether there are more of this source. */
        boolean advance(EntryBatch of, int count) throws IOException {
            row += forward ? count : -count;
            if (row < of.start || row >= of.end) {
                return load();
            }
            time = of.timestamps[row];
            return true;
        }
    }

    private final ScanRequest request;
    private final boolean forward;
    private final int maxTiedRows;
    private final List<Head> all = new ArrayList<>();
    private final PriorityQueue<Head> heads;
    private final RunBuffer collected;

    /** Sources whose rows of one time are being taken; empty when there is no tie. */
    private final List<Head> tied = new ArrayList<>();

    private int nextTied;
    private long tiedTime;
    private @Nullable RowSet seen;
    private boolean closed;

    OverlapCursor(List<StreamSlice> sources, ScanRequest request, int maxTiedRows) {
        this.request = request;
        this.forward = request.direction() == Direction.FORWARD;
        this.maxTiedRows = maxTiedRows;
        this.collected = new RunBuffer(forward);
        // Written out: this is the innermost loop of compaction.
        Comparator<Head> ascending = (a, b) -> a.time != b.time ? Long.compare(a.time, b.time) : Integer.compare(a.source, b.source);
        this.heads = new PriorityQueue<>(sources.size(), forward ? ascending : ascending.reversed());
        for (int i = 0; i < sources.size(); i++) {
            all.add(new Head(i, sources.get(i)));
        }
        heads.addAll(all);
    }

    /** Whether any timestamp occurs in two of the sources. Reads timestamps only. */
    static boolean hasTies(List<StreamSlice> sources, ScanRequest request) throws IOException {
        ScanRequest times = request.of(request.from(), request.to(), Columns.TIMESTAMPS);
        try (OverlapCursor probe = new OverlapCursor(sources, times, 0)) {
            while (true) {
                Head head = probe.first();
                if (head == null) {
                    return false;
                }
                EntryBatch batch = batch(head);
                int run = probe.runLength(head, batch);
                if (run == 0) {
                    return true;
                }
                probe.heads.remove(head);
                if (head.advance(batch, run)) {
                    probe.heads.add(head);
                }
            }
        }
    }

    @Override
    public @Nullable EntryBatch next() throws IOException {
        while (!closed) {
            if (!tied.isEmpty()) {
                takeTied();
            } else {
                Head head = first();
                if (head == null) {
                    break;
                }
                EntryBatch batch = batch(head);
                int run = runLength(head, batch);
                if (run == 0) {
                    startTie(head.time);
                    continue;
                }
                if (run >= PASS_ON_ROWS && !collected.isEmpty()) {
                    return collected.take();
                }
                int from = forward ? head.row : head.row - run + 1;
                collected.add(batch, from, from + run);
                heads.remove(head);
                if (head.advance(batch, run)) {
                    heads.add(head);
                }
                if (run >= PASS_ON_ROWS) {
                    return collected.take();
                }
            }
            if (collected.isFull()) {
                return collected.take();
            }
        }
        return closed || collected.isEmpty() ? null : collected.take();
    }

    private static EntryBatch batch(Head head) {
        EntryBatch batch = head.batch;
        if (batch == null) {
            throw new IllegalStateException("the source was not read yet");
        }
        return batch;
    }

    /** The head that is first, with its batch read, and that of any other which might come as early. Stays in the heap. */
    private @Nullable Head first() throws IOException {
        while (true) {
            Head head = heads.peek();
            if (head == null || head.batch != null) {
                return head;
            }
            heads.poll();
            if (head.load()) {
                heads.add(head);
            }
        }
    }

    /** Number of rows of the first head before the next row of any other; 0 if another has a row of the same time. */
    private int runLength(Head head, EntryBatch batch) throws IOException {
        heads.remove(head);
        try {
            Head other = first();
            if (other == null) {
                return forward ? batch.end - head.row : head.row - batch.start + 1;
            }
            if (forward) {
                EntryBatch rest = batch.slice(head.row, batch.end);
                return rest.firstAtOrAfter(other.time) - head.row;
            }
            EntryBatch rest = batch.slice(batch.start, head.row + 1);
            int cut = other.time == Long.MAX_VALUE ? rest.end : rest.firstAtOrAfter(other.time + 1);
            return head.row + 1 - cut;
        } finally {
            heads.add(head);
        }
    }

    private void startTie(long time) throws IOException {
        Head head = first();
        while (head != null && head.time == time) {
            heads.poll();
            tied.add(head);
            head = first();
        }
        nextTied = 0;
        tiedTime = time;
        seen = new RowSet(maxTiedRows);
    }

    /** Takes rows of the tie until all are taken or the buffer is full. */
    private void takeTied() throws IOException {
        RowSet rows = seen;
        while (rows != null && nextTied < tied.size()) {
            Head head = tied.get(nextTied);
            boolean more = true;
            while (more && head.time == tiedTime) {
                if (collected.isFull()) {
                    return;
                }
                EntryBatch batch = batch(head);
                if (rows.add(batch, head.row)) {
                    collected.add(batch, head.row, head.row + 1);
                } else {
                    request.counts().duplicates++;
                }
                more = head.advance(batch, 1);
            }
            if (more) {
                heads.add(head);
            }
            nextTied++;
        }
        tied.clear();
        seen = null;
    }

    @Override
    public void close() {
        closed = true;
        for (Head head : all) {
            head.cursor.close();
            head.batch = null;
        }
        heads.clear();
        tied.clear();
    }
}
