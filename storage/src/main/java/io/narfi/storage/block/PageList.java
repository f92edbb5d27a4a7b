package io.narfi.storage.block;

import io.narfi.storage.CorruptDataException;
import io.narfi.storage.StreamSlice.PageInfo;
import io.narfi.storage.page.ByteReader;
import io.narfi.storage.page.Column;
import io.narfi.storage.page.PageLimits;
import java.util.ArrayList;
import java.util.List;

/** The pages of one series: what the directory says, and where their columns are. Immutable. */
final class PageList {
    private static final int MIN_PAGE_BYTES = 9;

    private final List<PageInfo> infos;
    private final long[] offsets;
    private final int[] lengths;

    /** @param dataEnd columns lie before this offset in the block */
    static PageList read(ByteReader in, int count, long seriesMinTime, long dataEnd) throws CorruptDataException {
        if (count < 1 || count > in.remaining() / MIN_PAGE_BYTES) {
            throw in.corrupt(count + " pages");
        }
        long[] offsets = new long[count * Column.COUNT];
        int[] lengths = new int[count * Column.COUNT];
        List<PageInfo> infos = new ArrayList<>(count);
        long[] next = new long[Column.COUNT];
        long previous = seriesMinTime;
        while (infos.size() < count) {
            int run = in.varint32(count - infos.size(), "number of pages");
            if (run == 0) {
                throw in.corrupt("a run of no pages");
            }
            for (int column = 0; column < Column.COUNT; column++) {
                next[column] = in.varint(dataEnd, "offset of a column");
            }
            for (int i = 0; i < run; i++) {
                long minTime = previous + in.varint();
                long maxTime = minTime + in.varint();
                if (minTime < previous || maxTime < minTime) {
                    throw in.corrupt("times of pages do not ascend");
                }
                int rows = in.varint32(PageLimits.MAX_ROWS, "rows of a page");
                int lineBytes = in.varint32(PageLimits.MAX_PAGE_LINE_BYTES, "bytes of a page");
                long metadataBytes = in.varint(Long.MAX_VALUE >> 20, "metadata bytes of a page");
                for (int column = 0; column < Column.COUNT; column++) {
                    int length = in.varint32(PageLimits.MAX_COLUMN_BYTES, "length of a column");
                    int at = infos.size() * Column.COUNT + column;
                    offsets[at] = next[column];
                    lengths[at] = length;
                    next[column] += length;
                    if (next[column] > dataEnd) {
                        throw in.corrupt("a column ends at " + next[column] + ", the data at " + dataEnd);
                    }
                }
                infos.add(new PageInfo(minTime, maxTime, rows, lineBytes, metadataBytes));
                previous = maxTime;
            }
        }
        in.expectEnd();
        return new PageList(List.copyOf(infos), offsets, lengths);
    }

    private PageList(List<PageInfo> infos, long[] offsets, int[] lengths) {
        this.infos = infos;
        this.offsets = offsets;
        this.lengths = lengths;
    }

    List<PageInfo> infos() {
        return infos;
    }

    PageInfo info(int page) {
        return infos.get(page);
    }

    int size() {
        return infos.size();
    }

    long offset(int page, Column column) {
        return offsets[page * Column.COUNT + column.index()];
    }

    int length(int page, Column column) {
        return lengths[page * Column.COUNT + column.index()];
    }
}
