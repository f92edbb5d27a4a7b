package io.narfi.storage.segment;

import io.narfi.common.Labels;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.page.ByteWriter;
import io.narfi.storage.page.Column;
import io.narfi.storage.page.PageBuilder;
import io.narfi.storage.page.Zstd;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes one segment: frames while streams arrive in the directory's order, then the directory. */
final class SegmentWriter {
    private final RowTable rows;
    private final PageBuilder page = new PageBuilder();
    private final ByteWriter out;
    private final ByteWriter symbols = new ByteWriter(1 << 12);
    private final ByteWriter frames = new ByteWriter(1 << 10);
    private final ByteWriter tenants = new ByteWriter(1 << 12);
    private final ByteWriter tenantStreams = new ByteWriter(1 << 12);
    private final ByteWriter pieces = new ByteWriter(256);
    private final Map<String, Integer> symbolIds = new HashMap<>();

    private String tenant = "";
    private int tenantStreamCount;
    private int tenantFrames;
    private int frameCount;
    private int tenantCount;
    private int streamCount;
    private int rowCount;
    private long lineBytes;
    private long metadataBytes;
    private long minTime = Long.MAX_VALUE;
    private long maxTime = Long.MIN_VALUE;

    private int pieceCount;
    private int pieceRows;
    private long pieceFirst;
    private long pieceLast;
    private long pieceLineBytes;
    private long pieceMetadataBytes;

    SegmentWriter(RowTable rows, long expectedLineBytes) {
        this.rows = rows;
        out = new ByteWriter((int) Math.min(1 << 28, 4096 + expectedLineBytes / 3));
        out.i32(SegmentFormat.MAGIC);
        out.i32(SegmentFormat.VERSION);
    }

    /** The next stream in order, with its rows {@code order[from, to)} by time. */
    void stream(OpenStream stream, int[] order, int from, int to) {
        if (tenantStreamCount == 0 || !stream.tenant.equals(tenant)) {
            endTenant();
            tenant = stream.tenant;
        }
        pieceCount = 0;
        pieces.clear();
        for (int i = from; i < to; i++) {
            add(order[i]);
        }
        endPiece();
        Labels labels = stream.labels;
        tenantStreams.varint(labels.size());
        for (int i = 0; i < labels.size(); i++) {
            tenantStreams.varint(symbol(labels.name(i)));
            tenantStreams.varint(symbol(labels.value(i)));
        }
        tenantStreams.i64(stream.hash);
        tenantStreams.varint(pieceCount);
        tenantStreams.bytes(pieces.array(), 0, pieces.size());
        tenantStreamCount++;
        streamCount++;
    }

    private void add(int row) {
        int length = rows.lengths[row];
        Labels metadata = rows.metadata[row];
        if (!page.fits(length, metadata)) {
            endPiece();
            endFrame();
        }
        long time = rows.timestamps[row];
        int address = rows.addresses[row];
        int counted = page.add(time, rows.lines.chunk(address), LineArena.offset(address), length, metadata);
        if (pieceRows == 0) {
            pieceFirst = time;
        }
        pieceLast = time;
        pieceRows++;
        pieceLineBytes += length;
        pieceMetadataBytes += counted;
    }

    private void endPiece() {
        if (pieceRows == 0) {
            return;
        }
        pieces.varint(pieceRows);
        pieces.i64(pieceFirst);
        pieces.varint(pieceLast - pieceFirst);
        pieces.varint(pieceLineBytes);
        pieces.varint(pieceMetadataBytes);
        pieceCount++;
        rowCount += pieceRows;
        lineBytes += pieceLineBytes;
        metadataBytes += pieceMetadataBytes;
        minTime = Math.min(minTime, pieceFirst);
        maxTime = Math.max(maxTime, pieceLast);
        pieceRows = 0;
        pieceLineBytes = 0;
        pieceMetadataBytes = 0;
    }

    private void endFrame() {
        frames.varint(page.rows());
        frames.varint(page.lineBytes());
        for (Column column : Column.values()) {
            frames.varint(page.encode(column, out));
        }
        page.clear();
        frameCount++;
        tenantFrames++;
    }

    /** Frames never hold rows of two tenants. */
    private void endTenant() {
        if (!page.isEmpty()) {
            endFrame();
        }
        if (tenantStreamCount > 0) {
            tenants.utf8(tenant);
            tenants.varint(tenantFrames);
            tenants.varint(tenantStreamCount);
            tenants.bytes(tenantStreams.array(), 0, tenantStreams.size());
            tenantCount++;
        }
        tenantStreams.clear();
        tenantStreamCount = 0;
        tenantFrames = 0;
    }

    private int symbol(String s) {
        Integer id = symbolIds.putIfAbsent(s, symbolIds.size());
        if (id != null) {
            return id;
        }
        symbols.utf8(s);
        return symbolIds.size() - 1;
    }

    SealedSegment finish(int takenIn) {
        endTenant();
        ByteWriter directory = new ByteWriter(symbols.size() + frames.size() + tenants.size() + 64);
        directory.varint(symbolIds.size());
        directory.bytes(symbols.array(), 0, symbols.size());
        directory.varint(frameCount);
        directory.bytes(frames.array(), 0, frames.size());
        directory.varint(tenantCount);
        directory.bytes(tenants.array(), 0, tenants.size());
        if (directory.size() > SegmentFormat.MAX_DIRECTORY_BYTES) {
            throw new IllegalStateException("a directory of " + directory.size() + " bytes is too large");
        }
        int offset = out.size();
        int stored = Zstd.compress(directory.array(), 0, directory.size(), out);
        int tail = out.size();
        out.i32(ByteWriter.crc(out.array(), offset, stored));
        out.i32(stored);
        out.i32(directory.size());
        out.i64(offset);
        out.i32(SegmentFormat.VERSION);
        out.crcFrom(tail);
        out.i32(SegmentFormat.MAGIC);
        if (out.size() > SegmentFormat.MAX_OBJECT_BYTES) {
            throw new IllegalStateException("a segment of " + out.size() + " bytes is too large");
        }
        ObjectContent content = new ObjectContent.Buffers(List.of(ByteBuffer.wrap(out.array(), 0, out.size())));
        return new SealedSegment(
                content, rowCount, takenIn - rowCount, lineBytes, metadataBytes, minTime, maxTime, tenantCount, streamCount);
    }
}
