package io.narfi.compactor;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.CatalogState;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** What compaction tells of itself; {@code kind} is {@code segments} or {@code blocks}. */
final class CompactorMetrics {
    private static final int LEVELS = 6;

    /** The meters of one kind of compaction. */
    static final class Kind {
        final Timer rounds;
        final Counter inputs;
        final Counter bytesIn;
        final Counter bytesOut;
        final Counter rows;
        final Counter copies;
        final Counter failures;
        final Counter corrupt;

        private Kind(MeterRegistry registry, String kind) {
            rounds = Timer.builder("narfi_compactor_round_duration")
                    .description("Time of a round that committed.")
                    .tag("kind", kind)
                    .register(registry);
            inputs = counter(registry, kind, "narfi_compactor_inputs", "Segments or blocks compacted.");
            bytesIn = counter(registry, kind, "narfi_compactor_bytes_in", "Bytes of the objects read.");
            bytesOut = counter(registry, kind, "narfi_compactor_bytes_out", "Bytes of the blocks written.");
            rows = counter(registry, kind, "narfi_compactor_rows", "Rows written.");
            copies = counter(registry, kind, "narfi_compactor_rows_dropped", "Rows that were copies of others.");
            failures = counter(registry, kind, "narfi_compactor_failures", "Rounds that failed.");
            corrupt = counter(registry, kind, "narfi_compactor_corrupt_objects", "Damaged objects found; they are left alone.");
        }

        private static Counter counter(MeterRegistry registry, String kind, String name, String description) {
            return Counter.builder(name).description(description).tag("kind", kind).register(registry);
        }

        /** After a commit. */
        void committed(int inputObjects, long inputBytes, long rowsRead, List<BlockMeta> blocks) {
            inputs.increment(inputObjects);
            bytesIn.increment(inputBytes);
            long written = 0;
            for (BlockMeta b : blocks) {
                bytesOut.increment(b.size());
                written += b.rows();
            }
            rows.increment(written);
            copies.increment(rowsRead - written);
        }
    }

    final Kind segments;
    final Kind blocks;
    final Counter upkeepFailures;
    final Counter rebuilds;
    private final AtomicLong lagMillis = new AtomicLong();
    private final AtomicLongArray blocksByLevel = new AtomicLongArray(LEVELS);

    CompactorMetrics(MeterRegistry registry) {
        segments = new Kind(registry, "segments");
        blocks = new Kind(registry, "blocks");
        upkeepFailures = Counter.builder("narfi_compactor_upkeep_failures")
                .description("Sweeps of retention and garbage collection that failed.")
                .register(registry);
        rebuilds = Counter.builder("narfi_catalog_rebuilds")
                .description("Times that a lost catalog was made anew from the blocks.")
                .register(registry);
        Gauge.builder("narfi_compactor_lag", lagMillis, l -> l.get() / 1000.0)
                .description("Age of the oldest segment that is in no block yet.")
                .baseUnit("seconds")
                .register(registry);
        for (int i = 0; i < LEVELS; i++) {
            int index = i;
            Gauge.builder("narfi_blocks", blocksByLevel, a -> a.get(index))
                    .description("Live blocks by level; the last one holds all above too.")
                    .tag("level", Integer.toString(i + 1))
                    .register(registry);
        }
    }

    void lag(long millis) {
        lagMillis.set(Math.max(0, millis));
    }

    void blocks(CatalogState state) {
        long[] counts = new long[LEVELS];
        state.forEachBlock(b -> counts[Math.clamp(b.level(), 1, LEVELS) - 1]++);
        for (int i = 0; i < LEVELS; i++) {
            blocksByLevel.set(i, counts[i]);
        }
    }
}
