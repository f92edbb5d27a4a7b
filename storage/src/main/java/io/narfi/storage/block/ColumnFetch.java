package io.narfi.storage.block;

import io.narfi.storage.CorruptDataException;
import io.narfi.storage.object.RangeReader;
import io.narfi.storage.page.ByteReader;
import io.narfi.storage.page.Column;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** The stored bytes of some columns of neighbouring pages, read in as few reads as their places allow. */
final class ColumnFetch {
    /** Bytes nobody asked for that are read to save a read. */
    static final int MAX_GAP = 64 << 10;

    static final int MAX_READ = 4 << 20;

    private record Extent(long from, long to) {}

    private record Range(long offset, byte[] bytes) {}

    private final String key;
    private final PageList pages;
    private final List<Range> ranges;

    private ColumnFetch(String key, PageList pages, List<Range> ranges) {
        this.key = key;
        this.pages = pages;
        this.ranges = ranges;
    }

    /** Reads columns of the pages {@code [first, end)}; where more than one read is needed they run side by side. */
    static ColumnFetch read(RangeReader reader, PageList pages, int first, int end, List<Column> columns) throws IOException {
        List<Range> ranges = new ArrayList<>();
        List<Extent> missing = new ArrayList<>();
        for (Extent extent : extents(pages, first, end, columns)) {
            byte[] atHand = reader.readAtHand(extent.from, (int) (extent.to - extent.from));
            if (atHand != null) {
                ranges.add(new Range(extent.from, atHand));
            } else {
                missing.add(extent);
            }
        }
        List<FutureTask<Range>> others = new ArrayList<>();
        for (int i = 1; i < missing.size(); i++) {
            Extent extent = missing.get(i);
            FutureTask<Range> task = new FutureTask<>(() -> read(reader, extent));
            others.add(task);
            Thread.ofVirtual().name("block-read").start(task);
        }
        try {
            if (!missing.isEmpty()) {
                ranges.add(read(reader, missing.getFirst()));
            }
            for (FutureTask<Range> task : others) {
                ranges.add(await(task));
            }
        } finally {
            others.forEach(task -> task.cancel(true));
        }
        return new ColumnFetch(reader.key(), pages, ranges);
    }

    private static Range read(RangeReader reader, Extent extent) throws IOException {
        return new Range(extent.from, reader.read(extent.from, (int) (extent.to - extent.from)));
    }

    /** The result of a read on another thread, its exception as if it had happened here. */
    static <T> T await(FutureTask<T> task) throws IOException {
        try {
            return task.get();
        } catch (InterruptedException e) {
            task.cancel(true);
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while reading a block");
            interrupted.initCause(e);
            throw interrupted;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            if (e.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e);
        }
    }

    private static List<Extent> extents(PageList pages, int first, int end, List<Column> columns) {
        List<Extent> all = new ArrayList<>();
        for (int page = first; page < end; page++) {
            for (Column column : columns) {
                int length = pages.length(page, column);
                if (length > 0) {
                    long from = pages.offset(page, column);
                    all.add(new Extent(from, from + length));
                }
            }
        }
        all.sort(Comparator.comparingLong(Extent::from));
        List<Extent> merged = new ArrayList<>();
        for (Extent extent : all) {
            Extent last = merged.isEmpty() ? null : merged.getLast();
            if (last != null
                    && extent.from - last.to <= MAX_GAP
                    && Math.max(extent.to, last.to) - last.from <= MAX_READ) {
                merged.set(merged.size() - 1, new Extent(last.from, Math.max(extent.to, last.to)));
            } else {
                merged.add(extent);
            }
        }
        return merged;
    }

    /** A column's stored bytes. */
    ByteReader column(int page, Column column) throws CorruptDataException {
        long from = pages.offset(page, column);
        int length = pages.length(page, column);
        for (Range range : ranges) {
            if (from >= range.offset && from + length <= range.offset + range.bytes.length) {
                int at = (int) (from - range.offset);
                return new ByteReader(key, column.section(), range.offset, range.bytes, at, at + length);
            }
        }
        if (length == 0) {
            return new ByteReader(key, column.section(), from, new byte[0], 0, 0);
        }
        throw new CorruptDataException(key, column.section(), from, "fewer bytes were read than asked for");
    }
}
