package io.narfi.storage.block;

import io.narfi.storage.page.ByteWriter;
import io.narfi.storage.page.Column;
import java.util.Arrays;

/** The pages and column groups of a block that is being written: about 50 bytes of memory for each page, whatever its size. */
final class PageTable {
    private int size;
    private long[] minTimes = new long[64];
    private long[] maxTimes = new long[64];
    private int[] rows = new int[64];
    private int[] lineBytes = new int[64];
    private long[] metadataBytes = new long[64];
    private int[] columnLengths = new int[64 * Column.COUNT];

    private int groups;
    private int[] groupEnds = new int[16];
    private long[] groupOffsets = new long[16 * Column.COUNT];

    int size() {
        return size;
    }

    void add(long minTime, long maxTime, int rowCount, int lines, long metadata, int[] lengths) {
        if (size == minTimes.length) {
            int capacity = 2 * size;
            minTimes = Arrays.copyOf(minTimes, capacity);
            maxTimes = Arrays.copyOf(maxTimes, capacity);
            rows = Arrays.copyOf(rows, capacity);
            lineBytes = Arrays.copyOf(lineBytes, capacity);
            metadataBytes = Arrays.copyOf(metadataBytes, capacity);
            columnLengths = Arrays.copyOf(columnLengths, capacity * Column.COUNT);
        }
        minTimes[size] = minTime;
        maxTimes[size] = maxTime;
        rows[size] = rowCount;
        lineBytes[size] = lines;
        metadataBytes[size] = metadata;
        System.arraycopy(lengths, 0, columnLengths, size * Column.COUNT, Column.COUNT);
        size++;
    }

    /** Ends a group: where in the block the columns of its pages begin. */
    void endGroup(long[] columnOffsets) {
        if (groups == groupEnds.length) {
            groupEnds = Arrays.copyOf(groupEnds, 2 * groups);
            groupOffsets = Arrays.copyOf(groupOffsets, 2 * groups * Column.COUNT);
        }
        groupEnds[groups] = size;
        System.arraycopy(columnOffsets, 0, groupOffsets, groups * Column.COUNT, Column.COUNT);
        groups++;
    }

    long memoryBytes() {
        return minTimes.length * (32L + 4L * Column.COUNT) + groupEnds.length * (4L + 8L * Column.COUNT);
    }

    /** Writes the lists of pages of series after series; calls must come in the order of pages. */
    final class Lists {
        private final long[] next = new long[Column.COUNT];
        private int page;
        private int group;

        Lists() {
            enterGroup();
        }

        private void enterGroup() {
            if (group < groups) {
                System.arraycopy(groupOffsets, group * Column.COUNT, next, 0, Column.COUNT);
            }
        }

        /** The list of a series whose pages are the next {@code count}. */
        void write(int count, long seriesMinTime, ByteWriter out) {
            int end = page + count;
            long previous = seriesMinTime;
            while (page < end) {
                if (page == groupEnds[group]) {
                    group++;
                    enterGroup();
                }
                int runEnd = Math.min(end, groupEnds[group]);
                out.varint(runEnd - page);
                for (long offset : next) {
                    out.varint(offset);
                }
                for (; page < runEnd; page++) {
                    previous = writePage(previous, out);
                }
            }
        }

        private long writePage(long previous, ByteWriter out) {
            out.varint(minTimes[page] - previous);
            out.varint(maxTimes[page] - minTimes[page]);
            out.varint(rows[page]);
            out.varint(lineBytes[page]);
            out.varint(metadataBytes[page]);
            for (int column = 0; column < Column.COUNT; column++) {
                int length = columnLengths[page * Column.COUNT + column];
                out.varint(length);
                next[column] += length;
            }
            return maxTimes[page];
        }
    }
}
