package io.narfi.storage.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.storage.BytesReader;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.RandomRows;
import io.narfi.storage.Selection;
import io.narfi.storage.StoredRow;
import io.narfi.storage.StreamSlice;
import io.narfi.storage.page.ByteReader;
import io.narfi.storage.page.ByteWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockRobustnessTest {
    @TempDir
    Path folder;

    private record Stored(BlockMeta meta, byte[] bytes) {}

    private Stored block(RandomRows rows) throws Exception {
        TreeMap<Labels, List<StoredRow>> model = new TreeMap<>(
                (a, b) -> a.equals(b) ? 0 : Long.compareUnsigned(a.stableHash(), b.stableHash()));
        for (int i = 0; i < 15; i++) {
            model.put(rows.labels(), RandomRows.stored(rows.rows(1 + rows.random().nextInt(15), BlockRoundTripTest.START, 1_000_000)));
        }
        Path file = folder.resolve("block-" + rows.random().nextLong());
        BlockMeta meta = BlockRoundTripTest.write(file, model, rows.random());
        return new Stored(meta, Files.readAllBytes(file));
    }

    private static List<StoredRow> readAll(BlockReader block) throws Exception {
        List<StoredRow> rows = new ArrayList<>();
        for (StreamSlice slice : block.select(Selection.everything(block.meta().tenant()))) {
            rows.addAll(StoredRow.readAll(slice));
        }
        for (LabelMatcher.Op op : LabelMatcher.Op.values()) {
            block.select(new Selection(block.meta().tenant(), List.of(new LabelMatcher("app", op, "a1")), 0, Long.MAX_VALUE, 5, -5));
            block.select(new Selection(block.meta().tenant(), List.of(new LabelMatcher("pod", op, "")), 0, Long.MAX_VALUE, 0, -1));
        }
        block.parents();
        block.labelNames(Selection.everything(block.meta().tenant()));
        block.labelValues(Selection.everything(block.meta().tenant()), "app");
        return rows;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void noticesAnyDamage(long seed) throws Exception {
        RandomRows rows = new RandomRows(seed);
        Random random = rows.random();
        Stored good = block(rows);
        readAll(BlockReader.open(new BytesReader("key", good.bytes)));
        for (int i = 0; i < 2000; i++) {
            byte[] bad = good.bytes.clone();
            // The header is for people and tools; a reader begins at the end.
            int at = BlockFormat.HEADER_BYTES + random.nextInt(bad.length - BlockFormat.HEADER_BYTES);
            bad[at] ^= (byte) (1 + random.nextInt(255));
            assertThatThrownBy(() -> readAll(BlockReader.open(new BytesReader("key", bad))))
                    .as("seed %d, byte %d", seed, at)
                    .isInstanceOf(CorruptDataException.class);
            assertThatThrownBy(() -> readAll(BlockReader.open(new BytesReader("key", bad), good.meta)))
                    .as("seed %d, byte %d", seed, at)
                    .isInstanceOf(CorruptDataException.class);
            byte[] cut = Arrays.copyOf(good.bytes, random.nextInt(good.bytes.length));
            assertThatThrownBy(() -> BlockReader.open(new BytesReader("key", cut))).isInstanceOf(CorruptDataException.class);
            assertThatThrownBy(() -> BlockReader.open(new BytesReader("key", cut), good.meta)).isInstanceOf(CorruptDataException.class);
        }
    }

    /** A footer whose checksums fit but whose content is damaged. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void survivesAnyFooter(long seed) throws Exception {
        RandomRows rows = new RandomRows(seed);
        Random random = rows.random();
        Stored good = block(rows);
        int corrupt = 0;
        int read = 0;
        for (int i = 0; i < 4000; i++) {
            byte[] bad = good.bytes.clone();
            int footer = (int) good.meta.footerOffset();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bad[footer + random.nextInt(bad.length - footer)] = (byte) random.nextInt(256);
            }
            fixChecksums(bad, footer);
            try {
                readAll(BlockReader.open(new BytesReader("key", bad)));
                read++;
            } catch (CorruptDataException e) {
                corrupt++;
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + i, e);
            }
        }
        assertThat(corrupt).isGreaterThan(1000);
        // Some damage goes unnoticed, a changed hash for one: so the checksums really were made to fit.
        assertThat(read).isPositive();
    }

    private static void fixChecksums(byte[] block, int footer) throws Exception {
        int tailAt = block.length - BlockFormat.TAIL_BYTES;
        int sections = new ByteReader("key", "tail", 0, block, tailAt + 8, block.length).i32();
        if (sections < 0 || sections > (tailAt - footer) / BlockFormat.TABLE_ENTRY_BYTES) {
            return;
        }
        int tableAt = tailAt - sections * BlockFormat.TABLE_ENTRY_BYTES;
        ByteWriter fixed = new ByteWriter(block.length);
        fixed.bytes(block);
        ByteReader table = new ByteReader("key", "table", 0, block, tableAt, tailAt);
        for (int i = 0; i < sections; i++) {
            table.i32();
            table.i32();
            long offset = table.i64();
            int length = table.i32();
            if (offset >= 0 && length >= 0 && offset + length <= tableAt - footer) {
                fixed.i32At(tableAt + i * BlockFormat.TABLE_ENTRY_BYTES + 4, ByteWriter.crc(block, footer + (int) offset, length));
            }
        }
        fixed.i32At(block.length - 8, ByteWriter.crc(fixed.array(), tableAt, tailAt + 16 - tableAt));
        System.arraycopy(fixed.array(), 0, block, 0, block.length);
    }

    @Test
    void saysWhereTheDamageIs() throws Exception {
        Stored stored = block(new RandomRows(1));
        byte[] bytes = stored.bytes;
        bytes[(int) stored.meta.footerOffset() + 2] ^= 1;
        BlockReader block = BlockReader.open(new BytesReader("key", bytes), stored.meta);
        assertThatThrownBy(() -> block.select(Selection.everything("tenant")))
                .isInstanceOfSatisfying(CorruptDataException.class, e -> {
                    assertThat(e.section()).isEqualTo("symbols");
                    assertThat(e.offset()).isEqualTo(stored.meta.footerOffset());
                });
    }

    @Test
    void refusesABlockThatTheCatalogDescribesDifferently() throws Exception {
        Stored stored = block(new RandomRows(2));
        BlockMeta m = stored.meta;
        BlockMeta other = new BlockMeta(
                m.tenant(), m.id(), m.day(), m.level() + 1, m.minTime(), m.maxTime(), m.rows(), m.lineBytes(), m.metadataBytes(), m.streams(),
                m.size(), m.footerOffset(), m.retentionSeconds());
        assertThatThrownBy(() -> BlockReader.open(new BytesReader("key", stored.bytes), other)).isInstanceOf(CorruptDataException.class);
    }
}
