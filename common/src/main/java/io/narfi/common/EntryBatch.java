package io.narfi.common;

import static java.util.Objects.checkFromToIndex;

import org.jspecify.annotations.Nullable;

/**
 * Rows of one stream in columns, in ascending time order. A row is an index in {@code [start, end)} of the shared arrays, so that a slice
 * costs nothing; whoever gets a batch reads the arrays and never writes them.
 *
 * <pre>
 *   timestamps[row]                          nanoseconds since the epoch
 *   lines[offsets[row] .. offsets[row + 1])  the line's bytes; lines is null when only lengths were asked for
 *   metadata[metadataIds[row]]               structured metadata; both null when no row has any, or none was asked for
 * </pre>
 *
 * <p>{@code offsets} is null when neither lines nor lengths were asked for.
 */
public final class EntryBatch {
    public final long[] timestamps;
    public final int @Nullable [] offsets;
    public final byte @Nullable [] lines;
    public final int @Nullable [] metadataIds;
    public final Labels @Nullable [] metadata;
    public final int start;
    public final int end;

    public EntryBatch(
            long[] timestamps,
            int @Nullable [] offsets,
            byte @Nullable [] lines,
            int @Nullable [] metadataIds,
            Labels @Nullable [] metadata,
            int start,
            int end) {
        checkFromToIndex(start, end, timestamps.length);
        this.timestamps = timestamps;
        this.offsets = offsets;
        this.lines = lines;
        this.metadataIds = metadataIds;
        this.metadata = metadata;
        this.start = start;
        this.end = end;
    }

    public int size() {
        return end - start;
    }

    public boolean isEmpty() {
        return end == start;
    }

    /** The rows {@code [from, to)}, in the numbering of this batch's arrays. */
    public EntryBatch slice(int from, int to) {
        if (from < start || to > end || from > to) {
            throw new IndexOutOfBoundsException("rows " + from + " to " + to + " of a batch of rows " + start + " to " + end);
        }
        return from == start && to == end ? this : new EntryBatch(timestamps, offsets, lines, metadataIds, metadata, from, to);
    }

    /** Length of a line in bytes. */
    public int lineLength(int row) {
        int[] o = offsets;
        if (o == null) {
            throw new IllegalStateException("the batch was read without line lengths");
        }
        return o[row + 1] - o[row];
    }

    /** The structured metadata of a row, empty if it has none. */
    public Labels metadata(int row) {
        int[] ids = metadataIds;
        Labels[] sets = metadata;
        return ids == null || sets == null ? Labels.EMPTY : sets[ids[row]];
    }

    /** First row at or after a time, {@code end} if there is none. */
    public int firstAtOrAfter(long time) {
        int low = start;
        int high = end;
        while (low < high) {
            int mid = (low + high) >>> 1;
            if (timestamps[mid] < time) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        return low;
    }
}
