package io.narfi.storage.catalog;

import io.narfi.storage.block.BlockMeta;
import java.time.LocalDate;
import java.util.Locale;

/** Descriptions of blocks that do not exist, for tests. */
final class Blocks {
    static final LocalDate DAY = LocalDate.of(2026, 11, 22);
    private static final long NANOS_PER_DAY = 86_400_000_000_000L;

    private Blocks() {}

    static BlockMeta block(int number) {
        return block("t", DAY, number);
    }

    static BlockMeta block(String tenant, LocalDate day, int number) {
        long start = day.toEpochDay() * NANOS_PER_DAY;
        String id = String.format(Locale.ROOT, "01AAAAAAAAAAAAAAAA%08d", number);
        return new BlockMeta(tenant, id, day, 1, start + number, start + number + 1000, 10, 100, 7, 2, 500, 400, 0);
    }

    static String writer(int number) {
        return String.format(Locale.ROOT, "01BBBBBBBBBBBBBBBB%08d", number);
    }

    static SegmentRange range(int writer, long from, long to) {
        return new SegmentRange(writer(writer), from, to);
    }
}
