package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.SliceView;
import io.narfi.storage.StreamSlice;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A slice that counts the rows that are read from it, so that it can be checked that compaction loses none. */
final class CountingSlice extends SliceView {
    private final AtomicLong rowsRead;

    CountingSlice(StreamSlice slice, AtomicLong rowsRead) {
        super(slice);
        this.rowsRead = requireNonNull(rowsRead, "rowsRead is null");
    }

    @Override
    public BatchCursor scan(ScanRequest request) {
        BatchCursor cursor = super.scan(request);
        return new BatchCursor() {
            @Override
            public @Nullable EntryBatch next() throws IOException {
                EntryBatch batch = cursor.next();
                if (batch != null) {
                    rowsRead.addAndGet(batch.size());
                }
                return batch;
            }

            @Override
            public void close() {
                cursor.close();
            }
        };
    }
}
