package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.CommitConflictException;
import java.io.IOException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes blocks whose last row is past its period out of the catalog, and the oldest ones of a tenant that has more bytes than it may have; their objects
 * are deleted later.
 */
public final class RetentionSweep {
    private static final Logger log = LoggerFactory.getLogger(RetentionSweep.class);

    /** Blocks in one commit. */
    static final int MAX_BLOCKS = 5000;

    private final Catalog catalog;
    private final RetentionLimits limits;
    private final InstantSource clock;
    private final Counter removed;
    private final Counter removedBySize;

    public RetentionSweep(Catalog catalog, RetentionLimits limits, InstantSource clock, MeterRegistry registry) {
        this.catalog = requireNonNull(catalog, "catalog is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.removed = Counter.builder("narfi_compactor_retention_blocks_removed")
                .description("Blocks that passed their retention period.")
                .register(registry);
        this.removedBySize = Counter.builder("narfi_compactor_retention_size_blocks_removed")
                .description("Blocks removed because their tenant has more bytes than retention_size allows.")
                .register(registry);
    }

    /**
     * @return number of blocks removed; {@value #MAX_BLOCKS} means that there may be more
     * @throws CommitConflictException if a merge took one of the blocks at the same time; the next sweep sees to what came out of it
     */
    public int run(long leaseEpoch) throws IOException {
        CatalogState state = catalog.refresh();
        long now = clock.millis();
        List<BlockMeta> expired = new ArrayList<>();
        List<BlockMeta> surplus = new ArrayList<>();
        for (String tenant : state.tenants()) {
            RetentionPolicy policy = limits.forTenant(tenant);
            List<BlockMeta> kept = new ArrayList<>();
            for (LocalDate day : state.days(tenant)) {
                for (BlockMeta b : state.blocks(tenant, day)) {
                    (policy.isExpired(b, now) ? expired : kept).add(b);
                }
            }
            surplus.addAll(surplus(kept, policy.maxBytes()));
        }
        List<BlockMeta> first = expired.subList(0, Math.min(expired.size(), MAX_BLOCKS));
        List<BlockMeta> then = surplus.subList(0, Math.min(surplus.size(), MAX_BLOCKS - first.size()));
        int count = first.size() + then.size();
        if (count > 0) {
            catalog.commit(CatalogChange.because("retention").remove(first).remove(then).build(), state, leaseEpoch);
            removed.increment(first.size());
            removedBySize.increment(then.size());
            log.info("retention removed blocks count={} by_size={}", count, then.size());
        }
        return count;
    }

    /** The oldest blocks, so many that the others fit into the size; none if it is 0. */
    private static List<BlockMeta> surplus(List<BlockMeta> blocks, long maxBytes) {
        if (maxBytes == 0) {
            return List.of();
        }
        long bytes = blocks.stream().mapToLong(BlockMeta::size).sum();
        blocks.sort(Comparator.comparingLong(BlockMeta::maxTime).thenComparing(BlockMeta::id));
        int count = 0;
        while (bytes > maxBytes) {
            bytes -= blocks.get(count++).size();
        }
        return blocks.subList(0, count);
    }
}
