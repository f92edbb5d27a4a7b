package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Ulids;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.RowFilter;
import io.narfi.storage.Selection;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.block.BlockReader;
import io.narfi.storage.block.BlockSpec;
import io.narfi.storage.catalog.BlockRef;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.CommitConflictException;
import io.narfi.storage.catalog.DeleteRequest;
import io.narfi.storage.catalog.DeleteRequest.Status;
import io.narfi.storage.catalog.DeleteStep;
import io.narfi.storage.catalog.LiveSegment;
import io.narfi.storage.catalog.Snapshot;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.catalog.TenantDeletes;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries delete requests out. After the time in which it can be cancelled a request starts: from then on no compaction lets its rows into a block, and
 * blocks that hold some are rewritten without them, or dropped. It ends when a snapshot shows no block that may hold such rows, and none of the segments
 * that were there after its start (and with them all that were there before it). Every step is one commit; whoever dies loses at most the block in hand. For
 * one thread.
 */
final class DeleteProcessing {
    private static final Logger log = LoggerFactory.getLogger(DeleteProcessing.class);

    /** Damaged blocks that are remembered and passed over; a request that concerns one does not end. */
    private static final int MAX_QUARANTINED = 1000;

    /** Blocks that one commit finds free of rows to remove. */
    private static final int MAX_MARKS = 200;

    private final ObjectStore store;
    private final Catalog catalog;
    private final SnapshotReader snapshots;
    private final RetentionLimits limits;
    private final CompactorConfig config;
    private final WorkingDirectory folder;
    private final InstantSource clock;
    private final CompactorMetrics metrics;
    private final Ulids ulids;
    private final Set<String> quarantined = new LinkedHashSet<>();

    /** Segments that were there when a request was first seen started, by the request's id; without those that were consumed since. */
    private final Map<String, Set<SegmentId>> pending = new HashMap<>();

