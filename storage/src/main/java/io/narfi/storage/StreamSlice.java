package io.narfi.storage;

import io.narfi.common.Labels;
import java.io.IOException;
import java.util.List;

/** The rows that one object holds of one stream, sorted by time. Safe from any thread. */
public interface StreamSlice {
    Labels labels();

    /** The labels' {@link Labels#stableHash()}, which readers have at hand. */
    default long hash() {
        return labels().stableHash();
    }

    /** Timestamp of the first row, in nanoseconds. */
    long minTime();

    /** Timestamp of the last row, in nanoseconds. */
    long maxTime();

    long rows();

    /** Bytes of the lines, uncompressed. */
    long lineBytes();

    /** Bytes of names and values of structured metadata, uncompressed; {@code detected_level} is not counted, as in Loki. */
    long metadataBytes();

    /**
     * The pages in time order; what they say is exact.
     *
     * @throws CorruptDataException if the page directory is damaged
     */
    List<PageInfo> pages() throws IOException;

    /** Batches never span pages. A cursor is for one thread. */
    BatchCursor scan(ScanRequest request);

    /** What the directory knows of a page without reading it. */
    record PageInfo(long minTime, long maxTime, int rows, long lineBytes, long metadataBytes) {}
}
