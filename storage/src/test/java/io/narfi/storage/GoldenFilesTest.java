package io.narfi.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Labels;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.block.BlockReader;
import io.narfi.storage.block.BlockSpec;
import io.narfi.storage.block.BlockWriter;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.segment.ChunkPool;
import io.narfi.storage.segment.FrameCache;
import io.narfi.storage.segment.SegmentBuilder;
import io.narfi.storage.segment.SegmentReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoldenFilesTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 22);
    private static final long START = DAY.toEpochDay() * 86_400_000_000_000L;
    private static final String ID = "01KAP0000000000000000000ZZ";

    @TempDir
    Path folder;

    /** Three streams: many rows with ids, few rows, one odd row. Must never change. */
    private static Map<Labels, List<StoredRow>> content() {
        Map<Labels, List<StoredRow>> streams = new TreeMap<>((a, b) -> Long.compareUnsigned(a.stableHash(), b.stableHash()));
        List<StoredRow> many = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            Labels metadata = i % 3 == 0
                    ? Labels.of("detected_level", "info", "trace_id", Long.toHexString(i * 0x9e3779b97f4a7c15L))
                    : Labels.of("detected_level", i % 7 == 0 ? "error" : "info");
            String line = "level=info ts=" + i + " msg=\"request served\" path=/api/v" + i % 5 + " bytes=" + i * 7919 % 10007
                    + (i % 100 == 0 ? " " + "x".repeat(1000) : "");
            many.add(new StoredRow(START + i * 1_000_000L * (1 + i % 2), line, metadata));
        }
        many.sort((a, b) -> Long.compare(a.timestamp(), b.timestamp()));
        streams.put(Labels.of("app", "web", "namespace", "prod", "pod", "web-0"), many);
        streams.put(
                Labels.of("app", "db", "namespace", "prod"),
                List.of(
                        new StoredRow(START + 5_000_000_000L, "started", Labels.EMPTY),
                        new StoredRow(START + 5_000_000_000L, "listening", Labels.EMPTY),
                        new StoredRow(START + 86_399_999_999_999L, "stopped", Labels.EMPTY)));
        streams.put(Labels.of("odd", "välue"), List.of(new StoredRow(START, "\0\u00ff\n", Labels.of("k", ""))));
        return streams;
    }

    private static byte[] segment() {
        SegmentBuilder builder = new SegmentBuilder(new ChunkPool(1 << 20));
        for (String tenant : List.of("two", "one")) {
            content().forEach((labels, rows) -> builder.append(builder.stream(tenant, labels), StoredRow.batch(rows)));
        }
        ByteBuffer bytes = ((ObjectContent.Buffers) builder.seal().content()).buffers().getFirst().duplicate();
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    private byte[] block() throws Exception {
        Path file = folder.resolve("block");
        try (BlockWriter writer = BlockWriter.create(file, new BlockSpec("one", ID, DAY, 1, 86_400))) {
            for (var stream : content().entrySet()) {
                writer.startStream(stream.getKey());
                writer.append(StoredRow.batch(stream.getValue()));
            }
            writer.finish();
        }
        return Files.readAllBytes(file);
    }

    private static void checkContent(RowSource source, String tenant) throws Exception {
        Map<Labels, List<StoredRow>> found = new TreeMap<>();
        for (StreamSlice slice : source.select(Selection.everything(tenant))) {
            found.put(slice.labels(), StoredRow.readAll(slice));
        }
        assertThat(found).isEqualTo(new TreeMap<>(content()));
    }

    @Test
    void readsSegmentsOfVersion1() throws Exception {
        SegmentReader reader = SegmentReader.open("key", GoldenFiles.read("segment-1.golden"), new FrameCache(1 << 20));
        assertThat(reader.tenants()).extracting(SegmentReader.TenantInfo::tenant).containsExactly("one", "two");
        checkContent(reader, "one");
        checkContent(reader, "two");
    }

    @Test
    void readsBlocksOfVersion1() throws Exception {
        BlockReader reader = BlockReader.open(new BytesReader("key", GoldenFiles.read("block-1.golden")));
        BlockMeta meta = reader.meta();
        assertThat(meta.id()).isEqualTo(ID);
        assertThat(meta.day()).isEqualTo(DAY);
        assertThat(meta.rows()).isEqualTo(704);
        assertThat(meta.retentionSeconds()).isEqualTo(86_400);
        checkContent(reader, "one");
    }

    @Test
    void writesVersion1AsEver() throws Exception {
        GoldenFiles.check("segment-1.golden", segment());
        GoldenFiles.check("block-1.golden", block());
    }
}
