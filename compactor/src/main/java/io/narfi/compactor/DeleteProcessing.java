package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.CorruptDataException;
import io.narfi.storage.RowFilter;
import io.narfi.storage.Selection;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.block.BlockReader;
import io.narfi.storage.block.BlockSpec;
import io.narfi.storage.catalog.BlockRef;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.CommitConflictException;
import io.narfi.storage.catalog.DeleteRequest;
import io.narfi.storage.catalog.DeleteRequest.Status;
import io.narfi.storage.catalog.DeleteStep;
import io.narfi.storage.catalog.LiveSegment;
import io.narfi.storage.catalog.SegmentRange;
import io.narfi.storage.catalog.Snapshot;
import io.narfi.storage.catalog.TenantDeletes;
import io.narfi.storage.object.ObjectNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

    /**
     * How long after {@code retentionDeleteDelay} also those processed requests stay that are too many to be kept: a catalog that is lost is made anew from
     * objects that a request's rows were taken out of, until they are deleted.
     */
    private static final Duration SURPLUS_KEPT = Duration.ofDays(1);

    /** Blocks that one commit finds free of rows to remove. */
    private static final int MAX_MARKS = 200;

    private final RewriteContext context;
    private final Quarantine damaged;

    /** Segments that were there when a request was first seen started; it ends when none of them is left. */
    private final Map<DeleteRequest, List<SegmentRange>> awaited = new HashMap<>();

    /** @param damaged blocks that cannot be read; a request that concerns one does not end */
    DeleteProcessing(RewriteContext context, Quarantine damaged) {
        this.context = requireNonNull(context, "context is null");
        this.damaged = requireNonNull(damaged, "damaged is null");
    }

    /**
     * One commit, if there is anything to do.
     *
     * @return whether there was
     * @throws CommitConflictException if another compactor, or a cancellation, came first
     */
    boolean step(long leaseEpoch, Progress progress) throws IOException {
        CatalogState state = context.catalog().refresh();
        context.metrics().pendingDeletes(state, context.clock().millis());
        Set<DeleteRequest> started = new HashSet<>();
        state.deletes().values().forEach(deletes -> started.addAll(deletes.started()));
        awaited.keySet().retainAll(started);
        Snapshot snapshot = null;
        for (String tenant : state.deletes().keySet()) {
            progress.step();
            if (begin(state, tenant, leaseEpoch) || forget(state, tenant, leaseEpoch)) {
                return true;
            }
            if (state.deletes(tenant).started().isEmpty() || !deletes(tenant)) {
                continue;
            }
            if (remove(state, tenant, leaseEpoch, progress)) {
                return true;
            }
            if (snapshot == null) {
                snapshot = context.snapshots().snapshot();
            }
            if (end(snapshot, tenant, leaseEpoch)) {
                return true;
            }
        }
        return false;
    }

    private boolean deletes(String tenant) {
        return context.limits().forTenant(tenant).deletes();
    }

    private boolean begin(CatalogState state, String tenant, long leaseEpoch) throws IOException {
        if (!deletes(tenant)) {
            return false;
        }
        long before = context.clock().millis() - context.config().deletes().cancelPeriod().toMillis();
        List<DeleteStep> steps = new ArrayList<>();
        for (DeleteRequest r : state.deletes(tenant).active()) {
            if (r.status() == Status.RECEIVED) {
                if (r.createdAt() >= before) {
                    break;
                }
                steps.add(DeleteStep.of(DeleteStep.Kind.START, r));
            }
        }
        return commit("deletes start", steps, state, leaseEpoch);
    }

    private boolean forget(CatalogState state, String tenant, long leaseEpoch) throws IOException {
        DeleteSettings settings = context.config().deletes();
        long now = context.clock().millis();
        long before = now - settings.keepProcessed().toMillis();
        long surplusBefore = now - context.config().retentionDeleteDelay().plus(SURPLUS_KEPT).toMillis();
        int kept = 0;
        List<DeleteStep> steps = new ArrayList<>();
        for (DeleteRequest r : state.deletes(tenant).requests().reversed()) {
            if (!r.isActive() && r.statusAt() < (kept < settings.maxRequests() ? before : surplusBefore)) {
                steps.add(DeleteStep.of(DeleteStep.Kind.FORGET, r));
            } else if (!r.isActive()) {
                kept++;
            }
        }
        return commit("deletes forgotten", steps, state, leaseEpoch);
    }

    private boolean commit(String reason, List<DeleteStep> steps, CatalogState state, long leaseEpoch) throws IOException {
        if (steps.isEmpty()) {
            return false;
        }
        context.catalog().commit(CatalogChange.because(reason).steps(steps).build(), state, leaseEpoch);
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
        Removal removal = context.removal(state, tenant);
        List<BlockMeta> clean = new ArrayList<>();
        for (BlockMeta block : concerned(state, tenant)) {
            if (damaged.holds(block.key())) {
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
                damaged.add(e);
            }
            if (clean.size() == MAX_MARKS) {
                break;
            }
        }
        if (clean.isEmpty()) {
            return false;
        }
        context.catalog()
                .commit(CatalogChange.because("deletes found nothing").applied(removal.marks(clean)).build(), state, leaseEpoch);
        context.metrics().deleteBlocks("clean", clean.size());
        return true;
    }

    /** Looks at the block's index. */
    private boolean mayHold(BlockMeta block, Removal removal) throws IOException {
        BlockReader reader = BlockReader.open(new StoredBlock(context.store(), block.key(), block.size()), block);
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
        BlockSpec spec = new BlockSpec(block.tenant(), context.ulids().next(), block.day(), block.level(), block.retentionSeconds());
        BlockBuild build = new BlockBuild(spec, labels -> true, removal, progress);
        Path file = context.folder().newFile(spec.id());
        try (LocalBlock copy = context.download(block);
                BlockUpload upload = new BlockUpload(context.store())) {
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
                change.add(written)
                        .remove(List.of(block))
                        .applied(removal.marks(written))
                        .rowsDeleted(removal.taken(block.tenant(), build.rowsDeleted()));
            }
            context.catalog().commit(change.build(), state, leaseEpoch);
            CompactorMetrics metrics = context.metrics();
            metrics.deleteBlocks(build.rowsDeleted() == 0 ? "clean" : left.isPresent() ? "rewritten" : "dropped", 1);
            metrics.deleted(block.tenant(), build.rowsDeleted());
            log.info("rows deleted from a block key={} rows={} of={}", block.key(), build.rowsDeleted(), block.rows());
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private boolean end(Snapshot snapshot, String tenant, long leaseEpoch) throws IOException {
        CatalogState state = snapshot.catalog();
        List<SegmentRange> live = SegmentRange.of(snapshot.segments().stream().map(LiveSegment::id).toList());
        TenantDeletes deletes = state.deletes(tenant);
        List<BlockMeta> left = concerned(state, tenant);
        List<DeleteStep> steps = new ArrayList<>();
        for (DeleteRequest r : deletes.started()) {
            List<SegmentRange> first = awaited.computeIfAbsent(r, any -> live);
            boolean waits = first.stream().anyMatch(a -> live.stream().anyMatch(a::overlaps));
            if (!waits && left.stream().noneMatch(b -> deletes.concerns(r, b))) {
                steps.add(DeleteStep.of(DeleteStep.Kind.FINISH, r));
            }
        }
        if (!commit("deletes end", steps, state, leaseEpoch)) {
            return false;
        }
        context.metrics().deletesProcessed(tenant, steps.size());
        return true;
    }
}
