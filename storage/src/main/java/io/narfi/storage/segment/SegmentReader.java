package io.narfi.storage.segment;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.CorruptDataException;
import io.narfi.storage.RowSource;
import io.narfi.storage.ScanCounts;
import io.narfi.storage.Selection;
import io.narfi.storage.StreamSlice;
import io.narfi.storage.page.ByteReader;
import io.narfi.storage.page.Column;
import io.narfi.storage.page.PageDecoder;
import java.util.ArrayList;
import java.util.List;

/**
 * A segment whose bytes are in memory. Opening reads the directory; frames are decoded when rows are asked for, column by column, through
 * a {@link FrameCache}. Safe from any thread.
 */
public final class SegmentReader implements RowSource {
    /** What a segment holds of a tenant; times in nanoseconds, bytes uncompressed. */
    public record TenantInfo(String tenant, int streams, long rows, long lineBytes, long metadataBytes, long minTime, long maxTime) {}

    private final String key;
    private final byte[] bytes;
    private final SegmentDirectory directory;
    private final FrameCache cache;

    private SegmentReader(String key, byte[] bytes, SegmentDirectory directory, FrameCache cache) {
        this.key = key;
        this.bytes = bytes;
        this.directory = directory;
        this.cache = cache;
    }

    /**
     * Opens a segment.
     *
     * @param key the object's key; decoded frames are cached under it
     * @param bytes the whole object, not changed afterwards
     * @throws CorruptDataException if that is no segment or its directory is damaged
     */
    public static SegmentReader open(String key, byte[] bytes, FrameCache cache) throws CorruptDataException {
        SegmentDirectory directory = SegmentDirectory.read(requireNonNull(key, "key is null"), bytes);
        return new SegmentReader(key, bytes, directory, requireNonNull(cache, "cache is null"));
    }

    @Override
    public String key() {
        return key;
    }

    /** Bytes of the object. */
    public long size() {
        return bytes.length;
    }

    /** Memory that the reader holds, in bytes, without what the cache holds of it. */
    public long memoryBytes() {
        return bytes.length + directory.memoryBytes();
    }

    /** The tenants that have rows here, in ascending order of their names. */
    public List<TenantInfo> tenants() {
        return directory.tenants();
    }

    @Override
    public List<StreamSlice> select(Selection selection) {
        List<StreamSlice> selected = new ArrayList<>();
        for (StreamEntry entry : directory.streams(selection.tenant())) {
            if (entry.isIn(selection)) {
                selected.add(new SegmentSlice(this, entry));
            }
        }
        return selected;
    }

    int frameRows(int frame) {
        return directory.frameRows(frame);
    }

    long[] timestamps(int frame, ScanCounts counts) throws CorruptDataException {
        return cache.get(
                key, frame, Column.TIMESTAMPS,
                () -> PageDecoder.timestamps(column(frame, Column.TIMESTAMPS, counts), directory.frameRows(frame)),
                decoded -> 16 + decoded.length * 8L);
    }

    int[] offsets(int frame, ScanCounts counts) throws CorruptDataException {
        return cache.get(
                key, frame, Column.LENGTHS,
                () -> PageDecoder.offsets(column(frame, Column.LENGTHS, counts), directory.frameRows(frame), directory.frameLineBytes(frame)),
                decoded -> 16 + decoded.length * 4L);
    }

    boolean hasMetadata(int frame) {
        return directory.columnLength(frame, Column.METADATA) > 0;
    }

    /** Only for frames that {@link #hasMetadata have any}. */
    PageDecoder.Metadata metadata(int frame, ScanCounts counts) throws CorruptDataException {
        return cache.get(
                key, frame, Column.METADATA,
                () -> requireNonNull(PageDecoder.metadata(column(frame, Column.METADATA, counts), directory.frameRows(frame))),
                PageDecoder.Metadata::memoryBytes);
    }

    byte[] lines(int frame, ScanCounts counts) throws CorruptDataException {
        return cache.get(
                key, frame, Column.LINES,
                () -> PageDecoder.lines(column(frame, Column.LINES, counts), directory.frameLineBytes(frame)),
                decoded -> 16L + decoded.length);
    }

    /** The stored bytes of a column that is about to be decoded. */
    private ByteReader column(int frame, Column column, ScanCounts counts) {
        int offset = directory.columnOffset(frame, column);
        int length = directory.columnLength(frame, column);
        counts.storedBytes += length;
        return new ByteReader(key, column.section(), 0, bytes, offset, offset + length);
    }
}
