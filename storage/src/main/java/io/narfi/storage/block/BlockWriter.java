package io.narfi.storage.block;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.storage.page.ByteWriter;
import io.narfi.storage.page.Column;
import io.narfi.storage.page.PageBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes a block into a local file, from front to back. In memory are one page, the small columns of one group, and the block's index
 * ({@link #memoryBytes()}). For one thread.
 *
 * <p>Streams come in ascending unsigned order of their {@link Labels#stableHash()}, ties by labels; rows of a stream in time order. {@link
 * #close} deletes the file unless {@link #finish} was called.
 */
public final class BlockWriter implements AutoCloseable {
    private static final long NANOS_PER_DAY = TimeUnit.DAYS.toNanos(1);
    /** Small columns that wait for the end of their group: so many bytes in a row serve a scan that needs times only. */
    private static final int GROUP_BYTES = 2 << 20;
    /** Lines of a group, compressed; bounds how far apart the columns of a page are. */
    private static final int GROUP_LINE_BYTES = 64 << 20;

    private static final int BUFFER_BYTES = 1 << 20;

    private final Path path;
    private final BlockSpec spec;
    private final long dayStart;
    private final long dayEnd;
    private final FileChannel file;
    private final ByteWriter lines = new ByteWriter(BUFFER_BYTES + (256 << 10));
    private final ByteWriter[] small = {new ByteWriter(64 << 10), new ByteWriter(64 << 10), new ByteWriter(64 << 10)};
    private final PageBuilder page = new PageBuilder();
    private final PageTable pages = new PageTable();
    private final SeriesTable series = new SeriesTable();
    private final int[] columnLengths = new int[Column.COUNT];

    private @Nullable Labels labels;
    private long written;
    private long groupStart;
    private boolean groupOpen;
    private boolean finished;

    private int streamFirstPage;
    private long streamRows;
    private long streamLineBytes;
    private long streamMetadataBytes;
    private long streamMinTime;
    private long streamMaxTime;

    private BlockWriter(Path path, BlockSpec spec, FileChannel file) {
        this.path = path;
        this.spec = spec;
        this.file = file;
        this.dayStart = Math.multiplyExact(spec.day().toEpochDay(), NANOS_PER_DAY);
        this.dayEnd = dayStart + NANOS_PER_DAY - 1;
        lines.i32(BlockFormat.MAGIC);
        lines.i32(BlockFormat.VERSION);
        groupStart = lines.size();
    }

    /** Creates the file, which must not exist. */
    public static BlockWriter create(Path path, BlockSpec spec) throws IOException {
        requireNonNull(spec, "spec is null");
        return new BlockWriter(path, spec, FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    /**
     * Begins a stream. One without rows leaves no trace.
     *
     * @throws IllegalArgumentException if the stream does not come after the one before
     */
    public void startStream(Labels next) throws IOException {
        Labels previous = labels;
        if (previous != null && compare(previous, next) >= 0) {
            throw new IllegalArgumentException("stream " + next + " comes after " + previous);
        }
        endStream();
        labels = next;
    }

    private static int compare(Labels a, Labels b) {
        int c = Long.compareUnsigned(a.stableHash(), b.stableHash());
        return c != 0 ? c : a.compareTo(b);
    }

    /**
     * Adds rows of the current stream, read with all columns.
     *
     * @throws IllegalArgumentException if a row is before the last one or not of the block's day
     */
    public void append(EntryBatch batch) throws IOException {
        if (labels == null) {
            throw new IllegalStateException("rows before a stream");
        }
        if (batch.isEmpty()) {
            return;
        }
        checkTimes(batch);
        int row = batch.start;
        while (row < batch.end) {
            row = page.addRows(batch, row);
            if (row < batch.end) {
                endPage();
            }
        }
        if (streamRows == 0) {
            streamMinTime = batch.timestamps[batch.start];
        }
        streamMaxTime = batch.timestamps[batch.end - 1];
        streamRows += batch.size();
    }

    private void checkTimes(EntryBatch batch) {
        long previous = streamRows == 0 ? dayStart : streamMaxTime;
        for (int row = batch.start; row < batch.end; row++) {
            long time = batch.timestamps[row];
            if (time < previous || time > dayEnd) {
                throw new IllegalArgumentException("time " + time + " after " + previous + " in a block of " + spec.day());
            }
            previous = time;
        }
    }

    private void endPage() throws IOException {
        groupOpen = true;
        columnLengths[Column.TIMESTAMPS.index()] = page.encode(Column.TIMESTAMPS, small[0]);
        columnLengths[Column.LENGTHS.index()] = page.encode(Column.LENGTHS, small[1]);
        columnLengths[Column.METADATA.index()] = page.encode(Column.METADATA, small[2]);
        columnLengths[Column.LINES.index()] = page.encode(Column.LINES, lines);
        pages.add(page.firstTimestamp(), page.lastTimestamp(), page.rows(), page.lineBytes(), page.metadataBytes(), columnLengths);
        streamLineBytes += page.lineBytes();
        streamMetadataBytes += page.metadataBytes();
        page.clear();
        if (lines.size() >= BUFFER_BYTES) {
            flush(lines);
        }
        long smallBytes = 0;
        for (ByteWriter writer : small) {
            smallBytes += writer.size();
        }
        if (smallBytes >= GROUP_BYTES || position() - groupStart >= GROUP_LINE_BYTES) {
            endGroup();
        }
    }

    private void endGroup() throws IOException {
        if (!groupOpen) {
            return;
        }
        long[] offsets = new long[Column.COUNT];
        offsets[Column.LINES.index()] = groupStart;
        flush(lines);
        for (int column = 0; column < small.length; column++) {
            offsets[column] = written;
            flush(small[column]);
        }
        pages.endGroup(offsets);
        groupStart = written;
        groupOpen = false;
    }

    private void endStream() throws IOException {
        if (!page.isEmpty()) {
            endPage();
        }
        Labels stream = labels;
        if (stream != null && streamRows > 0) {
            series.add(
                    stream, streamMinTime, streamMaxTime, streamRows, streamLineBytes, streamMetadataBytes,
                    pages.size() - streamFirstPage);
        }
        streamFirstPage = pages.size();
        streamRows = 0;
        streamLineBytes = 0;
        streamMetadataBytes = 0;
    }

    private long position() {
        return written + lines.size();
    }

    private void flush(ByteWriter buffer) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(buffer.array(), 0, buffer.size());
        while (bytes.hasRemaining()) {
            written += file.write(bytes);
        }
        buffer.clear();
    }

    /** Bytes written so far, without what waits for the end of its group. */
    public long size() {
        return position();
    }

    /** Whether no row was added yet. */
    public boolean isEmpty() {
        return series.size() == 0 && streamRows == 0;
    }

    /** Memory that the writer holds, in bytes. It grows with the number of streams and pages only. */
    public long memoryBytes() {
        long sum = lines.capacity() + page.memoryBytes() + pages.memoryBytes() + series.memoryBytes();
        for (ByteWriter writer : small) {
            sum += writer.capacity();
        }
        return sum;
    }

    /**
     * Writes the footer and closes the file.
     *
     * @throws IllegalStateException if there is no row
     */
    public BlockMeta finish() throws IOException {
        if (isEmpty()) {
            throw new IllegalStateException("a block without rows");
        }
        endStream();
        endGroup();
        BlockMeta meta = new FooterWriter(spec, series, pages).write(written, this::flush);
        file.close();
        finished = true;
        return meta;
    }

    /** Closes the file, and deletes it unless the block is finished. */
    @Override
    public void close() throws IOException {
        file.close();
        if (!finished) {
            Files.deleteIfExists(path);
        }
    }
}
