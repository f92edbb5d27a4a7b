package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.StreamSlice;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A slice that counts the rows that are read from it, so that it can be checked that compaction loses none. */
record CountingSlice(StreamSlice slice, AtomicLong rowsRead) implements StreamSlice {
    CountingSlice {
        requireNonNull(slice, "slice is null");
        requireNonNull(rowsRead, "rowsRead is null");
    }

    @Override
    public Labels labels() {
        return slice.labels();
    }

    @Override
    public long hash() {
        return slice.hash();
    }

    @Override
    public long minTime() {
        return slice.minTime();
    }

    @Override
    public long maxTime() {
        return slice.maxTime();
    }

    @Override
    public long rows() {
        return slice.rows();
    }

    @Override
    public long lineBytes() {
        return slice.lineBytes();
    }

    @Override
    public long metadataBytes() {
        return slice.metadataBytes();
    }

    @Override
    public List<PageInfo> pages() throws IOException {
        return slice.pages();
    }

    @Override
    public BatchCursor scan(ScanRequest request) {
        BatchCursor cursor = slice.scan(request);
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
