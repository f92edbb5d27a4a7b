package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.CorruptDataException;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.block.BlockReader;
import io.narfi.storage.block.BlockSpec;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.CommitConflictException;
import io.narfi.storage.object.ObjectNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Merges blocks of one tenant, day and retention class into one, which replaces them in one commit. The inputs are read from local copies, since a
 * merge reads all of them, and not from front to back; on disk are at most the inputs and the output. For one thread.
 */
public final class BlockMerging {
    private final RewriteContext context;
    private final CompactionPlanner planner;
    private final Quarantine damaged;

    /** @param damaged blocks that cannot be read */
    BlockMerging(RewriteContext context, Quarantine damaged) {
        this.context = requireNonNull(context, "context is null");
        this.planner = new CompactionPlanner(context.config());
        this.damaged = requireNonNull(damaged, "damaged is null");
    }

    /**
     * The most useful merge, if any is worth it.
     *
     * @return whether there was one; it may have been given up because of a damaged block, which is left out from now on
     * @throws CommitConflictException if another compactor took one of the blocks
     */
    public boolean mergeOne(long leaseEpoch, Progress progress) throws IOException {
        CatalogState state = context.catalog().refresh();
        List<MergePlan> plans = planner.planMerges(state, b -> !damaged.holds(b.key()), context.clock().millis());
        if (plans.isEmpty()) {
            return false;
        }
        try {
            merge(plans.getFirst(), state, leaseEpoch, progress);
        } catch (ObjectNotFoundException e) {
            throw new CommitConflictException("another compactor removed and deleted " + e.key());
        } catch (CorruptDataException e) {
            damaged.add(e);
        }
        return true;
    }

    private void merge(MergePlan plan, CatalogState state, long leaseEpoch, Progress progress) throws IOException {
        long start = System.nanoTime();
        List<LocalBlock> local = new ArrayList<>();
        try (BlockUpload upload = new BlockUpload(context.store())) {
            List<BlockReader> readers = new ArrayList<>();
            long rows = 0;
            long streams = 0;
            for (BlockMeta input : plan.inputs()) {
                progress.step();
                LocalBlock copy = context.download(input);
                local.add(copy);
                readers.add(BlockReader.open(copy, input));
                rows += input.rows();
                streams += input.streams();
            }
            Removal removal = context.removal(state, plan.tenant());
            // A block that lacks rows of its inputs does not stand for them when the catalog is made anew.
            List<String> parents = removal.isEmpty() ? plan.inputs().stream().map(BlockMeta::id).toList() : List.of();
            BlockSpec spec = new BlockSpec(plan.tenant(), context.ulids().next(), plan.day(), plan.level(), plan.retentionSeconds(), parents);
            BlockBuild build = new BlockBuild(spec, labels -> true, removal, progress);
            Path file = context.folder().newFile(spec.id());
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
            CatalogChange change = CatalogChange.because("merge")
                    .add(blocks)
                    .remove(plan.inputs())
                    .applied(removal.marks(blocks))
                    .rowsDeleted(removal.taken(plan.tenant(), build.rowsDeleted()))
                    .build();
            context.catalog().commit(change, state, leaseEpoch);
            CompactorMetrics metrics = context.metrics();
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
