package io.narfi.storage.catalog;

import io.narfi.storage.block.BlockMeta;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The catalog after one of its commits; immutable. Blocks lie by tenant and UTC day. */
public final class CatalogState {
    /** Before the first commit. */
    public static final CatalogState EMPTY = new CatalogState(0, 0, Map.of(), Map.of(), ConsumedSegments.EMPTY, Map.of());

    /** @param removedAt when it was removed or condemned, milliseconds since the epoch */
    public record RemovedBlock(BlockRef block, long removedAt) {}

    private final long version;
    private final long time;
    private final Map<String, NavigableMap<LocalDate, List<BlockMeta>>> live;
    private final Map<String, RemovedBlock> removed;
    private final ConsumedSegments consumed;
    private final Map<String, TenantDeletes> deletes;

    private CatalogState(
            long version,
            long time,
            Map<String, NavigableMap<LocalDate, List<BlockMeta>>> live,
            Map<String, RemovedBlock> removed,
            ConsumedSegments consumed,
            Map<String, TenantDeletes> deletes) {
        this.version = version;
        this.time = time;
        this.live = live;
        this.removed = removed;
        this.consumed = consumed;
        this.deletes = deletes;
    }

    /** A state as a checkpoint holds it. */
    static CatalogState of(
            long version,
            long time,
            List<BlockMeta> blocks,
            List<RemovedBlock> removed,
            ConsumedSegments consumed,
            Map<String, TenantDeletes> deletes) {
        Map<String, NavigableMap<LocalDate, List<BlockMeta>>> live = new HashMap<>();
        for (BlockMeta b : blocks) {
            live.computeIfAbsent(b.tenant(), t -> new TreeMap<>()).computeIfAbsent(b.day(), d -> new ArrayList<>()).add(b);
        }
        live.values().forEach(days -> days.replaceAll((day, list) -> List.copyOf(list)));
        Map<String, RemovedBlock> byKey = new HashMap<>();
        removed.forEach(r -> byKey.put(r.block().key(), r));
        return new CatalogState(version, time, live, byKey, consumed, Map.copyOf(deletes));
    }

    /** Version of the last commit, 0 before the first. */
    public long version() {
        return version;
    }

    /** Time of the last commit, milliseconds since the epoch. */
    public long time() {
        return time;
    }

    public ConsumedSegments consumed() {
        return consumed;
    }

    /** The tenant's delete requests. */
    public TenantDeletes deletes(String tenant) {
        return deletes.getOrDefault(tenant, TenantDeletes.NONE);
    }

    /** The delete requests of all tenants that have, or had, any. */
    public Map<String, TenantDeletes> deletes() {
        return deletes;
    }

    /** Tenants that have live blocks. */
    public Set<String> tenants() {
        return Collections.unmodifiableSet(live.keySet());
    }

    /** UTC days for which a tenant has live blocks, ascending. */
    public List<LocalDate> days(String tenant) {
        NavigableMap<LocalDate, List<BlockMeta>> days = live.get(tenant);
        return days == null ? List.of() : List.copyOf(days.keySet());
    }

    public List<BlockMeta> blocks(String tenant, LocalDate day) {
        NavigableMap<LocalDate, List<BlockMeta>> days = live.get(tenant);
        return days == null ? List.of() : days.getOrDefault(day, List.of());
    }

    /** The tenant's live blocks that may have rows in {@code [from, to)} (nanoseconds), by day. */
    public List<BlockMeta> blocks(String tenant, long from, long to) {
        NavigableMap<LocalDate, List<BlockMeta>> days = live.get(tenant);
        if (days == null || from >= to) {
            return List.of();
        }
        List<BlockMeta> found = new ArrayList<>();
        for (List<BlockMeta> blocks : days.subMap(dayOf(from), true, dayOf(to - 1), true).values()) {
            for (BlockMeta b : blocks) {
                if (b.minTime() < to && b.maxTime() >= from) {
                    found.add(b);
                }
            }
        }
        return found;
    }

