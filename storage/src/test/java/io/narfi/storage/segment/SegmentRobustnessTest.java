package io.narfi.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Labels;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.RandomRows;
import io.narfi.storage.Selection;
import io.narfi.storage.StoredRow;
import io.narfi.storage.StreamSlice;
import io.narfi.storage.page.ByteReader;
import io.narfi.storage.page.ByteWriter;
import io.narfi.storage.page.PageLimits;
import io.narfi.storage.page.Zstd;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentRobustnessTest {
    private static byte[] segment(RandomRows rows) {
        SegmentBuilder builder = new SegmentBuilder(new ChunkPool(1 << 20));
        for (int i = 0; i < 12; i++) {
            int stream = builder.stream("t" + rows.random().nextInt(2), rows.labels());
            builder.append(stream, StoredRow.batch(rows.rows(1 + rows.random().nextInt(20), 1000, 1_000_000)));
        }
        return SegmentRoundTripTest.bytes(builder.seal().content());
    }

    private static List<StoredRow> readAll(byte[] bytes) throws Exception {
        SegmentReader reader = SegmentReader.open("key", bytes, new FrameCache(1 << 20));
        List<StoredRow> rows = new ArrayList<>();
        for (var tenant : reader.tenants()) {
            for (StreamSlice slice : reader.select(Selection.everything(tenant.tenant()))) {
                rows.addAll(StoredRow.readAll(slice));
            }
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void noticesAnyDamage(long seed) throws Exception {
        RandomRows rows = new RandomRows(seed);
        Random random = rows.random();
        byte[] good = segment(rows);
        readAll(good);
        for (int i = 0; i < 2000; i++) {
            byte[] bad = good.clone();
            int at = random.nextInt(bad.length);
            bad[at] ^= (byte) (1 + random.nextInt(255));
            assertThatThrownBy(() -> readAll(bad)).as("seed %d, byte %d", seed, at).isInstanceOf(CorruptDataException.class);
            byte[] cut = Arrays.copyOf(good, random.nextInt(good.length));
            assertThatThrownBy(() -> readAll(cut)).as("seed %d, length %d", seed, cut.length).isInstanceOf(CorruptDataException.class);
        }
    }

    /** A directory whose checksum fits but whose content is damaged. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void survivesAnyDirectory(long seed) throws Exception {
        RandomRows rows = new RandomRows(seed);
        Random random = rows.random();
        byte[] good = segment(rows);
        int tailAt = good.length - SegmentFormat.TAIL_BYTES;
        ByteReader tail = new ByteReader("key", "tail", 0, good, tailAt, good.length);
        tail.i32();
        int stored = tail.i32();
        int length = tail.i32();
        int offset = (int) tail.i64();
        byte[] directory = Zstd.decompress(new ByteReader("key", "d", 0, good, offset, tailAt), stored, length);
        int corrupt = 0;
        for (int i = 0; i < 5000; i++) {
            byte[] bad = directory.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            ByteWriter out = new ByteWriter(good.length);
            out.bytes(good, 0, offset);
            int compressed = Zstd.compress(bad, 0, bad.length, out);
            int newTail = out.size();
            out.i32(ByteWriter.crc(out.array(), offset, compressed));
            out.i32(compressed);
            out.i32(bad.length);
            out.i64(offset);
            out.i32(SegmentFormat.VERSION);
            out.crcFrom(newTail);
            out.i32(SegmentFormat.MAGIC);
            try {
                readAll(out.toByteArray());
            } catch (CorruptDataException e) {
                corrupt++;
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + i, e);
            }
        }
        assertThat(corrupt).isGreaterThan(1000);
    }

    @Test
    void saysWhereTheDamageIs() {
        RandomRows rows = new RandomRows(1);
        byte[] bytes = segment(rows);
        bytes[SegmentFormat.HEADER_BYTES + 2] ^= 1;
        assertThatThrownBy(() -> readAll(bytes)).isInstanceOfSatisfying(CorruptDataException.class, e -> {
            assertThat(e.key()).isEqualTo("key");
            assertThat(e.section()).isEqualTo("timestamps");
            assertThat(e.offset()).isEqualTo(SegmentFormat.HEADER_BYTES);
            assertThat(e).hasMessageStartingWith("corrupt timestamps at offset 8 of key: checksum is ");
        });
    }

    @Test
    void refusesRowsBeyondTheLimits() {
        SegmentBuilder builder = new SegmentBuilder(new ChunkPool(1));
        int stream = builder.stream("t", Labels.EMPTY);
        assertThatThrownBy(() -> builder.append(stream, 1, new byte[0], 0, PageLimits.MAX_LINE_BYTES + 1, Labels.EMPTY))
                .isInstanceOf(IllegalArgumentException.class);
        Labels large = Labels.of("a", "x".repeat(PageLimits.MAX_ROW_METADATA_BYTES));
        assertThatThrownBy(() -> builder.append(stream, 1, new byte[0], 0, 0, large)).isInstanceOf(IllegalArgumentException.class);
        assertThat(builder.isEmpty()).isTrue();
        assertThatThrownBy(builder::seal).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void keepsLinesOfAnyLength() throws Exception {
        SegmentBuilder builder = new SegmentBuilder(new ChunkPool(2 << 20));
        int stream = builder.stream("t", Labels.of("a", "b"));
        int[] lengths = {0, ChunkPool.CHUNK_BYTES, 0, 1, ChunkPool.CHUNK_BYTES + 1, 0, 5, PageLimits.MAX_LINE_BYTES, 0, 300 << 10};
        for (int i = 0; i < lengths.length; i++) {
            byte[] line = "x".repeat(lengths[i]).getBytes(StandardCharsets.UTF_8);
            builder.append(stream, i, line, 0, line.length, Labels.EMPTY);
        }
        assertThat(builder.memoryBytes()).isGreaterThan(builder.rawBytes());
        List<StoredRow> rows = readAll(SegmentRoundTripTest.bytes(builder.seal().content()));
        assertThat(rows).extracting(r -> r.line().length()).containsExactly(Arrays.stream(lengths).boxed().toArray(Integer[]::new));
        builder.clear();
        assertThat(builder.memoryBytes()).isLessThan(100 << 10);
    }

    @Test
    void collapsesManyRowsOfOneTime() throws Exception {
        SegmentBuilder builder = new SegmentBuilder(new ChunkPool(1 << 20));
        int stream = builder.stream("t", Labels.of("a", "b"));
        for (int i = 0; i < 30_000; i++) {
            byte[] line = ("line " + i % 1000).getBytes(StandardCharsets.UTF_8);
            builder.append(stream, 5, line, 0, line.length, i % 2 == 0 ? Labels.EMPTY : Labels.of("k", "v"));
        }
        SealedSegment sealed = builder.seal();
        assertThat(sealed.rows()).isEqualTo(1000);
        assertThat(sealed.copies()).isEqualTo(29_000);
        assertThat(readAll(SegmentRoundTripTest.bytes(sealed.content()))).doesNotHaveDuplicates();
    }

    @Test
    void thePoolKeepsABoundedNumberOfBuffers() {
        ChunkPool pool = new ChunkPool(3L * ChunkPool.CHUNK_BYTES);
        List<byte[]> taken = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            taken.add(pool.take());
        }
        taken.forEach(pool::giveBack);
        assertThat(pool.idleBytes()).isEqualTo(3L * ChunkPool.CHUNK_BYTES);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        pool.bindTo(registry);
        assertThat(registry.get("narfi_segment_idle_buffer_bytes").gauge().value()).isEqualTo(3.0 * ChunkPool.CHUNK_BYTES);
        assertThat(pool.take()).isSameAs(taken.getFirst());
    }

    @Test
    void theCacheKeepsABoundedNumberOfBytes() throws Exception {
        RandomRows rows = new RandomRows(3);
        FrameCache cache = new FrameCache(20_000);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        cache.bindTo(registry);
        for (int i = 0; i < 50; i++) {
            SegmentReader reader = SegmentReader.open("segment-" + i, segment(rows), cache);
            for (var tenant : reader.tenants()) {
                for (StreamSlice slice : reader.select(Selection.everything(tenant.tenant()))) {
                    StoredRow.readAll(slice);
                    StoredRow.readAll(slice);
                }
            }
        }
        cache.settle();
        assertThat(cache.bytes()).isBetween(1L, 20_000L);
        assertThat(cache.evictions()).isPositive();
        assertThat(cache.hits()).isPositive();
        assertThat(cache.misses()).isPositive();
        assertThat(registry.get("narfi_frame_cache_bytes").gauge().value()).isEqualTo(cache.bytes());
        assertThat(registry.get("narfi_frame_cache_evictions").functionCounter().count()).isPositive();
    }
}