    DeleteProcessing(
            ObjectStore store,
            Catalog catalog,
            SnapshotReader snapshots,
            RetentionLimits limits,
            CompactorConfig config,
            WorkingDirectory folder,
            InstantSource clock,
            CompactorMetrics metrics) {
        this.store = requireNonNull(store, "store is null");
        this.catalog = requireNonNull(catalog, "catalog is null");
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.config = requireNonNull(config, "config is null");
        this.folder = requireNonNull(folder, "folder is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.ulids = new Ulids(clock);
    }

    /**
     * One commit, if there is anything to do.
     *
     * @return whether there was
     * @throws CommitConflictException if another compactor, or a cancellation, came first
     */
    boolean step(long leaseEpoch, Progress progress) throws IOException {
        CatalogState state = catalog.refresh();
        metrics.pendingDeletes(state, clock.millis());
        for (String tenant : state.deletes().keySet()) {
            progress.step();
            if (begin(state, tenant, leaseEpoch) || forget(state, tenant, leaseEpoch)) {
                return true;
            }
            List<DeleteRequest> started = state.deletes(tenant).started();
            if (!started.isEmpty() && limits.forTenant(tenant).deletes() && (remove(state, tenant, leaseEpoch, progress) || end(tenant, leaseEpoch))) {
                return true;
            }
        }
        return false;
    }

    private boolean begin(CatalogState state, String tenant, long leaseEpoch) throws IOException {
        if (!limits.forTenant(tenant).deletes()) {
            return false;
        }
        List<DeleteStep> steps = new ArrayList<>();
        for (DeleteRequest r : state.deletes(tenant).active()) {
            if (r.status() == Status.RECEIVED) {
                if (clock.millis() - r.createdAt() <= config.deletes().cancelPeriod().toMillis()) {
                    break;
                }
                steps.add(DeleteStep.of(DeleteStep.Kind.START, r));
            }
        }
        return commit("deletes start", steps, state, leaseEpoch);
    }

    private boolean forget(CatalogState state, String tenant, long leaseEpoch) throws IOException {
        long before = clock.millis() - config.deletes().keepProcessed().toMillis();
        List<DeleteStep> steps = new ArrayList<>();
        for (DeleteRequest r : state.deletes(tenant).requests()) {
            if (!r.isActive() && r.statusAt() < before) {
                steps.add(DeleteStep.of(DeleteStep.Kind.FORGET, r));
            }
        }
        return commit("deletes forgotten", steps, state, leaseEpoch);
    }

    private boolean commit(String reason, List<DeleteStep> steps, CatalogState state, long leaseEpoch) throws IOException {
        if (steps.isEmpty()) {
            return false;
        }
        catalog.commit(CatalogChange.because(reason).steps(steps).build(), state, leaseEpoch);
        log.info("{} steps={}", reason, steps);
        return true;
    }

    /** Blocks that a started request concerns and that can be read. */
    private List<BlockMeta> concerned(CatalogState state, String tenant) {
        TenantDeletes deletes = state.deletes(tenant);
        Set<BlockMeta> found = new LinkedHashSet<>();
        for (DeleteRequest r : deletes.started()) {
            for (BlockMeta block : state.blocks(tenant, r.from(), r.to() == Long.MAX_VALUE ? r.to() : r.to() + 1)) {
                if (deletes.concerns(r, block)) {
                    found.add(block);
                }
            }
        }
        return List.copyOf(found);
    }

    /** Passes over blocks without such rows, and rewrites the first one that may have some. */
    private boolean remove(CatalogState state, String tenant, long leaseEpoch, Progress progress) throws IOException {
        Removal removal = Removal.of(state.deletes(tenant), limits.forTenant(tenant));
        List<BlockMeta> clean = new ArrayList<>();
        for (BlockMeta block : concerned(state, tenant)) {
            if (quarantined.contains(block.key())) {
                continue;
            }
            progress.step();
            try {
                if (!mayHold(block, removal)) {
                    clean.add(block);
                } else if (clean.isEmpty()) {
                    rewrite(block, removal, state, leaseEpoch, progress);
                    return true;
                }
            } catch (ObjectNotFoundException e) {
                throw new CommitConflictException("another compactor removed and deleted " + e.key());
            } catch (CorruptDataException e) {
                if (quarantined.size() == MAX_QUARANTINED || !quarantined.add(e.key())) {
                    throw e;
                }
                metrics.blocks.corrupt.increment();
                log.error("rows cannot be deleted from a damaged block, it is left alone key={}", e.key(), e);
            }
            if (clean.size() == MAX_MARKS) {
                break;
            }
        }
        if (clean.isEmpty()) {
            return false;
        }
        catalog.commit(CatalogChange.because("deletes found nothing").applied(removal.marks(clean)).build(), state, leaseEpoch);
        metrics.deleteBlocks("clean", clean.size());
        return true;
    }

    /** Looks at the block's index. */
    private boolean mayHold(BlockMeta block, Removal removal) throws IOException {
        BlockReader reader = BlockReader.open(new StoredBlock(store, block.key(), block.size()), block);
        for (RowFilter f : removal.filters()) {
            long to = f.to() == Long.MAX_VALUE ? f.to() : f.to() + 1;
            if (!reader.series(new Selection(block.tenant(), f.matchers(), f.from(), to, 0, -1)).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private void rewrite(BlockMeta block, Removal removal, CatalogState state, long leaseEpoch, Progress progress) throws IOException {
        // No parents: a catalog that is made anew must not take a block for another one's successor that lacks rows by a request that was cancelled.
        BlockSpec spec = new BlockSpec(block.tenant(), ulids.next(), block.day(), block.level(), block.retentionSeconds());
        BlockBuild build = new BlockBuild(spec, labels -> true, removal, progress);
        Path file = folder.newFile(spec.id());
        try (LocalBlock copy = LocalBlock.download(store, block.key(), block.size(), folder.newFile(block.id() + ".input"));
                BlockUpload upload = new BlockUpload(store)) {
            BlockReader reader = BlockReader.open(copy, block);
            Optional<BlockMeta> left = build.write(new HashShards(List.of(reader), block.streams()), file);
            if (build.rowsRead() != block.rows()) {
                throw new IllegalStateException("read " + build.rowsRead() + " rows of a block that has " + block.rows());
            }
            CatalogChange.Builder change = CatalogChange.because("deletes");
            if (build.rowsDeleted() == 0) {
                change.applied(removal.marks(List.of(block)));
            } else {
                if (left.isPresent()) {
                    upload.add(left.get(), file);
                }
                List<BlockMeta> written = upload.finish();
                change.add(written).remove(List.of(block)).applied(removal.marks(written));
            }
            catalog.commit(change.build(), state, leaseEpoch);
            metrics.deleteBlocks(build.rowsDeleted() == 0 ? "clean" : left.isPresent() ? "rewritten" : "dropped", 1);
            metrics.deleted(block.tenant(), build.rowsDeleted());
            log.info("rows deleted from a block key={} rows={} of={}", block.key(), build.rowsDeleted(), block.rows());
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private boolean end(String tenant, long leaseEpoch) throws IOException {
        Snapshot snapshot = snapshots.snapshot();
        CatalogState state = snapshot.catalog();
        Set<SegmentId> live = new HashSet<>();
        for (LiveSegment s : snapshot.segments()) {
            live.add(s.id());
        }
        List<DeleteRequest> started = state.deletes(tenant).started();
        TenantDeletes deletes = state.deletes(tenant);
        List<BlockMeta> left = concerned(state, tenant);
        List<DeleteStep> steps = new ArrayList<>();
        for (DeleteRequest r : started) {
            Set<SegmentId> waiting = pending.computeIfAbsent(r.id(), id -> new HashSet<>(live));
            waiting.retainAll(live);
            if (waiting.isEmpty() && left.stream().noneMatch(b -> deletes.concerns(r, b))) {
                steps.add(DeleteStep.of(DeleteStep.Kind.FINISH, r));
            }
        }
        if (!commit("deletes end", steps, state, leaseEpoch)) {
            return false;
        }
        steps.forEach(s -> pending.remove(s.id()));
        metrics.deletesProcessed(tenant, steps.size());
        return true;
    }
}
