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
        List<SegmentRange> forgotten) {
    public CatalogChange {
        added = List.copyOf(added);
        removed = List.copyOf(removed);
        condemned = List.copyOf(condemned);
        purged = List.copyOf(purged);
        consumed = List.copyOf(consumed);
        deleted = List.copyOf(deleted);
        forgotten = List.copyOf(forgotten);
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
                && forgotten.isEmpty();
    }

    /** A block or segment that both changes touch, as text, or null if they are independent. */
    @Nullable String overlap(CatalogChange other) {
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

    private Set<String> blockKeys() {
        Set<String> keys = new HashSet<>();
        added.forEach(b -> keys.add(b.key()));
        removed.forEach(b -> keys.add(b.key()));
        condemned.forEach(b -> keys.add(b.key()));
        purged.forEach(b -> keys.add(b.key()));
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

        public CatalogChange build() {
            return new CatalogChange(reason, added, removed, condemned, purged, consumed, deleted, forgotten);
        }
    }
}
