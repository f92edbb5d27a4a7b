package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.Ulids;
import io.narfi.storage.block.BlockReader;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogLostException;
import io.narfi.storage.catalog.CatalogRebuilder;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.CatalogUpkeep;
import io.narfi.storage.catalog.DeleteCopies;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All that the backend can do, step by step, without threads and leases of its own. */
final class CompactionTasks {
    private static final Logger log = LoggerFactory.getLogger(CompactionTasks.class);

    /** Longer than any process is likely to be suspended between reading the catalog and committing. */
    private static final Duration CATALOG_GRACE = Duration.ofHours(1);

    private static final int MANY_SEGMENTS = 20_000;

    private final ObjectStore store;
    private final Catalog catalog;
    private final SegmentCompaction segments;
    private final BlockMerging blocks;
    private final DeleteProcessing deletes;
    private final DeleteCopies copies;
    private final RetentionSweep retention;
    private final GarbageCollector garbage;
    private final CatalogUpkeep upkeep;
    private final CompactorConfig config;
    private final InstantSource clock;
    private final CompactorMetrics metrics;
    private final ReentrantLock recovery = new ReentrantLock();
    private long lastOrphanScan = Long.MIN_VALUE;

    CompactionTasks(
            CompactorConfig config,
            ObjectStore store,
            RetentionLimits limits,
            WorkingDirectory folder,
            String owner,
            InstantSource clock,
            MeterRegistry registry,
            CompactorMetrics metrics) {
        this.config = requireNonNull(config, "config is null");
        this.store = requireNonNull(store, "store is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.catalog = new Catalog(store, owner, "compactor", clock, registry);
        SnapshotReader snapshots = new SnapshotReader(store, catalog, MANY_SEGMENTS, registry);
        RewriteContext context = new RewriteContext(store, catalog, snapshots, limits, config, folder, clock, metrics, new Ulids(clock));
        Quarantine damagedBlocks = new Quarantine(metrics.blocks.corrupt);
        this.segments = new SegmentCompaction(context);
        this.blocks = new BlockMerging(context, damagedBlocks);
        this.deletes = new DeleteProcessing(context, damagedBlocks);
        this.copies = new DeleteCopies(store);
        this.retention = new RetentionSweep(catalog, limits, clock, registry);
        this.garbage = new GarbageCollector(store, catalog, config, clock, registry);
        this.upkeep = new CatalogUpkeep(catalog, config.checkpointEvery(), CATALOG_GRACE, clock, registry);
    }

    Catalog catalog() {
        return catalog;
    }

    /**
     * Makes the first commit in an empty bucket, and the catalog anew if it is lost.
     *
     * @throws io.narfi.storage.catalog.CatalogCorruptException if the catalog is damaged; whoever runs the system decides whether to delete it, after which
     *     it is rebuilt
     */
    void ensureCatalog() throws IOException {
        // All threads miss a lost catalog at the same time; one makes it anew.
        recovery.lock();
        try {
            initialise();
        } finally {
            recovery.unlock();
        }
    }

    private void initialise() throws IOException {
        try {
            catalog.initialise();
        } catch (CatalogLostException e) {
            // What is gone may only be what this process remembered.
            try {
                catalog.initialise();
            } catch (CatalogLostException lost) {
                log.error("the catalog is lost, making it anew from the blocks", lost);
                rebuild();
                catalog.refresh();
            }
        }
    }

    private void rebuild() throws IOException {
        CatalogRebuilder rebuilder = new CatalogRebuilder(
                store,
                (ref, size) -> {
                    BlockReader reader = BlockReader.open(new StoredBlock(store, ref.key(), size));
                    return new CatalogRebuilder.Inspected(reader.meta(), reader.parents());
                },
                clock);
        rebuilder.rebuild(false);
        metrics.rebuilds.increment();
    }

    /** One round; whether there may be more to do at once. */
    boolean compactSegments(boolean force, long leaseEpoch, Progress progress) throws IOException {
        return segments.round(force, leaseEpoch, progress);
    }

    /** One step of a delete request, else one merge; whether there may be more to do at once. */
    boolean mergeBlocks(long leaseEpoch, Progress progress) throws IOException {
        return (config.retentionEnabled() && deletes.step(leaseEpoch, progress)) || blocks.mergeOne(leaseEpoch, progress);
    }

    /** Retention, garbage, and the log of the catalog, as far as one bounded step goes; whether there may be more to do at once. */
    boolean sweep(long leaseEpoch) throws IOException {
        boolean more = config.retentionEnabled() && retention.run(leaseEpoch) == RetentionSweep.MAX_BLOCKS;
        more |= garbage.collect(leaseEpoch);
        long now = clock.millis();
        if (lastOrphanScan == Long.MIN_VALUE || now - lastOrphanScan >= config.orphanScanInterval().toMillis()) {
            garbage.condemnOrphans(leaseEpoch);
            lastOrphanScan = now;
        }
        upkeep.checkpointIfDue();
        upkeep.clean();
        // Not the current state: while a lost catalog is missed it is empty, and every copy would go.
        CatalogState state = catalog.refresh();
        if (config.retentionEnabled()) {
            copies.clean(state, now);
        }
        metrics.blocks(state);
        return more;
    }
}
