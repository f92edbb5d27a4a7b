package io.narfi.storage.segment;

import io.narfi.common.Labels;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.StreamSlice.PageInfo;
import io.narfi.storage.page.ByteReader;
import io.narfi.storage.page.ByteWriter;
import io.narfi.storage.page.Column;
import io.narfi.storage.page.LabelPairs;
import io.narfi.storage.page.PageLimits;
import io.narfi.storage.page.Zstd;
import io.narfi.storage.segment.SegmentReader.TenantInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The directory of a segment, decoded and checked: every column of every frame lies inside the object, and the streams' rows fill the
 * frames exactly.
 */
final class SegmentDirectory {
    private static final int FRAME_BYTES = 40;
    private static final int STREAM_BYTES = 160;
    private static final int PAIR_BYTES = 16;
    private static final int MIN_FRAME_BYTES = 6;
    private static final int MIN_STREAM_BYTES = 10;
    private static final int MIN_PIECE_BYTES = 12;

    private final ByteReader in;
    private final int framesEnd;
    private final int[] frameRows;
    private final int[] frameLineBytes;
    private final int[] columnOffsets;
    private final Map<String, List<StreamEntry>> streams = new LinkedHashMap<>();
    private final List<TenantInfo> tenants = new ArrayList<>();
    private long memoryBytes;

    static SegmentDirectory read(String key, byte[] bytes) throws CorruptDataException {
        ByteReader whole = new ByteReader(key, "segment", 0, bytes, 0, bytes.length);
        if (bytes.length < SegmentFormat.HEADER_BYTES + SegmentFormat.TAIL_BYTES) {
            throw whole.corrupt("an object of " + bytes.length + " bytes is no segment");
        }
        checkVersion(whole, whole.i32(), whole.i32());
        int tailAt = bytes.length - SegmentFormat.TAIL_BYTES;
        ByteReader tail = new ByteReader(key, "tail", 0, bytes, tailAt, bytes.length - 4).checked();
        ByteReader magic = new ByteReader(key, "tail", 0, bytes, bytes.length - 4, bytes.length);
        int crc = tail.i32();
        int stored = tail.i32();
        int length = tail.i32();
        long offset = tail.i64();
        checkVersion(magic, magic.i32(), tail.i32());
        if (offset < SegmentFormat.HEADER_BYTES || stored < 0 || offset + stored != tailAt) {
            throw tail.corrupt("directory of " + stored + " bytes at " + offset);
        }
        if (length < 0 || length > SegmentFormat.MAX_DIRECTORY_BYTES) {
            throw tail.corrupt("directory of " + length + " bytes");
        }
        ByteReader compressed = new ByteReader(key, "directory", 0, bytes, (int) offset, tailAt);
        if (ByteWriter.crc(bytes, (int) offset, stored) != crc) {
            throw compressed.corrupt("checksum does not match");
        }
        byte[] raw = Zstd.decompress(compressed, stored, length);
        return new SegmentDirectory(new ByteReader(key, "directory", offset, raw, 0, length), (int) offset);
    }

    private static void checkVersion(ByteReader in, int magic, int version) throws CorruptDataException {
        if (magic != SegmentFormat.MAGIC) {
            throw in.corrupt("magic number is " + Integer.toHexString(magic));
        }
        if (version != SegmentFormat.VERSION) {
            throw in.corrupt("unknown version " + version);
        }
    }

    private SegmentDirectory(ByteReader in, int framesEnd) throws CorruptDataException {
        this.in = in;
        this.framesEnd = framesEnd;
        String[] symbols = new String[in.count(1, "number of symbols")];
        for (int i = 0; i < symbols.length; i++) {
            symbols[i] = in.utf8();
            memoryBytes += 48 + symbols[i].length();
        }
        int frameCount = in.count(MIN_FRAME_BYTES, "number of frames");
        frameRows = new int[frameCount];
        frameLineBytes = new int[frameCount];
        columnOffsets = new int[frameCount * Column.COUNT + 1];
        readFrames();
        readTenants(symbols);
        in.expectEnd();
        memoryBytes += (long) FRAME_BYTES * frameCount + in.end();
    }

    private void readFrames() throws CorruptDataException {
        int offset = SegmentFormat.HEADER_BYTES;
        columnOffsets[0] = offset;
        for (int frame = 0; frame < frameRows.length; frame++) {
            frameRows[frame] = in.varint32(PageLimits.MAX_ROWS, "rows of a frame");
            frameLineBytes[frame] = in.varint32(PageLimits.MAX_PAGE_LINE_BYTES, "bytes of a frame");
            for (int column = 0; column < Column.COUNT; column++) {
                offset += in.varint32(Math.min(PageLimits.MAX_COLUMN_BYTES, framesEnd - offset), "length of a column");
                columnOffsets[frame * Column.COUNT + column + 1] = offset;
            }
        }
        if (offset != framesEnd) {
            throw in.corrupt("frames end at " + offset + " instead of " + framesEnd);
        }
    }

