package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Parallel;
import io.narfi.common.Ulids;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.block.BlockSpec;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.CommitConflictException;
import io.narfi.storage.catalog.DeletesApplied;
import io.narfi.storage.catalog.LiveSegment;
import io.narfi.storage.catalog.SegmentRange;
import io.narfi.storage.catalog.Snapshot;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.segment.FrameCache;
import io.narfi.storage.segment.SegmentReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes segments, oldest first, and writes their rows into level-1 blocks: one for each tenant, UTC day and retention class. A round ends with one commit
 * that adds the blocks and consumes the segments. In memory are the segments of a round as they are stored, decoded parts up to a bound, and one
 * block's page and index. For one thread.
 */
public final class SegmentCompaction {
    private static final Logger log = LoggerFactory.getLogger(SegmentCompaction.class);
    private static final int PARALLEL_READS = 8;

    /** Until the first round has shown it. */
    private static final double FIRST_RAW_PER_BYTE = 5;

    /** Damaged segments that are remembered and passed over. */
    private static final int MAX_QUARANTINED = 1000;

    private final ObjectStore store;
    private final Catalog catalog;
    private final SnapshotReader snapshots;
    private final RetentionLimits limits;
    private final CompactorConfig config;
    private final CompactionPlanner planner;
    private final WorkingDirectory folder;
    private final InstantSource clock;
    private final CompactorMetrics metrics;
    private final Ulids ulids;
    private final Set<String> quarantined = new LinkedHashSet<>();
    private double rawPerByte = FIRST_RAW_PER_BYTE;

    SegmentCompaction(
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
        this.planner = new CompactionPlanner(config);
        this.folder = requireNonNull(folder, "folder is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.ulids = new Ulids(clock);
    }

    /**
     * One round, if there is enough to do.
     *
     * @param force whether also little is enough
     * @return whether segments are left that it did not take
     * @throws CommitConflictException if another compactor took one of the segments
     */
    public boolean round(boolean force, long leaseEpoch, Progress progress) throws IOException {
        Snapshot snapshot = snapshots.snapshot();
        List<LiveSegment> live = new ArrayList<>(snapshot.segments());
        live.removeIf(s -> quarantined.contains(s.id().key()));
        metrics.lag(live.stream().mapToLong(s -> clock.millis() - s.lastModifiedMillis()).max().orElse(0));
        List<LiveSegment> round = planner.planRound(live, rawPerByte, clock.millis(), force);
        if (round.isEmpty()) {
            return false;
        }
        try {
            compact(snapshot, round, leaseEpoch, progress);
            return live.size() > round.size();
        } catch (ObjectNotFoundException e) {
            throw new CommitConflictException("another compactor took and deleted " + e.key());
        } catch (CorruptDataException e) {
            // One damaged segment must not hold up the rest; queries still see and report it.
            if (quarantined.size() < MAX_QUARANTINED && quarantined.add(e.key())) {
                metrics.segments.corrupt.increment();
                log.error("damaged segment is left alone key={}", e.key(), e);
                return round(force, leaseEpoch, progress);
            }
            throw e;
        }
    }

    private void compact(Snapshot snapshot, List<LiveSegment> round, long leaseEpoch, Progress progress) throws IOException {
        long start = System.nanoTime();
        FrameCache frames = new FrameCache(config.frameCacheBytes());
        List<SegmentReader> segments = Parallel.map(round, PARALLEL_READS, s -> {
            String key = s.id().key();
            return SegmentReader.open(key, store.get(key, s.size()), frames);
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
        List<BlockMeta> blocks;
        try (BlockUpload upload = new BlockUpload(store)) {
            for (String tenant : tenants) {
                RetentionPolicy policy = config.retentionEnabled() ? limits.forTenant(tenant) : RetentionPolicy.KEEP;
                Removal removal = config.retentionEnabled() ? Removal.of(snapshot.catalog().deletes(tenant), policy) : Removal.NONE;
                removals.put(tenant, removal);
                Written written = writeTenant(tenant, segments, policy, removal, upload, progress);
                rowsRead += written.rowsRead;
                rowsDeleted += written.rowsDeleted;
                deleted.put(tenant, written.rowsDeleted);
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
                .consume(SegmentRange.of(round.stream().map(LiveSegment::id).toList()))
                .build();
        catalog.commit(change, snapshot.catalog(), leaseEpoch);
        rawPerByte = Math.max(1, (double) raw / size);
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
            BlockSpec spec = new BlockSpec(tenant, ulids.next(), partition.day(), 1, partition.retentionSeconds());
            BlockBuild build = new BlockBuild(spec, labels -> policy.classOf(labels) == partition.retentionSeconds(), removal, progress);
            Path file = folder.newFile(spec.id());
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
