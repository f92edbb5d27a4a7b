package io.narfi.fuzz;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.Selection;
import io.narfi.storage.block.BlockReader;
import io.narfi.storage.block.BlockSpec;
import io.narfi.storage.block.BlockWriter;
import io.narfi.storage.object.RangeReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A block: edits of a good one, or after a first byte of 255 the bytes of the object. */
public final class BlockTarget {
    private static final int ROWS = 12;
    private static final byte[] GOOD = good();

    private BlockTarget() {}

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        byte[] object = data.length > 0 && data[0] == -1 ? Arrays.copyOfRange(data, 1, data.length) : Objects.edited(GOOD, data);
        try {
            BlockReader block = BlockReader.open(new Bytes("key", object));
            Objects.read(block);
            var _ = block.parents();
            var _ = block.series(Selection.everything(Objects.TENANT));
            for (String name : block.labelNames(Selection.everything(Objects.TENANT))) {
                var _ = block.labelValues(Selection.everything(Objects.TENANT), name);
            }
        } catch (CorruptDataException refused) {
            // as it should be
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Bytes(String key, byte[] bytes) implements RangeReader {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public byte[] read(long offset, int length) throws CorruptDataException {
            if (offset < 0 || length < 0 || offset > bytes.length - length) {
                throw new AssertionError("read of " + length + " bytes at " + offset + " of " + bytes.length);
            }
            return Arrays.copyOfRange(bytes, (int) offset, (int) offset + length);
        }
    }

    private static byte[] good() {
        try {
            Path folder = Files.createTempDirectory("narfi-fuzz");
            Path file = folder.resolve("block");
            try (BlockWriter block = BlockWriter.create(file, new BlockSpec(Objects.TENANT, "01HZXJ3K5T9V8W7R6Q5P4N3M2K", LocalDate.EPOCH, 1, 0))) {
                List<Labels> streams = IntStream.range(0, 8)
                        .mapToObj(Objects::stream)
                        .sorted(Comparator.comparing((Labels l) -> l.stableHash(), Long::compareUnsigned))
                        .toList();
                for (Labels stream : streams) {
                    block.startStream(stream);
                    block.append(batch(stream));
                }
                block.finish();
            }
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            Files.delete(folder);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static EntryBatch batch(Labels stream) {
        long[] times = new long[ROWS];
        int[] offsets = new int[ROWS + 1];
        int[] ids = new int[ROWS];
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < ROWS; i++) {
            times[i] = i * 1_000_000L;
            lines.append("level=info pod=").append(stream.getOrEmpty("pod")).append(" n=").append(i * 37).append(" took=").append(i).append("ms");
            offsets[i + 1] = lines.length();
            ids[i] = i % 3;
        }
        Labels[] metadata = {Labels.EMPTY, Labels.of("trace", "t1"), Labels.of("trace", "t2", "user", "u")};
        return new EntryBatch(times, offsets, lines.toString().getBytes(StandardCharsets.UTF_8), ids, metadata, 0, ROWS);
    }
}