    private void readTenants(String[] symbols) throws CorruptDataException {
        int tenantCount = in.count(3, "number of tenants");
        int frame = 0;
        for (int t = 0; t < tenantCount; t++) {
            String tenant = in.utf8();
            int endFrame = frame + in.varint32(frameRows.length - frame, "frames of a tenant");
            int count = in.count(MIN_STREAM_BYTES, "number of streams");
            FramePosition position = new FramePosition(frame, endFrame);
            List<StreamEntry> entries = new ArrayList<>(count);
            for (int s = 0; s < count; s++) {
                StreamEntry entry = readStream(symbols, position);
                if (s > 0 && entry.isBefore(entries.get(s - 1))) {
                    throw in.corrupt("streams are not in order");
                }
                entries.add(entry);
            }
            position.expectEnd();
            frame = endFrame;
            if (count == 0 || streams.put(tenant, List.copyOf(entries)) != null) {
                throw in.corrupt("tenant " + tenant + " has no streams or comes twice");
            }
            tenants.add(summary(tenant, entries));
        }
        if (frame != frameRows.length) {
            throw in.corrupt((frameRows.length - frame) + " frames of no tenant");
        }
    }

    private StreamEntry readStream(String[] symbols, FramePosition position) throws CorruptDataException {
        String[] pairs = new String[2 * in.count(2, "number of labels")];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = symbols[in.varint32(symbols.length - 1, "symbol")];
        }
        Labels labels = LabelPairs.of(pairs);
        long hash = in.i64();
        int pieceCount = in.count(MIN_PIECE_BYTES, "number of pieces");
        if (pieceCount == 0) {
            throw in.corrupt("a stream without rows");
        }
        int firstFrame = position.frame();
        int firstRow = position.row();
        List<PageInfo> pages = new ArrayList<>(pieceCount);
        for (int p = 0; p < pieceCount; p++) {
            int rows = in.varint32(PageLimits.MAX_ROWS, "rows of a piece");
            position.advance(rows, p == pieceCount - 1);
            long first = in.i64();
            long last = first + in.varint();
            if (last < first || (p > 0 && first < pages.get(p - 1).maxTime())) {
                throw in.corrupt("times of a stream do not ascend");
            }
            long lineBytes = in.varint(PageLimits.MAX_PAGE_LINE_BYTES, "bytes of a piece");
            long metadataBytes = in.varint(Long.MAX_VALUE >> 20, "metadata bytes of a piece");
            pages.add(new PageInfo(first, last, rows, lineBytes, metadataBytes));
        }
        memoryBytes += STREAM_BYTES + (long) PAIR_BYTES * pairs.length + 64L * pieceCount;
        return StreamEntry.of(labels, hash, firstFrame, firstRow, pages);
    }

    private static TenantInfo summary(String tenant, List<StreamEntry> entries) {
        long rows = 0;
        long lineBytes = 0;
        long metadataBytes = 0;
        long minTime = Long.MAX_VALUE;
        long maxTime = Long.MIN_VALUE;
        for (StreamEntry entry : entries) {
            rows += entry.rows();
            lineBytes += entry.lineBytes();
            metadataBytes += entry.metadataBytes();
            minTime = Math.min(minTime, entry.minTime());
            maxTime = Math.max(maxTime, entry.maxTime());
        }
        return new TenantInfo(tenant, entries.size(), rows, lineBytes, metadataBytes, minTime, maxTime);
    }

    /** Where the rows of the next piece are: pieces follow each other without gaps. */
    private final class FramePosition {
        private final int endFrame;
        private int frame;
        private int row;

        FramePosition(int frame, int endFrame) {
            this.frame = frame;
            this.endFrame = endFrame;
        }

        /** The frame that the next row lies in. */
        int frame() {
            return row > 0 && row == frameRows[frame] ? frame + 1 : frame;
        }

        int row() {
            return row > 0 && row == frameRows[frame] ? 0 : row;
        }

        /** Only the last piece of a stream may end before its frame does. */
        void advance(int rows, boolean last) throws CorruptDataException {
            int nextRow = row();
            frame = frame();
            row = nextRow;
            if (frame >= endFrame || rows < 1 || rows > frameRows[frame] - row) {
                throw in.corrupt("a piece of " + rows + " rows does not fit its frame");
            }
            row += rows;
            if (!last && row != frameRows[frame]) {
                throw in.corrupt("a stream goes on in the next frame before this one ends");
            }
        }

        void expectEnd() throws CorruptDataException {
            if (frame() != endFrame || row() != 0) {
                throw in.corrupt("rows of no stream");
            }
        }
    }

    List<TenantInfo> tenants() {
        return List.copyOf(tenants);
    }

    List<StreamEntry> streams(String tenant) {
        return streams.getOrDefault(tenant, List.of());
    }

    int frameRows(int frame) {
        return frameRows[frame];
    }

    int frameLineBytes(int frame) {
        return frameLineBytes[frame];
    }

    int columnOffset(int frame, Column column) {
        return columnOffsets[frame * Column.COUNT + column.index()];
    }

    int columnLength(int frame, Column column) {
        int i = frame * Column.COUNT + column.index();
        return columnOffsets[i + 1] - columnOffsets[i];
    }

    long memoryBytes() {
        return memoryBytes;
    }
}
