package io.narfi.compactor;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.DeleteRequest;
import io.narfi.storage.catalog.TenantDeletes;
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

    private final MeterRegistry registry;
    private final AtomicLong pendingDeletes = new AtomicLong();
    private final AtomicLong oldestDeleteMillis = new AtomicLong();

    CompactorMetrics(MeterRegistry registry) {
        this.registry = registry;
        Gauge.builder("loki_compactor_pending_delete_requests_count", pendingDeletes, AtomicLong::get)
                .description("Delete requests that are not processed yet, of all tenants.")
                .register(registry);
        Gauge.builder("loki_compactor_oldest_pending_delete_request_age_seconds", oldestDeleteMillis, l -> l.get() / 1000.0)
                .description("Age of the oldest of them.")
                .register(registry);
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

    void pendingDeletes(CatalogState state, long nowMillis) {
        long count = 0;
        long oldest = nowMillis;
        for (TenantDeletes deletes : state.deletes().values()) {
            for (DeleteRequest r : deletes.active()) {
                count++;
                oldest = Math.min(oldest, r.createdAt());
            }
        }
        pendingDeletes.set(count);
        oldestDeleteMillis.set(nowMillis - oldest);
    }

    /** After a commit that left deleted rows out. */
    void deleted(String tenant, long rows) {
        if (rows > 0) {
            Counter.builder("loki_compactor_deleted_lines")
                    .description("Lines removed by delete requests, by tenant.")
                    .tag("user", tenant)
                    .register(registry)
                    .increment(rows);
        }
    }

    void deletesProcessed(String tenant, int requests) {
        Counter.builder("loki_compactor_delete_requests_processed")
                .description("Delete requests that were carried out, by tenant.")
                .tag("user", tenant)
                .register(registry)
                .increment(requests);
    }

    /** @param result rewritten, dropped or clean */
    void deleteBlocks(String result, int blocks) {
        Counter.builder("narfi_compactor_delete_blocks")
                .description("Blocks looked at for delete requests, by what came of it.")
                .tag("result", result)
                .register(registry)
                .increment(blocks);
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
