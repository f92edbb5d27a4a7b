package io.narfi.storage.segment;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.storage.page.PageLimits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes rows in and makes a segment of them. For one thread at a time; reused after {@link #clear}, so that its arrays are allocated
 * once. An append copies the line into a pooled buffer and does no more; sorting, collapsing of copies and compression happen in {@link
 * #seal}, which the caller runs where it does not hold up pushes.
 */
public final class SegmentBuilder {
    private static final int STREAM_BYTES = 200;
    /** More rows than that: the arrays are given back on {@link #clear}. */
    private static final int KEEP_ROWS = 1 << 19;

    private final ChunkPool pool;
    private final Map<String, Map<Labels, Integer>> handles = new HashMap<>();
    private final List<OpenStream> streams = new ArrayList<>();
    private RowTable rows;
    private long lineBytes;
    private long metadataBytes;
    private long metadataMemory;
    private long streamMemory;
    private Labels lastMetadata = Labels.EMPTY;
    private int lastMetadataBytes;

    public SegmentBuilder(ChunkPool pool) {
        this.pool = requireNonNull(pool, "pool is null");
        this.rows = new RowTable(pool);
    }

    /** A stream's handle for {@link #append}, valid until {@link #clear}. */
    public int stream(String tenant, Labels labels) {
        Map<Labels, Integer> ofTenant = handles.get(tenant);
        if (ofTenant == null) {
            ofTenant = new HashMap<>();
            handles.put(requireNonNull(tenant, "tenant is null"), ofTenant);
        }
        Integer handle = ofTenant.get(labels);
        if (handle == null) {
            handle = streams.size();
            streams.add(new OpenStream(tenant, labels));
            ofTenant.put(labels, handle);
            streamMemory += STREAM_BYTES + memory(labels);
        }
        return handle;
    }

    /**
     * Adds a row; the line is copied, the metadata is kept.
     *
     * @param stream from {@link #stream}
     * @param timestamp nanoseconds
     * @throws IllegalArgumentException if the line or the metadata is beyond {@link PageLimits}; nothing was added then
     */
    public void append(int stream, long timestamp, byte[] source, int offset, int length, Labels metadata) {
        if (length > PageLimits.MAX_LINE_BYTES) {
            throw new IllegalArgumentException("line of " + length + " bytes, at most " + PageLimits.MAX_LINE_BYTES + " fit");
        }
        if (!metadata.isEmpty()) {
            // Most rows have the set of the row before, a level for the most part.
            int bytes = metadata.equals(lastMetadata) ? lastMetadataBytes : PageLimits.metadataBytes(metadata);
            if (bytes > PageLimits.MAX_ROW_METADATA_BYTES) {
                throw new IllegalArgumentException(
                        "structured metadata of " + bytes + " bytes, at most " + PageLimits.MAX_ROW_METADATA_BYTES + " fit");
            }
            lastMetadata = metadata;
            lastMetadataBytes = bytes;
            metadataBytes += bytes;
            metadataMemory += bytes + 48L * metadata.size();
        }
        OpenStream target = streams.get(stream);
        rows.add(stream, timestamp, source, offset, length, metadata);
        target.rows++;
        target.sorted &= timestamp >= target.lastTime;
        target.lastTime = timestamp;
        lineBytes += length;
    }

    /** Adds the rows of a batch that was read with all columns. */
    public void append(int stream, EntryBatch batch) {
        int[] offsets = batch.offsets;
        byte[] lines = batch.lines;
        if (offsets == null || lines == null) {
            throw new IllegalArgumentException("the batch was read without lines");
        }
        for (int row = batch.start; row < batch.end; row++) {
            append(stream, batch.timestamps[row], lines, offsets[row], offsets[row + 1] - offsets[row], batch.metadata(row));
        }
    }

    public boolean isEmpty() {
        return rows.size == 0;
    }

    public int rows() {
        return rows.size;
    }

    public int streams() {
        return streams.size();
    }

    /** Bytes of lines and structured metadata taken in. */
    public long rawBytes() {
        return lineBytes + metadataBytes;
    }

    /** Memory that the labels of all streams take, in bytes; the segment's directory is smaller than that. */
    public long labelBytes() {
        return streamMemory;
    }

    /** Memory that the builder holds, in bytes; metadata that rows share is counted for each of them. */
    public long memoryBytes() {
        return rows.memoryBytes() + metadataMemory + streamMemory;
    }

    /**
     * Sorts each stream by time (rows of one time stay in their order), collapses copies, and writes the segment. The builder keeps its
     * rows until {@link #clear}; what is returned does not depend on it.
     *
     * @throws IllegalStateException if there is no row
     */
    public SealedSegment seal() {
        if (isEmpty()) {
            throw new IllegalStateException("a segment without rows");
        }
        OpenStream[] sorted = streams.stream().filter(s -> s.rows > 0).sorted(OpenStream.ORDER).toArray(OpenStream[]::new);
        int[] order = rows.order(sorted, streams);
        SegmentWriter writer = new SegmentWriter(rows, lineBytes);
        for (OpenStream stream : sorted) {
            int from = stream.start;
            int to = from + stream.rows;
            if (!stream.sorted) {
                rows.sortByTime(order, from, to);
            }
            writer.stream(stream, order, from, rows.dropCopies(order, from, to));
        }
        return writer.finish(rows.size);
    }

    /** Forgets everything and gives the buffers back to the pool. */
    public void clear() {
        rows.clear();
        if (rows.timestamps.length > KEEP_ROWS) {
            rows = new RowTable(pool);
        }
        handles.clear();
        streams.clear();
        lineBytes = 0;
        metadataBytes = 0;
        metadataMemory = 0;
        streamMemory = 0;
    }

    private static long memory(Labels labels) {
        return PageLimits.metadataBytes(labels) + 48L * labels.size();
    }
}
