package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Parallel;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.block.BlockSpec;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.CommitConflictException;
import io.narfi.storage.catalog.DeletesApplied;
import io.narfi.storage.catalog.LiveSegment;
import io.narfi.storage.catalog.RowsDeleted;
import io.narfi.storage.catalog.SegmentRange;
import io.narfi.storage.catalog.Snapshot;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.segment.FrameCache;
import io.narfi.storage.segment.SegmentReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Takes segments, oldest first, and writes their rows into level-1 blocks: one for each tenant, UTC day and retention class. A round ends with one commit
 * that adds the blocks and consumes the segments. In memory are the segments of a round as they are stored, decoded parts up to a bound, and one
 * block's page and index. For one thread.
 */
public final class SegmentCompaction {
    private static final int PARALLEL_READS = 8;

    /** Until the first round has shown it. */
    private static final double FIRST_RAW_PER_BYTE = 5;

    private final RewriteContext context;
    private final CompactionPlanner planner;
    private final Quarantine damaged;
    private double rawPerByte = FIRST_RAW_PER_BYTE;

    SegmentCompaction(RewriteContext context) {
        this.context = requireNonNull(context, "context is null");
        this.planner = new CompactionPlanner(context.config());
        this.damaged = new Quarantine(context.metrics().segments.corrupt);
    }

    /**
     * One round, if there is enough to do.
     *
     * @param force whether also little is enough
     * @return whether segments are left that it did not take
     * @throws CommitConflictException if another compactor took one of the segments
     */
    public boolean round(boolean force, long leaseEpoch, Progress progress) throws IOException {
        Snapshot snapshot = context.snapshots().snapshot();
        List<LiveSegment> live = new ArrayList<>(snapshot.segments());
        live.removeIf(s -> damaged.holds(s.id().key()));
        long now = context.clock().millis();
        context.metrics().lag(live.stream().mapToLong(s -> now - s.lastModifiedMillis()).max().orElse(0));
        List<LiveSegment> round = planner.planRound(live, rawPerByte, now, force);
        if (round.isEmpty()) {
            return false;
        }
        try {
            compact(snapshot, round, leaseEpoch, progress);
            return live.size() > round.size();
        } catch (ObjectNotFoundException e) {
            throw new CommitConflictException("another compactor took and deleted " + e.key());
        } catch (CorruptDataException e) {
            damaged.add(e);
            return round(force, leaseEpoch, progress);
        }
    }

    private void compact(Snapshot snapshot, List<LiveSegment> round, long leaseEpoch, Progress progress) throws IOException {
        long start = System.nanoTime();
        FrameCache frames = new FrameCache(context.config().frameCacheBytes());
        List<SegmentReader> segments = Parallel.map(round, PARALLEL_READS, s -> {
            String key = s.id().key();
            return SegmentReader.open(key, context.store().get(key, s.size()), frames);
        });
        TreeSet<String> tenants = new TreeSet<>();
        long rows = 0;
        long raw = 0;
        long size = 0;
        for (SegmentReader segment : segments) {
            size += segment.size();
            for (SegmentReader.TenantInfo t : segment.tenants()) {
                tenants.add(t.tenant());
                rows += t.rows();
                raw += t.lineBytes() + t.metadataBytes();
            }
        }
        long rowsRead = 0;
        long rowsDeleted = 0;
        Map<String, Long> deleted = new HashMap<>();
        Map<String, Removal> removals = new HashMap<>();
        List<RowsDeleted> taken = new ArrayList<>();
        List<BlockMeta> blocks;
        try (BlockUpload upload = new BlockUpload(context.store())) {
            for (String tenant : tenants) {
                RetentionPolicy policy = context.config().retentionEnabled() ? context.limits().forTenant(tenant) : RetentionPolicy.KEEP;
                Removal removal = context.removal(snapshot.catalog(), tenant);
                removals.put(tenant, removal);
                Written written = writeTenant(tenant, segments, policy, removal, upload, progress);
                rowsRead += written.rowsRead;
                rowsDeleted += written.rowsDeleted;
                deleted.put(tenant, written.rowsDeleted);
                taken.addAll(removal.taken(tenant, written.rowsDeleted));
            }
            blocks = upload.finish();
        }
        List<DeletesApplied> applied = new ArrayList<>();
        for (BlockMeta block : blocks) {
            applied.addAll(removals.getOrDefault(block.tenant(), Removal.NONE).marks(List.of(block)));
        }
        if (rowsRead != rows) {
            throw new IllegalStateException("read " + rowsRead + " rows of segments that have " + rows);
        }
        CatalogChange change = CatalogChange.because("segments")
                .add(blocks)
                .applied(applied)
                .rowsDeleted(taken)
                .consume(SegmentRange.of(round.stream().map(LiveSegment::id).toList()))
                .build();
        context.catalog().commit(change, snapshot.catalog(), leaseEpoch);
        rawPerByte = Math.max(1, (double) raw / size);
        CompactorMetrics metrics = context.metrics();
        metrics.segments.committed(round.size(), size, rowsRead - rowsDeleted, blocks);
        deleted.forEach(metrics::deleted);
        metrics.segments.rounds.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    }

    private record Written(long rowsRead, long rowsDeleted) {}

    private Written writeTenant(
            String tenant, List<SegmentReader> segments, RetentionPolicy policy, Removal removal, BlockUpload upload, Progress progress)
            throws IOException {
        List<SegmentReader> sources = new ArrayList<>();
        long slices = 0;
        for (SegmentReader segment : segments) {
            for (SegmentReader.TenantInfo t : segment.tenants()) {
                if (t.tenant().equals(tenant)) {
                    sources.add(segment);
                    slices += t.streams();
                }
            }
        }
        HashShards streams = new HashShards(sources, slices);
        long rowsRead = 0;
        long rowsDeleted = 0;
        for (Partition partition : Partitions.of(streams, tenant, policy)) {
            BlockSpec spec = new BlockSpec(tenant, context.ulids().next(), partition.day(), 1, partition.retentionSeconds());
            BlockBuild build = new BlockBuild(spec, labels -> policy.classOf(labels) == partition.retentionSeconds(), removal, progress);
            Path file = context.folder().newFile(spec.id());
            Optional<BlockMeta> block = build.write(streams, file);
            rowsRead += build.rowsRead();
            rowsDeleted += build.rowsDeleted();
            if (block.isPresent()) {
                upload.add(block.get(), file);
            }
        }
        return new Written(rowsRead, rowsDeleted);
    }
}
