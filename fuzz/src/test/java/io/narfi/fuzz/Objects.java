package io.narfi.fuzz;

import io.narfi.common.EntryBatch;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.RowSource;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.Selection;
import io.narfi.storage.StreamSlice;
import java.io.IOException;
import java.util.List;

/** Damages objects, and reads all that is in them. */
final class Objects {
    static final String TENANT = "t";

    private Objects() {}

    /** A copy with bytes set: of every four bytes of the edits three say where, from the end, and one says what. */
    static byte[] edited(byte[] object, byte[] edits) {
        byte[] bytes = object.clone();
        for (int i = 0; i + 4 <= edits.length; i += 4) {
            int at = (edits[i] & 0xff) << 16 | (edits[i + 1] & 0xff) << 8 | (edits[i + 2] & 0xff);
            bytes[bytes.length - 1 - at % bytes.length] = edits[i + 3];
        }
        return bytes;
    }

    /** Every row in both directions, and what selections find. */
    static void read(RowSource source) throws IOException {
        for (ScanRequest.Direction direction : ScanRequest.Direction.values()) {
            for (StreamSlice slice : source.select(Selection.everything(TENANT))) {
                try (BatchCursor cursor = slice.scan(new ScanRequest(Long.MIN_VALUE, Long.MAX_VALUE, direction, ScanRequest.Columns.LINES))) {
                    for (EntryBatch batch = cursor.next(); batch != null; batch = cursor.next()) {
                        for (int row = batch.start; row < batch.end; row++) {
                            var _ = batch.lineLength(row) + batch.metadata(row).size();
                        }
                    }
                }
            }
        }
        for (LabelMatcher.Op op : LabelMatcher.Op.values()) {
            source.select(new Selection(TENANT, List.of(new LabelMatcher("app", op, "a1")), 0, Long.MAX_VALUE, 5, -5));
        }
    }

    static Labels stream(int i) {
        return Labels.of("app", "a" + i, "pod", "p" + i % 3);
    }
}
