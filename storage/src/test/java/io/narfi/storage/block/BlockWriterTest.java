package io.narfi.storage.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.BytesReader;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.Selection;
import io.narfi.storage.StoredRow;
import io.narfi.storage.StreamSlice;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockWriterTest {
    private static final BlockSpec SPEC = new BlockSpec("t", "01HF8XKJ3V5X0S1Q9C7R2E4T6Y", BlockRoundTripTest.DAY, 1, 0);
    private static final long START = BlockRoundTripTest.START;
    private static final long DAY_NANOS = 86_400_000_000_000L;

    @TempDir
    Path folder;

    private static EntryBatch rows(long... times) {
        List<StoredRow> rows = new ArrayList<>();
        for (long time : times) {
            rows.add(new StoredRow(START + time, "line", Labels.EMPTY));
        }
        return StoredRow.batch(rows);
    }

    @Test
    void refusesRowsInAWrongOrder() throws Exception {
        List<Labels> streams = new ArrayList<>(List.of(Labels.of("a", "1"), Labels.of("a", "2")));
        streams.sort((a, b) -> Long.compareUnsigned(a.stableHash(), b.stableHash()));
        try (BlockWriter writer = BlockWriter.create(folder.resolve("b"), SPEC)) {
            assertThatThrownBy(() -> writer.append(rows(1))).isInstanceOf(IllegalStateException.class);
            writer.startStream(streams.get(1));
            assertThatThrownBy(() -> writer.startStream(streams.get(0))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.startStream(streams.get(1))).isInstanceOf(IllegalArgumentException.class);
            writer.append(rows(5, 5, 6));
            assertThatThrownBy(() -> writer.append(rows(5))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.append(rows(8, 7))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.append(rows(DAY_NANOS))).isInstanceOf(IllegalArgumentException.class);
            writer.append(rows(DAY_NANOS - 1));
            assertThat(writer.finish().rows()).isEqualTo(4);
        }
        try (BlockWriter writer = BlockWriter.create(folder.resolve("c"), SPEC)) {
            writer.startStream(streams.get(1));
            assertThatThrownBy(() -> writer.append(rows(-1))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void leavesNoFileUnlessFinished() throws Exception {
        Path file = folder.resolve("b");
        try (BlockWriter writer = BlockWriter.create(file, SPEC)) {
            assertThat(writer.isEmpty()).isTrue();
            assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
            writer.startStream(Labels.of("a", "1"));
            writer.append(rows(1));
            assertThat(writer.isEmpty()).isFalse();
            assertThatThrownBy(() -> BlockWriter.create(file, SPEC)).isInstanceOf(FileAlreadyExistsException.class);
        }
        assertThat(file).doesNotExist();
        try (BlockWriter writer = BlockWriter.create(file, SPEC)) {
            writer.startStream(Labels.of("a", "1"));
            writer.append(rows(1));
            writer.finish();
        }
        assertThat(file).exists();
    }

    @Test
    void streamsWithoutRowsLeaveNoTrace() throws Exception {
        List<Labels> streams = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            streams.add(Labels.of("a", "" + i));
        }
        streams.sort((a, b) -> Long.compareUnsigned(a.stableHash(), b.stableHash()));
        Path file = folder.resolve("b");
        BlockMeta meta;
        try (BlockWriter writer = BlockWriter.create(file, SPEC)) {
            for (int i = 0; i < 10; i++) {
                writer.startStream(streams.get(i));
                if (i == 4 || i == 7) {
                    writer.append(rows(i));
                }
            }
            meta = writer.finish();
        }
        BlockReader block = BlockReader.open(new BytesReader("key", Files.readAllBytes(file)), meta);
        assertThat(block.series(Selection.everything("t"))).containsExactly(streams.get(4), streams.get(7));
        assertThat(meta.streams()).isEqualTo(2);
    }

    /** 40 streams of 1 MiB of lines that do not compress. */
    private BlockMeta large(Path file, boolean manyStreams) throws Exception {
        Random random = new Random(1);
        try (BlockWriter writer = BlockWriter.create(file, SPEC)) {
            List<Labels> streams = new ArrayList<>();
            for (int i = 0; i < (manyStreams ? 40 : 1); i++) {
                streams.add(Labels.of("a", "" + i));
            }
            streams.sort(Comparator.comparing(Labels::stableHash, Long::compareUnsigned));
            int perStream = 40 * 1024 / streams.size();
            for (Labels stream : streams) {
                writer.startStream(stream);
                for (int batch = 0; batch < perStream / 128; batch++) {
                    byte[] lines = new byte[128 * 1024];
                    random.nextBytes(lines);
                    long[] times = new long[128];
                    int[] offsets = new int[129];
                    for (int i = 0; i < 128; i++) {
                        times[i] = START + (batch * 128L + i) * 1_000_003;
                        offsets[i + 1] = (i + 1) * 1024;
                    }
                    writer.append(new EntryBatch(times, offsets, lines, null, null, 0, 128));
                }
                assertThat(writer.memoryBytes()).isLessThan(10 << 20);
            }
            return writer.finish();
        }
    }

    private static long scan(StreamSlice slice, ScanRequest request, int maxBatches) throws Exception {
        long rows = 0;
        try (BatchCursor cursor = slice.scan(request)) {
            EntryBatch batch = cursor.next();
            for (int i = 1; batch != null; i++) {
                rows += batch.size();
                batch = i < maxBatches ? cursor.next() : null;
            }
        }
        return rows;
    }

    @Test
    void readsOnlyTheColumnsAndPagesThatAreNeeded() throws Exception {
        Path file = folder.resolve("b");
        BlockMeta meta = large(file, false);
        BytesReader object = new BytesReader("key", Files.readAllBytes(file));
        BlockReader block = BlockReader.open(object, meta);
        StreamSlice slice = block.select(Selection.everything("t")).getFirst();
        object.takeReads();
        int all = Integer.MAX_VALUE;
        Direction backward = Direction.BACKWARD;

        assertThat(scan(slice, new ScanRequest(0, Long.MAX_VALUE, Direction.FORWARD, Columns.TIMESTAMPS), all)).isEqualTo(40 * 1024);
        List<BytesReader.Read> times = object.takeReads();
        assertThat(times.size()).isLessThan(8);
        assertThat(bytes(times)).isLessThan(300_000);

        assertThat(scan(slice, ScanRequest.everything(), all)).isEqualTo(40 * 1024);
        List<BytesReader.Read> whole = object.takeReads();
        assertThat(whole).allMatch(read -> read.length() <= ColumnFetch.MAX_READ);
        assertThat(whole.size()).isLessThan(60);
        assertThat(bytes(whole)).isBetween(40L << 20, 42L << 20);

        assertThat(scan(slice, new ScanRequest(0, Long.MAX_VALUE, backward, Columns.LINES), 1)).isEqualTo(256);
        assertThat(bytes(object.takeReads())).isLessThan(600 << 10);

        long from = slice.pages().get(100).minTime();
        assertThat(scan(slice, new ScanRequest(from, from + 1, backward, Columns.LINES), all)).isEqualTo(1);
        assertThat(bytes(object.takeReads())).isLessThan(400 << 10);

        assertThat(scan(slice, new ScanRequest(0, START, backward, Columns.LINES), all)).isZero();
        assertThat(object.takeReads()).isEmpty();
        assertThat(block.memoryBytes()).isLessThan(100_000);
    }

    @Test
    void smallColumnsOfManyStreamsStandTogether() throws Exception {
        Path file = folder.resolve("b");
        BlockMeta meta = large(file, true);
        BytesReader object = new BytesReader("key", Files.readAllBytes(file));
        BlockReader block = BlockReader.open(object, meta);
        object.takeReads();
        for (StreamSlice slice : block.select(Selection.everything("t"))) {
            scan(slice, new ScanRequest(0, Long.MAX_VALUE, Direction.FORWARD, Columns.TIMESTAMPS), Integer.MAX_VALUE);
        }
        List<BytesReader.Read> reads = object.takeReads();
        long first = reads.stream().mapToLong(BytesReader.Read::offset).min().orElseThrow();
        long last = reads.stream().mapToLong(BytesReader.Read::offset).max().orElseThrow();
        assertThat(reads).hasSize(40);
        assertThat(last - first).isLessThan(300_000);
    }

    private static long bytes(List<BytesReader.Read> reads) {
        return reads.stream().mapToLong(BytesReader.Read::length).sum();
    }
}
