package io.narfi.storage;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A row as tests compare it; the line as Latin-1, so that any bytes are kept. */
public record StoredRow(long timestamp, String line, Labels metadata) {
    public byte[] lineBytes() {
        return line.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** All rows of a cursor that reads lines, which is closed, in the order of time. */
    public static List<StoredRow> read(BatchCursor cursor, ScanRequest.Direction direction) throws IOException {
        List<StoredRow> rows = new ArrayList<>();
        try (cursor) {
            EntryBatch batch = cursor.next();
            while (batch != null) {
                if (batch.isEmpty()) {
                    throw new AssertionError("an empty batch");
                }
                List<StoredRow> part = of(batch);
                if (direction == ScanRequest.Direction.BACKWARD) {
                    Collections.reverse(part);
                }
                rows.addAll(part);
                batch = cursor.next();
            }
        }
        if (direction == ScanRequest.Direction.BACKWARD) {
            Collections.reverse(rows);
        }
        return rows;
    }

    public static List<StoredRow> readAll(StreamSlice slice) throws IOException {
        return read(slice.scan(ScanRequest.everything()), ScanRequest.Direction.FORWARD);
    }

    public static List<StoredRow> of(EntryBatch batch) {
        List<StoredRow> rows = new ArrayList<>();
        byte[] lines = requireNonNull(batch.lines);
        int[] offsets = requireNonNull(batch.offsets);
        for (int row = batch.start; row < batch.end; row++) {
            String line = new String(lines, offsets[row], batch.lineLength(row), StandardCharsets.ISO_8859_1);
            rows.add(new StoredRow(batch.timestamps[row], line, batch.metadata(row)));
        }
        return rows;
    }

    /** A batch of rows, in the order given. */
    public static EntryBatch batch(List<StoredRow> rows) {
        long[] timestamps = new long[rows.size()];
        int[] offsets = new int[rows.size() + 1];
        int[] ids = new int[rows.size()];
        Labels[] sets = new Labels[rows.size()];
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            timestamps[i] = rows.get(i).timestamp;
            lines.append(rows.get(i).line);
            offsets[i + 1] = lines.length();
            ids[i] = i;
            sets[i] = rows.get(i).metadata;
        }
        return new EntryBatch(timestamps, offsets, lines.toString().getBytes(StandardCharsets.ISO_8859_1), ids, sets, 0, rows.size());
    }
}
