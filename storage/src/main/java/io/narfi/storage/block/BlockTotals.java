package io.narfi.storage.block;

import io.narfi.storage.CorruptDataException;
import io.narfi.storage.SliceTotals;
import io.narfi.storage.StreamSlice.PageInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A stream of an open block, without its labels. */
sealed class BlockTotals implements SliceTotals permits BlockSlice {
    private final BlockReader block;
    private final SeriesIndex.Entry entry;
    private volatile @Nullable PageList pages;

    BlockTotals(BlockReader block, SeriesIndex.Entry entry) {
        this.block = block;
        this.entry = entry;
    }

    BlockReader block() {
        return block;
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
}
