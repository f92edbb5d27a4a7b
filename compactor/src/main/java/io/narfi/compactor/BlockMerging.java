package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Ulids;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.block.BlockReader;
import io.narfi.storage.block.BlockSpec;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.CommitConflictException;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges blocks of one tenant, day and retention class into one, which replaces them in one commit. The inputs are read from local copies, since a
 * merge reads all of them, and not from front to back; on disk are at most the inputs and the output. For one thread.
 */
public final class BlockMerging {
    private static final Logger log = LoggerFactory.getLogger(BlockMerging.class);

    /** Damaged blocks that are remembered and passed over. */
    private static final int MAX_QUARANTINED = 1000;

    private final ObjectStore store;
    private final Catalog catalog;
    private final CompactionPlanner planner;
    private final RetentionLimits limits;
    private final CompactorConfig config;
    private final WorkingDirectory folder;
    private final InstantSource clock;
    private final CompactorMetrics metrics;
    private final Ulids ulids;
    private final Set<String> quarantined = new LinkedHashSet<>();

    BlockMerging(
            ObjectStore store,
            Catalog catalog,
            RetentionLimits limits,
            CompactorConfig config,
            WorkingDirectory folder,
            InstantSource clock,
            CompactorMetrics metrics) {
        this.store = requireNonNull(store, "store is null");
        this.catalog = requireNonNull(catalog, "catalog is null");
        this.planner = new CompactionPlanner(config);
        this.limits = requireNonNull(limits, "limits is null");
        this.config = config;
        this.folder = requireNonNull(folder, "folder is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.ulids = new Ulids(clock);
    }

    /**
     * The most useful merge, if any is worth it.
     *
     * @return whether there was one; it may have been given up because of a damaged block, which is left out from now on
     * @throws CommitConflictException if another compactor took one of the blocks
     */
    public boolean mergeOne(long leaseEpoch, Progress progress) throws IOException {
        CatalogState state = catalog.refresh();
        List<MergePlan> plans = planner.planMerges(state, b -> !quarantined.contains(b.key()), clock.millis());
        if (plans.isEmpty()) {
            return false;
        }
        try {
            merge(plans.getFirst(), state, leaseEpoch, progress);
        } catch (ObjectNotFoundException e) {
            throw new CommitConflictException("another compactor removed and deleted " + e.key());
        } catch (CorruptDataException e) {
            if (quarantined.size() == MAX_QUARANTINED || !quarantined.add(e.key())) {
                throw e;
            }
            metrics.blocks.corrupt.increment();
            log.error("damaged block is left alone key={}", e.key(), e);
        }
        return true;
    }

    private void merge(MergePlan plan, CatalogState state, long leaseEpoch, Progress progress) throws IOException {
        long start = System.nanoTime();
        List<LocalBlock> local = new ArrayList<>();
        try (BlockUpload upload = new BlockUpload(store)) {
            List<BlockReader> readers = new ArrayList<>();
            long rows = 0;
            long streams = 0;
            for (BlockMeta input : plan.inputs()) {
                progress.step();
                LocalBlock copy = LocalBlock.download(store, input.key(), input.size(), folder.newFile(input.id() + ".input"));
                local.add(copy);
                readers.add(BlockReader.open(copy, input));
                rows += input.rows();
                streams += input.streams();
            }
            Removal removal = config.retentionEnabled()
                    ? Removal.of(state.deletes(plan.tenant()), limits.forTenant(plan.tenant()))
                    : Removal.NONE;
            // A block that lacks rows of its inputs does not stand for them when the catalog is made anew.
            List<String> parents = removal.isEmpty() ? plan.inputs().stream().map(BlockMeta::id).toList() : List.of();
            BlockSpec spec = new BlockSpec(plan.tenant(), ulids.next(), plan.day(), plan.level(), plan.retentionSeconds(), parents);
            BlockBuild build = new BlockBuild(spec, labels -> true, removal, progress);
            Path file = folder.newFile(spec.id());
            Optional<BlockMeta> merged = build.write(new HashShards(readers, streams), file);
            if (merged.isPresent()) {
                upload.add(merged.get(), file);
            } else if (build.rowsDeleted() == 0) {
                throw new IllegalStateException("no rows in " + plan.inputs());
            }
            if (build.rowsRead() != rows) {
                throw new IllegalStateException("read " + build.rowsRead() + " rows of blocks that have " + rows);
            }
            List<BlockMeta> blocks = upload.finish();
            CatalogChange change =
                    CatalogChange.because("merge").add(blocks).remove(plan.inputs()).applied(removal.marks(blocks)).build();
            catalog.commit(change, state, leaseEpoch);
            metrics.blocks.committed(plan.inputs().size(), plan.size(), rows - build.rowsDeleted(), blocks);
            metrics.deleted(plan.tenant(), build.rowsDeleted());
            metrics.blocks.rounds.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
        } finally {
            for (LocalBlock copy : local) {
                copy.close();
            }
        }
    }
}
