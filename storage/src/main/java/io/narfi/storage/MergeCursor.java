package io.narfi.storage;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.StreamGroup.Part;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one stream from several sources, in time order, each row once: rows that agree in time, line and metadata are one, wherever they
 * come from.
 *
 * <p>Where only one source has rows, its batches are passed on as they are. Where several have, their rows are merged by {@link OverlapCursor},
 * which copies short runs into new batches. Whether two rows of the same time are copies only their lines tell: if less than lines was asked
 * for, a first pass over the timestamps of the overlapping part finds out whether any time occurs in two sources, and only then the part is
 * read with all columns; its batches then have more columns than were asked for.
 */
public final class MergeCursor implements BatchCursor {
    private final StreamGroup stream;
    private final ScanRequest request;
    private final boolean forward;

    private @Nullable List<Part> parts;
    private int nextPart;
    private @Nullable BatchCursor current;
    private boolean closed;

    public MergeCursor(StreamGroup stream, ScanRequest request) {
        this.stream = requireNonNull(stream, "stream is null");
        this.request = requireNonNull(request, "request is null");
        this.forward = request.direction() == Direction.FORWARD;
    }

    @Override
    public @Nullable EntryBatch next() throws IOException {
        List<Part> all = parts;
        if (all == null) {
            all = stream.parts(request.from(), request.to());
            parts = all;
            nextPart = forward ? 0 : all.size() - 1;
        }
        while (!closed) {
            BatchCursor cursor = current;
            if (cursor != null) {
                EntryBatch batch = cursor.next();
                if (batch != null) {
                    return batch;
                }
                cursor.close();
                current = null;
            }
            if (nextPart < 0 || nextPart >= all.size()) {
                return null;
            }
            current = open(all.get(nextPart));
            nextPart += forward ? 1 : -1;
        }
        return null;
    }

    private BatchCursor open(Part part) throws IOException {
        long from = Math.max(request.from(), part.minTime());
        long to = part.maxTime() == Long.MAX_VALUE ? request.to() : Math.min(request.to(), part.maxTime() + 1);
        ScanRequest scan = request.of(from, to, request.columns());
        if (part.isSingle()) {
            return part.sources().getFirst().scan(scan);
        }
        if (request.columns() != Columns.LINES && OverlapCursor.hasTies(part.sources(), scan)) {
            scan = request.of(from, to, Columns.LINES);
        }
        return new OverlapCursor(part.sources(), scan, OverlapCursor.MAX_TIED_ROWS);
    }

    @Override
    public void close() {
        closed = true;
        BatchCursor cursor = current;
        if (cursor != null) {
            cursor.close();
            current = null;
        }
    }
}
