package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.Ulids;
import io.narfi.storage.catalog.BlockRef;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.ConsumedSegments;
import io.narfi.storage.catalog.SegmentRange;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStore.ObjectInfo;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes objects that no reader can need any more, a bounded number in each run. Objects are deleted first and the catalog is told after: who dies
 * in between deletes them once more. A block that no commit names is first condemned by a commit of its own, from which on no late compactor can
 * add it.
 */
public final class GarbageCollector {
    private static final Logger log = LoggerFactory.getLogger(GarbageCollector.class);
    private static final int PAGE = 1000;

    /** Objects of each kind that one run deletes. */
    static final int MAX_DELETES = 10_000;

    private final ObjectStore store;
    private final Catalog catalog;
    private final CompactorConfig config;
    private final InstantSource clock;
    private final Counter segmentsDeleted;
    private final Counter blocksDeleted;
    private final Counter orphans;
    private final Counter foreign;

    public GarbageCollector(ObjectStore store, Catalog catalog, CompactorConfig config, InstantSource clock, MeterRegistry registry) {
        this.store = requireNonNull(store, "store is null");
        this.catalog = requireNonNull(catalog, "catalog is null");
        this.config = requireNonNull(config, "config is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.segmentsDeleted = counter(registry, "narfi_compactor_segments_deleted", "Objects of consumed segments deleted.");
        this.blocksDeleted = counter(registry, "narfi_compactor_blocks_deleted", "Objects of removed and orphaned blocks deleted.");
        this.orphans = counter(registry, "narfi_compactor_orphans", "Blocks found that no commit ever named.");
        this.foreign = counter(registry, "narfi_compactor_foreign_objects", "Keys under blocks/ that are none of Narfi's; they are left alone.");
    }

    private static Counter counter(MeterRegistry registry, String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }

    /**
     * Deletes what has waited long enough, and forgets the ids of segments deleted long ago.
     *
     * @return whether there was anything to do
     */
    public boolean collect(long leaseEpoch) throws IOException {
        CatalogState state = catalog.refresh();
        long now = clock.millis();
        List<SegmentRange> deleted = new ArrayList<>();
        List<SegmentRange> forgotten = new ArrayList<>();
        long[] room = {MAX_DELETES};
        state.consumed().writers().forEach((writer, ranges) -> {
            for (ConsumedSegments.Range r : ranges) {
                if (r.deletedAt() != 0) {
                    if (now - r.deletedAt() >= config.forgetAfter().toMillis()) {
                        forgotten.add(new SegmentRange(writer, r.from(), r.to()));
                    }
                } else if (room[0] > 0 && now - r.consumedAt() >= config.segmentGrace().toMillis()) {
                    long to = Math.min(r.to(), r.from() + room[0]);
                    deleted.add(new SegmentRange(writer, r.from(), to));
                    room[0] -= to - r.from();
                }
            }
        });
        List<BlockRef> purged = new ArrayList<>();
        for (CatalogState.RemovedBlock r : state.removed()) {
            if (purged.size() < MAX_DELETES && now - r.removedAt() >= config.retentionDeleteDelay().toMillis()) {
                purged.add(r.block());
            }
        }
        CatalogChange change = CatalogChange.because("gc").delete(deleted).forget(forgotten).purge(purged).build();
        if (change.isEmpty()) {
            return false;
        }
        List<String> keys = new ArrayList<>();
        for (SegmentRange r : deleted) {
            for (long s = r.from(); s < r.to(); s++) {
                keys.add(new SegmentId(r.writer(), s).key());
            }
        }
        int segments = keys.size();
        purged.forEach(b -> keys.add(b.key()));
        for (int i = 0; i < keys.size(); i += PAGE) {
            store.delete(keys.subList(i, Math.min(keys.size(), i + PAGE)));
        }
        catalog.commit(change, state, leaseEpoch);
        segmentsDeleted.increment(segments);
        blocksDeleted.increment(purged.size());
        return true;
    }

    /**
     * Lists all blocks and condemns those that no commit names and that are too old to be work in progress. Condemned blocks are deleted like removed
     * ones.
     *
     * @return number of blocks condemned
     */
    public int condemnOrphans(long leaseEpoch) throws IOException {
        int sum = 0;
        String after = "";
        boolean more = true;
        while (more) {
            ObjectStore.Listing page = store.list(BlockRef.PREFIX, after, PAGE);
            CatalogState state = catalog.refresh();
            List<BlockRef> condemned = new ArrayList<>();
            for (ObjectInfo object : page.objects()) {
                after = object.key();
                BlockRef ref = BlockRef.parse(object.key());
                if (ref == null || !Ulids.isUlid(ref.id())) {
                    foreign.increment();
                    log.warn("not a block, left alone key={}", object.key());
                } else if (isOld(ref, object) && !state.isLive(ref) && !state.isRemoved(ref)) {
                    condemned.add(ref);
                }
            }
            if (!condemned.isEmpty()) {
                catalog.commit(CatalogChange.because("orphans").condemn(condemned).build(), state, leaseEpoch);
                orphans.increment(condemned.size());
                log.info("condemned blocks that no commit names count={}", condemned.size());
                sum += condemned.size();
            }
            more = page.truncated() && !page.objects().isEmpty();
        }
        return sum;
    }

    private boolean isOld(BlockRef ref, ObjectInfo object) {
        long before = clock.millis() - config.orphanAge().toMillis();
        return Ulids.millis(ref.id()) <= before && object.lastModifiedMillis() <= before;
    }
}
