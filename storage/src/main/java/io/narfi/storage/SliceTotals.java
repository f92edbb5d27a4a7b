package io.narfi.storage;

import io.narfi.storage.StreamSlice.PageInfo;
import java.io.IOException;
import java.util.List;

/** How much one object holds of one stream, by its directory. Safe from any thread. */
public interface SliceTotals {
    /** The stable hash of the stream's labels. */
    long hash();

    /** Timestamp of the first row, in nanoseconds. */
    long minTime();

    /** Timestamp of the last row, in nanoseconds. */
    long maxTime();

    long rows();

    /** Bytes of the lines, uncompressed. */
    long lineBytes();

    /** Bytes of names and values of structured metadata, uncompressed; {@code detected_level} is not counted, as in Loki. */
    long metadataBytes();

    /** Whether rows and bytes are the sums of what the pages say, so that these need not be read; else they are bounds. */
    default boolean isSumOfPages() {
        return true;
    }

    /**
     * The pages in time order; what they say is exact.
     *
     * @throws CorruptDataException if the page directory is damaged
     */
    List<PageInfo> pages() throws IOException;
}
