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
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes blocks whose last row is past its period out of the catalog; their objects are deleted later. */
public final class RetentionSweep {
    private static final Logger log = LoggerFactory.getLogger(RetentionSweep.class);

    /** Blocks in one commit. */
    static final int MAX_BLOCKS = 5000;

    private final Catalog catalog;
    private final RetentionLimits limits;
    private final InstantSource clock;
    private final Counter removed;

    public RetentionSweep(Catalog catalog, RetentionLimits limits, InstantSource clock, MeterRegistry registry) {
        this.catalog = requireNonNull(catalog, "catalog is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.removed = Counter.builder("narfi_compactor_retention_blocks_removed")
                .description("Blocks that passed their retention period.")
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
        for (String tenant : state.tenants()) {
            RetentionPolicy policy = limits.forTenant(tenant);
            for (LocalDate day : state.days(tenant)) {
                for (BlockMeta b : state.blocks(tenant, day)) {
                    if (expired.size() < MAX_BLOCKS && policy.isExpired(b, now)) {
                        expired.add(b);
                    }
                }
            }
        }
        if (!expired.isEmpty()) {
            catalog.commit(CatalogChange.because("retention").remove(expired).build(), state, leaseEpoch);
            removed.increment(expired.size());
            log.info("retention removed blocks count={}", expired.size());
        }
        return expired.size();
    }
}
