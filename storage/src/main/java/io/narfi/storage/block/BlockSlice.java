package io.narfi.storage.block;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.StreamSlice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A stream of an open block. */
final class BlockSlice implements StreamSlice {
    private final BlockReader block;
    private final SeriesIndex.Entry entry;
    private final Labels labels;
    private volatile @Nullable PageList pages;

    BlockSlice(BlockReader block, SeriesIndex.Entry entry, Labels labels) {
        this.block = block;
        this.entry = entry;
        this.labels = labels;
    }

    @Override
    public Labels labels() {
        return labels;
    }

    @Override
    public long hash() {
        return entry.hash();
    }

    @Override
    public long minTime() {
        return entry.minTime();
    }

    @Override
    public long maxTime() {
        return entry.maxTime();
    }

    @Override
    public long rows() {
        return entry.rows();
    }

    @Override
    public long lineBytes() {
        return entry.lineBytes();
    }

    @Override
    public long metadataBytes() {
        return entry.metadataBytes();
    }

    @Override
    public List<PageInfo> pages() throws CorruptDataException {
        return pageList().infos();
    }

    PageList pageList() throws CorruptDataException {
        PageList list = pages;
        if (list == null) {
            list = block.pages(entry);
            pages = list;
        }
        return list;
    }

    @Override
    public BatchCursor scan(ScanRequest request) {
        return new BlockCursor(block.reader(), this, requireNonNull(request, "request is null"));
    }
}
