package io.narfi.storage.segment;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.StreamSlice.PageInfo;
import io.narfi.storage.page.PageDecoder;
import org.jspecify.annotations.Nullable;

/** Reads a stream of a segment, a piece at a time; batches are views of decoded frames. */
final class SegmentCursor implements BatchCursor {
    private final SegmentReader reader;
    private final StreamEntry entry;
    private final ScanRequest request;
    private final int step;
    private int next;

    SegmentCursor(SegmentReader reader, StreamEntry entry, ScanRequest request) {
        this.reader = reader;
        this.entry = entry;
        this.request = requireNonNull(request, "request is null");
        boolean forward = request.direction() == Direction.FORWARD;
        this.step = forward ? 1 : -1;
        this.next = forward ? 0 : entry.pages().size() - 1;
    }

    @Override
    public @Nullable EntryBatch next() throws CorruptDataException {
        while (next >= 0 && next < entry.pages().size()) {
            int piece = next;
            next += step;
            PageInfo page = entry.pages().get(piece);
            if (page.maxTime() >= request.from() && page.minTime() < request.to()) {
                EntryBatch batch = read(piece, page);
                if (!batch.isEmpty()) {
                    return batch;
                }
            }
        }
        return null;
    }

    private EntryBatch read(int piece, PageInfo page) throws CorruptDataException {
        int frame = entry.firstFrame() + piece;
        int start = piece == 0 ? entry.firstRow() : 0;
        int end = start + page.rows();
        long[] timestamps = reader.timestamps(frame, request.counts());
        if (timestamps[start] != page.minTime() || timestamps[end - 1] != page.maxTime()) {
            throw new CorruptDataException(reader.key(), "timestamps", 0, "rows of frame " + frame + " have other times than the directory says");
        }
        EntryBatch times = new EntryBatch(timestamps, null, null, null, null, start, end);
        int from = page.minTime() >= request.from() ? start : times.firstAtOrAfter(request.from());
        int to = page.maxTime() < request.to() ? end : times.firstAtOrAfter(request.to());
        Columns columns = request.columns();
        if (columns == Columns.TIMESTAMPS || from >= to) {
            return times.slice(from, Math.max(from, to));
        }
        int[] offsets = reader.offsets(frame, request.counts());
        PageDecoder.Metadata metadata =
                columns != Columns.LENGTHS && reader.hasMetadata(frame) ? reader.metadata(frame, request.counts()) : null;
        byte[] lines = columns == Columns.LINES ? reader.lines(frame, request.counts()) : null;
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
        next = -1;
    }
}
