package io.narfi.storage.block;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.StreamSlice;

/** A stream of an open block. */
final class BlockSlice extends BlockTotals implements StreamSlice {
    private final Labels labels;

    BlockSlice(BlockReader block, SeriesIndex.Entry entry, Labels labels) {
        super(block, entry);
        this.labels = labels;
    }

    @Override
    public Labels labels() {
        return labels;
    }

    @Override
    public BatchCursor scan(ScanRequest request) {
        return new BlockCursor(block().reader(), this, requireNonNull(request, "request is null"));
    }
}
