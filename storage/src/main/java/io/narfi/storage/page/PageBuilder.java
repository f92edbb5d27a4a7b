package io.narfi.storage.page;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import java.util.Arrays;

/**
 * Collects rows and writes them as the columns of one page. Reused from page to page; for one thread.
 *
 * <p>Rows keep the order in which they are added. Whoever adds asks {@link #fits} first: an empty page takes any row within {@link
 * PageLimits}.
 */
public final class PageBuilder {
    private final MetadataDictionary dictionary = new MetadataDictionary();
    private final PageEncoder encoder = new PageEncoder();
    private long[] timestamps = new long[256];
    private int[] offsets = new int[257];
    private int[] metadataIds = new int[256];
    private byte[] lines = new byte[8 << 10];
    private int rows;
    private long metadataBytes;

    public int rows() {
        return rows;
    }

    public boolean isEmpty() {
        return rows == 0;
    }

    public int lineBytes() {
        return offsets[rows];
    }

    /** Bytes of structured metadata over all rows, without {@code detected_level}. */
    public long metadataBytes() {
        return metadataBytes;
    }

    public long firstTimestamp() {
        return timestamps[0];
    }

    public long lastTimestamp() {
        return timestamps[rows - 1];
    }

    /** Memory that the builder holds between pages, in bytes. */
    public long memoryBytes() {
        return timestamps.length * 8L + offsets.length * 4L + metadataIds.length * 4L + lines.length + encoder.memoryBytes();
    }

    /** Whether a row can still be added without growing past the page's target. */
    public boolean fits(int lineLength, Labels metadata) {
        if (rows == 0) {
            return true;
        }
        if (rows == PageLimits.MAX_ROWS || offsets[rows] + (long) lineLength > PageLimits.TARGET_LINE_BYTES) {
            return false;
        }
        return metadata.isEmpty()
                || dictionary.contains(metadata)
                || dictionary.bytes() + (long) PageLimits.metadataBytes(metadata) <= PageLimits.TARGET_METADATA_BYTES;
    }

    /** Adds a row; returns the bytes of its metadata that count. The line is copied. */
    public int add(long timestamp, byte[] source, int offset, int length, Labels metadata) {
        if (length > PageLimits.MAX_LINE_BYTES) {
            throw new IllegalArgumentException("line of " + length + " bytes, at most " + PageLimits.MAX_LINE_BYTES + " fit");
        }
        ensure(rows + 1, offsets[rows] + (long) length);
        System.arraycopy(source, offset, lines, offsets[rows], length);
        return addRow(timestamp, length, metadata);
    }

    /** Adds rows of a batch that was read with all columns, from {@code from} on, as many as fit, at least one into an empty page; returns the first that did not. */
    public int addRows(EntryBatch batch, int from) {
        int[] sourceOffsets = batch.offsets;
        byte[] source = batch.lines;
        if (sourceOffsets == null || source == null) {
            throw new IllegalArgumentException("the batch was read without lines");
        }
        int row = from;
        while (row < batch.end && fits(batch.lineLength(row), batch.metadata(row))) {
            int length = batch.lineLength(row);
            add(batch.timestamps[row], source, sourceOffsets[row], length, batch.metadata(row));
            row++;
        }
        return row;
    }

    private int addRow(long timestamp, int length, Labels metadata) {
        int id = dictionary.id(metadata);
        int counted = dictionary.countedBytes(id);
        timestamps[rows] = timestamp;
        metadataIds[rows] = id;
        offsets[rows + 1] = offsets[rows] + length;
        rows++;
        metadataBytes += counted;
        return counted;
    }

    private void ensure(int rowCount, long lineBytes) {
        if (rowCount > timestamps.length) {
            int capacity = Math.min(PageLimits.MAX_ROWS, 2 * timestamps.length);
            if (rowCount > capacity) {
                throw new IllegalStateException("a page has at most " + PageLimits.MAX_ROWS + " rows");
            }
            timestamps = Arrays.copyOf(timestamps, capacity);
            metadataIds = Arrays.copyOf(metadataIds, capacity);
            offsets = Arrays.copyOf(offsets, capacity + 1);
        }
        if (lineBytes > lines.length) {
            if (lineBytes > PageLimits.MAX_PAGE_LINE_BYTES) {
                throw new IllegalStateException("a page has at most " + PageLimits.MAX_PAGE_LINE_BYTES + " bytes of lines");
            }
            lines = Arrays.copyOf(lines, (int) Math.min(PageLimits.MAX_PAGE_LINE_BYTES, Math.max(lineBytes, 2L * lines.length)));
        }
    }

    /** Appends one column; returns its stored length, 0 for a column that is not there. */
    public int encode(Column column, ByteWriter out) {
        int before = out.size();
        switch (column) {
            case TIMESTAMPS -> encoder.timestamps(timestamps, rows, out);
            case LENGTHS -> encoder.lengths(offsets, rows, out);
            case METADATA -> {
                if (dictionary.anyPair()) {
                    encoder.metadata(dictionary, metadataIds, rows, out);
                }
            }
            case LINES -> encoder.lines(lines, offsets[rows], out);
        }
        return out.size() - before;
    }

    /** Forgets the rows. What a rare huge line made large is given back. */
    public void clear() {
        if (lines.length > 4 * PageLimits.TARGET_LINE_BYTES) {
            lines = new byte[PageLimits.TARGET_LINE_BYTES];
        }
        dictionary.clear();
        rows = 0;
        metadataBytes = 0;
    }
}