    public void forEachBlock(Consumer<BlockMeta> action) {
        live.values().forEach(days -> days.values().forEach(blocks -> blocks.forEach(action)));
    }

    public int blockCount() {
        int[] sum = {0};
        forEachBlock(b -> sum[0]++);
        return sum[0];
    }

    public boolean isLive(BlockRef block) {
        return find(blocks(block.tenant(), block.day()), block.id()) >= 0;
    }

    /** Removed and condemned blocks whose objects are not deleted yet. */
    public List<RemovedBlock> removed() {
        return List.copyOf(removed.values());
    }

    public boolean isRemoved(BlockRef block) {
        return removed.containsKey(block.key());
    }

    private static LocalDate dayOf(long nanos) {
        return LocalDate.ofEpochDay(Math.floorDiv(nanos, 86_400_000_000_000L));
    }

    private static int find(List<BlockMeta> blocks, String id) {
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).id().equals(id)) {
                return i;
            }
        }
        return -1;
    }

    /** Why a change cannot be made to this state, or null if it can. */
    @Nullable String objection(CatalogChange change) {
        String delete = objectionToDeletes(change);
        if (delete != null) {
            return delete;
        }
        for (BlockMeta b : change.added()) {
            BlockRef ref = BlockRef.of(b);
            if (isLive(ref)) {
                return "block is there already: " + b.key();
            }
            if (isRemoved(ref)) {
                return "block was removed or condemned: " + b.key();
            }
        }
        for (BlockRef b : change.removed()) {
            if (!isLive(b)) {
                return "block to be removed is not live: " + b.key();
            }
        }
        for (BlockRef b : change.condemned()) {
            if (isLive(b) || isRemoved(b)) {
                return "block to be condemned is known: " + b.key();
            }
        }
        for (BlockRef b : change.purged()) {
            if (!isRemoved(b)) {
                return "block to be purged was not removed: " + b.key();
            }
        }
        for (SegmentRange r : change.consumed()) {
            if (consumed.overlaps(r)) {
                return "consumed before: " + r;
            }
        }
        for (SegmentRange r : change.deleted()) {
            if (!consumed.containsAll(r)) {
                return "deleted but not consumed: " + r;
            }
        }
        for (SegmentRange r : change.forgotten()) {
            if (!consumed.containsAll(r)) {
                return "forgotten but not consumed: " + r;
            }
        }
        return null;
    }

    private @Nullable String objectionToDeletes(CatalogChange change) {
        for (DeleteRequest r : change.deleteRequests()) {
            if (deletes(r.tenant()).find(r.id()) != null) {
                return "delete request is there already: " + r.id();
            }
            if (change.deleteRequests().stream().filter(o -> o.tenant().equals(r.tenant())).count() > 1) {
                return "two delete requests of " + r.tenant() + " in one commit, which orders them";
            }
        }
        for (DeleteStep step : change.deleteSteps()) {
            String objection = deletes(step.tenant()).objection(step, change.deleteSteps());
            if (objection != null) {
                return objection;
            }
        }
        for (DeletesApplied a : change.deletesApplied()) {
            if (!isLive(a.block()) && change.added().stream().noneMatch(b -> BlockRef.of(b).equals(a.block()))) {
                return "deletes applied to a block that is not live: " + a.block().key();
            }
        }
        return null;
    }

    /** @throws IllegalArgumentException if the commit is not the next one, or cannot be made to this state */
    CatalogState apply(CatalogCommit commit) {
        if (commit.version() != version + 1) {
            throw new IllegalArgumentException("commit " + commit.version() + " cannot follow " + version);
        }
        CatalogChange change = commit.change();
        String objection = objection(change);
        if (objection != null) {
            throw new IllegalArgumentException("commit " + commit.version() + ": " + objection);
        }
        Map<String, RemovedBlock> newRemoved = removed;
        if (!change.removed().isEmpty() || !change.condemned().isEmpty() || !change.purged().isEmpty()) {
            newRemoved = new HashMap<>(removed);
            for (BlockRef b : change.removed()) {
                newRemoved.put(b.key(), new RemovedBlock(b, commit.time()));
            }
            for (BlockRef b : change.condemned()) {
                newRemoved.put(b.key(), new RemovedBlock(b, commit.time()));
            }
            for (BlockRef b : change.purged()) {
                newRemoved.remove(b.key());
            }
        }
        ConsumedSegments newConsumed = consumed
                .withConsumed(change.consumed(), commit.time())
                .withDeleted(change.deleted(), commit.time())
                .withForgotten(change.forgotten());
        return new CatalogState(commit.version(), commit.time(), withBlocks(change), newRemoved, newConsumed, withDeletes(commit));
    }

    private Map<String, TenantDeletes> withDeletes(CatalogCommit commit) {
        CatalogChange change = commit.change();
        Set<String> tenants = new HashSet<>();
        change.deleteRequests().forEach(r -> tenants.add(r.tenant()));
        change.deleteSteps().forEach(s -> tenants.add(s.tenant()));
        change.deletesApplied().forEach(a -> tenants.add(a.block().tenant()));
        change.removed().stream().map(BlockRef::tenant).filter(deletes::containsKey).forEach(tenants::add);
        if (tenants.isEmpty()) {
            return deletes;
        }
        Map<String, TenantDeletes> changed = new HashMap<>(deletes);
        for (String tenant : tenants) {
            changed.put(
                    tenant,
                    deletes(tenant)
                            .apply(
                                    commit,
                                    change.deleteRequests().stream().filter(r -> r.tenant().equals(tenant)).toList(),
                                    change.deleteSteps().stream().filter(s -> s.tenant().equals(tenant)).toList(),
                                    change.deletesApplied().stream().filter(a -> a.block().tenant().equals(tenant)).toList(),
                                    change.removed().stream().filter(b -> b.tenant().equals(tenant)).toList()));
        }
        return Map.copyOf(changed);
    }

    /** Copies what the change touches (tenants and days) and shares the rest. */
    private Map<String, NavigableMap<LocalDate, List<BlockMeta>>> withBlocks(CatalogChange change) {
        if (change.added().isEmpty() && change.removed().isEmpty()) {
            return live;
        }
        Map<String, NavigableMap<LocalDate, List<BlockMeta>>> tenants = new HashMap<>(live);
        Map<String, NavigableMap<LocalDate, List<BlockMeta>>> copies = new HashMap<>();
        for (BlockMeta b : change.added()) {
            NavigableMap<LocalDate, List<BlockMeta>> days = copyOf(b.tenant(), copies);
            List<BlockMeta> blocks = new ArrayList<>(days.getOrDefault(b.day(), List.of()));
            blocks.add(b);
            days.put(b.day(), List.copyOf(blocks));
        }
        for (BlockRef b : change.removed()) {
            NavigableMap<LocalDate, List<BlockMeta>> days = copyOf(b.tenant(), copies);
            List<BlockMeta> blocks = new ArrayList<>(days.getOrDefault(b.day(), List.of()));
            blocks.remove(find(blocks, b.id()));
            if (blocks.isEmpty()) {
                days.remove(b.day());
            } else {
                days.put(b.day(), List.copyOf(blocks));
            }
        }
        copies.forEach((tenant, days) -> {
            if (days.isEmpty()) {
                tenants.remove(tenant);
            } else {
                tenants.put(tenant, days);
            }
        });
        return tenants;
    }

    private NavigableMap<LocalDate, List<BlockMeta>> copyOf(String tenant, Map<String, NavigableMap<LocalDate, List<BlockMeta>>> copies) {
        return copies.computeIfAbsent(tenant, t -> {
            NavigableMap<LocalDate, List<BlockMeta>> days = live.get(t);
            return days == null ? new TreeMap<>() : new TreeMap<>(days);
        });
    }
}
