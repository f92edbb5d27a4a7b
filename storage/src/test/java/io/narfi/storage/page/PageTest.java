package io.narfi.storage.page;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.Labels;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.RandomRows;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageTest {
    private static ByteReader reader(byte[] bytes) {
        return new ByteReader("key", "column", 0, bytes, 0, bytes.length);
    }

    private static byte[] encode(PageBuilder page, Column column) {
        ByteWriter out = new ByteWriter(16);
        page.encode(column, out);
        return out.toByteArray();
    }

    private static byte[] times(long... times) {
        PageBuilder page = new PageBuilder();
        for (long time : times) {
            page.add(time, new byte[0], 0, 0, Labels.EMPTY);
        }
        return encode(page, Column.TIMESTAMPS);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void packsNumbersOfAnyWidth(long seed) throws Exception {
        Random random = new Random(seed);
        for (int width = 0; width <= 64; width++) {
            int count = 1 + random.nextInt(300);
            long[] values = new long[count];
            long base = random.nextBoolean() ? random.nextLong() : 0;
            for (int i = 0; i < count; i++) {
                values[i] = base + (width == 0 ? 0 : random.nextLong() >>> (64 - width));
            }
            ByteWriter out = new ByteWriter(8);
            PackedInts.encode(values, count, out);
            ByteReader in = reader(out.toByteArray());
            long[] decoded = new long[count];
            PackedInts.decode(in, decoded, count);
            in.expectEnd();
            assertThat(decoded).as("seed %d, width %d", seed, width).isEqualTo(values);
        }
    }

    @Test
    void keepsAnyTimes() throws Exception {
        long[][] cases = {
            {0},
            {Long.MIN_VALUE, Long.MAX_VALUE},
            {Long.MIN_VALUE, -1, 0, 1, Long.MAX_VALUE, Long.MAX_VALUE},
            {5, 3, 9, -7},
            {Long.MAX_VALUE, Long.MIN_VALUE, 0},
            {1_700_000_000_000_000_000L, 1_700_000_000_001_000_000L, 1_700_000_000_005_000_000L},
            {1_700_000_000_000_000_001L, 1_700_000_060_000_000_001L},
        };
        for (long[] times : cases) {
            assertThat(PageDecoder.timestamps(reader(times(times)), times.length)).isEqualTo(times);
        }
    }

    @Test
    void coarseClocksTakeFewerBits() {
        long[] seconds = new long[1000];
        long[] nanos = new long[1000];
        for (int i = 0; i < 1000; i++) {
            seconds[i] = 1_700_000_000_000_000_123L + i / 3 * 1_000_000_000L;
            nanos[i] = seconds[i] + i % 3 * 17L;
        }
        assertThat(times(seconds).length).isLessThan(200);
        assertThat(times(nanos).length).isGreaterThan(3000);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void keepsRows(long seed) throws Exception {
        RandomRows rows = new RandomRows(seed);
        PageBuilder page = new PageBuilder();
        for (int round = 0; round < 4; round++) {
            int count = 1 + rows.random().nextInt(2000);
            Labels[] metadata = new Labels[count];
            String[] lines = new String[count];
            long bytes = 0;
            long counted = 0;
            int kind = rows.random().nextInt(4);
            int added = 0;
            while (added < count) {
                lines[added] = rows.line();
                metadata[added] = rows.metadata(kind);
                byte[] line = lines[added].getBytes(StandardCharsets.ISO_8859_1);
                if (!page.fits(line.length, metadata[added])) {
                    break;
                }
                page.add(added, line, 0, line.length, metadata[added]);
                bytes += line.length;
                counted += PageLimits.countedMetadataBytes(metadata[added]);
                added++;
            }
            assertThat(page.lineBytes()).isEqualTo((int) bytes);
            assertThat(page.metadataBytes()).isEqualTo(counted);
            int[] offsets = PageDecoder.offsets(reader(encode(page, Column.LENGTHS)), added, (int) bytes);
            byte[] decoded = PageDecoder.lines(reader(encode(page, Column.LINES)), (int) bytes);
            var sets = PageDecoder.metadata(reader(encode(page, Column.METADATA)), added);
            for (int i = 0; i < added; i++) {
                String line = new String(decoded, offsets[i], offsets[i + 1] - offsets[i], StandardCharsets.ISO_8859_1);
                assertThat(line).as("seed %d", seed).isEqualTo(lines[i]);
                assertThat(sets == null ? Labels.EMPTY : sets.sets()[sets.ids()[i]]).as("seed %d", seed).isEqualTo(metadata[i]);
            }
            page.clear();
        }
    }

    @Test
    void anIdForEveryRowTakesLittleMoreThanItsText() {
        PageBuilder unique = new PageBuilder();
        PageBuilder shared = new PageBuilder();
        Random random = new Random(1);
        Labels set = Labels.of("detected_level", "info");
        for (int i = 0; i < 2000; i++) {
            String id = String.format("%016x%016x", random.nextLong(), random.nextLong());
            unique.add(i, new byte[0], 0, 0, Labels.of("detected_level", "info", "trace_id", id));
            shared.add(i, new byte[0], 0, 0, set);
        }
        // 32 hexadecimal digits have 16 bytes of information.
        assertThat(encode(unique, Column.METADATA).length).isLessThan(2000 * 21);
        assertThat(encode(shared, Column.METADATA).length).isLessThan(150);
        assertThat(encode(shared, Column.LINES).length).isEqualTo(5);
    }

    @Test
    void levelsAreNotCounted() {
        assertThat(PageLimits.countedMetadataBytes(Labels.of("detected_level", "info", "id", "välue"))).isEqualTo(8);
        assertThat(PageLimits.metadataBytes(Labels.of("detected_level", "info", "id", "välue"))).isEqualTo(26);
        for (String s : new String[] {"", "a", "ä", "€", "😀", "\ud800", "\udc00x", "x\ud83d"}) {
            assertThat(PageLimits.utf8Length(s)).as(s).isEqualTo(s.getBytes(StandardCharsets.UTF_8).length);
        }
    }

    @Test
    void invalidTextInMetadataDoesNotMakeAPageUnreadable() throws Exception {
        PageBuilder page = new PageBuilder();
        page.add(1, new byte[0], 0, 0, Labels.of("a", "1", "\ud800", "2", "\ud801", "3"));
        var decoded = requireNonNull(PageDecoder.metadata(reader(encode(page, Column.METADATA)), 1));
        assertThat(decoded.sets()[0]).isEqualTo(Labels.of("?", "2", "a", "1"));
    }

    @Test
    void whatDoesNotCompressIsStoredAsItIs() {
        byte[] noise = new byte[1000];
        new Random(1).nextBytes(noise);
        PageBuilder page = new PageBuilder();
        page.add(1, noise, 0, noise.length, Labels.EMPTY);
        assertThat(encode(page, Column.LINES)).hasSize(1005);
    }

    @Test
    void refusesWhatIsBeyondItsLimits() {
        PageBuilder page = new PageBuilder();
        assertThatThrownBy(() -> page.add(1, new byte[0], 0, PageLimits.MAX_LINE_BYTES + 1, Labels.EMPTY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("line of 16777217 bytes, at most 16777216 fit");
        Labels large = Labels.of("a", "x".repeat(PageLimits.MAX_ROW_METADATA_BYTES));
        assertThatThrownBy(() -> page.add(1, new byte[0], 0, 0, large)).isInstanceOf(IllegalArgumentException.class);
        for (int i = 0; i < PageLimits.MAX_ROWS; i++) {
            assertThat(page.fits(0, Labels.EMPTY)).isTrue();
            page.add(1, new byte[0], 0, 0, Labels.EMPTY);
        }
        assertThat(page.fits(0, Labels.EMPTY)).isFalse();
        assertThatThrownBy(() -> page.add(1, new byte[0], 0, 0, Labels.EMPTY)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aLongLineHasAPageOfItsOwn() throws Exception {
        PageBuilder page = new PageBuilder();
        byte[] line = new byte[PageLimits.MAX_LINE_BYTES];
        Arrays.fill(line, (byte) 'x');
        assertThat(page.fits(line.length, Labels.EMPTY)).isTrue();
        page.add(1, line, 0, line.length, Labels.EMPTY);
        assertThat(page.fits(0, Labels.EMPTY)).isFalse();
        assertThat(PageDecoder.lines(reader(encode(page, Column.LINES)), line.length)).isEqualTo(line);
        page.clear();
        assertThat(page.memoryBytes()).isLessThan(1 << 20);
    }

    @Test
    void decompressesNoMoreThanClaimed() {
        PageBuilder page = new PageBuilder();
        byte[] line = new byte[1 << 20];
        page.add(1, line, 0, line.length, Labels.EMPTY);
        byte[] column = encode(page, Column.LINES);
        assertThat(column.length).isLessThan(1000);
        assertThatThrownBy(() -> PageDecoder.lines(reader(column), 100)).isInstanceOf(CorruptDataException.class);
        assertThatThrownBy(() -> PageDecoder.lines(reader(column), (1 << 20) + 1)).isInstanceOf(CorruptDataException.class);
        assertThatThrownBy(() -> PageDecoder.lines(reader(column), Integer.MAX_VALUE)).isInstanceOf(CorruptDataException.class);
        assertThatThrownBy(() -> PageDecoder.timestamps(reader(column), PageLimits.MAX_ROWS + 1))
                .isInstanceOf(CorruptDataException.class);
    }

    @Test
    void contextsArePooledUpToABound() throws Exception {
        Thread[] threads = new Thread[200];
        byte[] data = new byte[10_000];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = Thread.startVirtualThread(() -> {
                ByteWriter out = new ByteWriter(16);
                int length = Zstd.compress(data, 0, data.length, out);
                try {
                    assertThat(Zstd.decompress(reader(out.toByteArray()), length, data.length)).isEqualTo(data);
                } catch (CorruptDataException e) {
                    throw new AssertionError(e);
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(Zstd.idle()).isBetween(2, 2 * Zstd.MAX_IDLE);
    }

    /** Damage behind a checksum that fits: any value may come out, but nothing else may happen. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void survivesAnyBytes(long seed) throws Exception {
        RandomRows rows = new RandomRows(seed);
        Random random = rows.random();
        PageBuilder page = new PageBuilder();
        int kind = random.nextInt(4);
        int count = 1 + random.nextInt(300);
        for (int i = 0; i < count; i++) {
            byte[] line = rows.line().getBytes(StandardCharsets.ISO_8859_1);
            page.add(random.nextBoolean() ? i : random.nextLong(), line, 0, line.length, rows.metadata(kind));
        }
        int corrupt = 0;
        for (Column column : Column.values()) {
            byte[] good = encode(page, column);
            if (good.length == 0) {
                continue;
            }
            for (int i = 0; i < 3000; i++) {
                byte[] bad = damage(good, random);
                try {
                    switch (column) {
                        case TIMESTAMPS -> PageDecoder.timestamps(reader(bad), count);
                        case LENGTHS -> PageDecoder.offsets(reader(bad), count, page.lineBytes());
                        case METADATA -> PageDecoder.metadata(reader(bad), count);
                        case LINES -> PageDecoder.lines(reader(bad), page.lineBytes());
                    }
                } catch (CorruptDataException e) {
                    corrupt++;
                } catch (RuntimeException e) {
                    throw new AssertionError("seed " + seed + ", column " + column, e);
                }
            }
        }
        assertThat(corrupt).isPositive();
    }

    private static byte[] damage(byte[] good, Random random) {
        int length = random.nextInt(4) == 0 ? 4 + random.nextInt(good.length - 3) : good.length;
        byte[] bad = Arrays.copyOf(good, length);
        for (int flips = 1 + random.nextInt(4); flips > 0 && length > 4; flips--) {
            bad[random.nextInt(length - 4)] = (byte) random.nextInt(256);
        }
        ByteWriter fixed = new ByteWriter(length);
        fixed.bytes(bad, 0, length - 4);
        fixed.crcFrom(0);
        return fixed.toByteArray();
    }
}
