package io.narfi.storage.catalog;

import io.narfi.storage.block.BlockMeta;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one commit does; the package documentation explains the parts.
 *
 * @param reason why, for people: {@code segments}, {@code merge}, {@code retention}…
 */
public record CatalogChange(
        String reason,
        List<BlockMeta> added,
        List<BlockRef> removed,
        List<BlockRef> condemned,
        List<BlockRef> purged,
        List<SegmentRange> consumed,
        List<SegmentRange> deleted,
        List<SegmentRange> forgotten,
        List<DeleteRequest> deleteRequests,
        List<DeleteStep> deleteSteps,
        List<DeletesApplied> deletesApplied,
        List<RowsDeleted> rowsDeleted) {
    public CatalogChange {
        added = List.copyOf(added);
        removed = List.copyOf(removed);
        condemned = List.copyOf(condemned);
        purged = List.copyOf(purged);
        consumed = List.copyOf(consumed);
        deleted = List.copyOf(deleted);
        forgotten = List.copyOf(forgotten);
        deleteRequests = List.copyOf(deleteRequests);
        deleteSteps = List.copyOf(deleteSteps);
        deletesApplied = List.copyOf(deletesApplied);
        rowsDeleted = List.copyOf(rowsDeleted);
    }

    public static Builder because(String reason) {
        return new Builder(reason);
    }

    public boolean isEmpty() {
        return added.isEmpty()
                && removed.isEmpty()
                && condemned.isEmpty()
                && purged.isEmpty()
                && consumed.isEmpty()
                && deleted.isEmpty()
                && forgotten.isEmpty()
                && deleteRequests.isEmpty()
                && deleteSteps.isEmpty()
                && deletesApplied.isEmpty()
                && rowsDeleted.isEmpty();
    }

    /** Something that both changes touch (a block, a segment, a delete request), as text, or null if they are independent. */
    @Nullable String overlap(CatalogChange other) {
        String delete = overlapOfDeletes(other);
        if (delete != null) {
            return delete;
        }
        Set<String> mine = blockKeys();
        for (String key : other.blockKeys()) {
            if (mine.contains(key)) {
                return key;
            }
        }
        for (SegmentRange a : segmentRanges()) {
            for (SegmentRange b : other.segmentRanges()) {
                if (a.overlaps(b)) {
                    return b.toString();
                }
            }
        }
        return null;
    }

    /**
     * A request that ends must know all blocks: one that comes in with rows it deletes conflicts with its end, whichever of the two comes first. And work
     * in which a request took rows away must not come in after the request was cancelled, when they show again.
     */
    private @Nullable String overlapOfDeletes(CatalogChange other) {
        for (DeleteRequest r : deleteRequests) {
            if (other.deleteRequests.stream().anyMatch(o -> o.tenant().equals(r.tenant()) && o.id().equals(r.id()))) {
                return "delete request " + r.id();
            }
        }
        for (DeleteStep step : deleteSteps) {
            if (other.deleteSteps.stream().anyMatch(o -> o.tenant().equals(step.tenant()) && o.id().equals(step.id()))) {
                return "delete request " + step.id();
            }
            if (step.kind() == DeleteStep.Kind.FINISH && other.addsUnfiltered(step)) {
                return "blocks of a tenant whose delete request " + step.id() + " was to end";
            }
        }
        for (DeleteStep step : other.deleteSteps) {
            if (step.kind() == DeleteStep.Kind.FINISH && addsUnfiltered(step)) {
                return "delete request " + step.id() + ", which ended";
            }
            if (step.kind() == DeleteStep.Kind.CANCEL && takesRowsFor(step)) {
                return "delete request " + step.id() + ", which was cancelled";
            }
        }
        return null;
    }

    private long appliedTo(BlockMeta added) {
        BlockRef ref = BlockRef.of(added);
        for (DeletesApplied a : deletesApplied) {
            if (a.block().equals(ref)) {
                return a.through();
            }
        }
        return 0;
    }

    private boolean addsUnfiltered(DeleteStep step) {
        return added.stream().anyMatch(b -> b.tenant().equals(step.tenant()) && appliedTo(b) < step.sequence());
    }

    private boolean takesRowsFor(DeleteStep step) {
        return rowsDeleted.stream().anyMatch(r -> r.tenant().equals(step.tenant()) && r.through() >= step.sequence());
    }

    private Set<String> blockKeys() {
        Set<String> keys = new HashSet<>();
        added.forEach(b -> keys.add(b.key()));
        removed.forEach(b -> keys.add(b.key()));
        condemned.forEach(b -> keys.add(b.key()));
        purged.forEach(b -> keys.add(b.key()));
        deletesApplied.forEach(a -> keys.add(a.block().key()));
        return keys;
    }

    private List<SegmentRange> segmentRanges() {
        List<SegmentRange> all = new ArrayList<>(consumed);
        all.addAll(deleted);
        all.addAll(forgotten);
        return all;
    }

    /** Collects the parts of a change; for one thread. */
    public static final class Builder {
        private final String reason;
        private final List<BlockMeta> added = new ArrayList<>();
        private final List<BlockRef> removed = new ArrayList<>();
        private final List<BlockRef> condemned = new ArrayList<>();
        private final List<BlockRef> purged = new ArrayList<>();
        private final List<SegmentRange> consumed = new ArrayList<>();
        private final List<SegmentRange> deleted = new ArrayList<>();
        private final List<SegmentRange> forgotten = new ArrayList<>();
        private final List<DeleteRequest> deleteRequests = new ArrayList<>();
        private final List<DeleteStep> deleteSteps = new ArrayList<>();
        private final List<DeletesApplied> deletesApplied = new ArrayList<>();
        private final List<RowsDeleted> rowsDeleted = new ArrayList<>();

        private Builder(String reason) {
            this.reason = reason;
        }

        public Builder add(List<BlockMeta> blocks) {
            added.addAll(blocks);
            return this;
        }

        public Builder remove(List<BlockMeta> blocks) {
            blocks.forEach(b -> removed.add(BlockRef.of(b)));
            return this;
        }

        public Builder condemn(List<BlockRef> blocks) {
            condemned.addAll(blocks);
            return this;
        }

        public Builder purge(List<BlockRef> blocks) {
            purged.addAll(blocks);
            return this;
        }

        public Builder consume(List<SegmentRange> segments) {
            consumed.addAll(segments);
            return this;
        }

        public Builder delete(List<SegmentRange> segments) {
            deleted.addAll(segments);
            return this;
        }

        public Builder forget(List<SegmentRange> segments) {
            forgotten.addAll(segments);
            return this;
        }

        /** At most one of a tenant in a commit. */
        public Builder request(DeleteRequest request) {
            deleteRequests.add(request);
            return this;
        }

        public Builder steps(List<DeleteStep> steps) {
            deleteSteps.addAll(steps);
            return this;
        }

        /** Blocks that are live, or are added by this change. */
        public Builder applied(List<DeletesApplied> marks) {
            deletesApplied.addAll(marks);
            return this;
        }

        /** Tells whose requests took rows away, so that it does not happen after they are cancelled. */
        public Builder rowsDeleted(List<RowsDeleted> rows) {
            rowsDeleted.addAll(rows);
            return this;
        }

        public CatalogChange build() {
            return new CatalogChange(
                    reason, added, removed, condemned, purged, consumed, deleted, forgotten, deleteRequests, deleteSteps, deletesApplied, rowsDeleted);
        }
    }
}
