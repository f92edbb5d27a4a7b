package io.narfi.querier.plan;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.block.BlockMeta;
import java.util.List;

/**
 * What a task covers.
 *
 * @param tenant whose rows
 * @param affinity names the part of the data, so that the same part goes to the same peer again
 * @param from first moment, nanoseconds
 * @param to end of the range, nanoseconds, exclusive
 * @param minHash least stable hash of its streams, unsigned
 * @param maxHash greatest stable hash of its streams, unsigned
 * @param blocks overlapping blocks
 * @param segments overlapping segments
 * @param bytes roughly how many bytes of lines it covers
 * @param deletes what of the rows is deleted; whoever opens the objects leaves it out
 */
public record TaskScope(
        String tenant,
        String affinity,
        long from,
        long to,
        long minHash,
        long maxHash,
        List<BlockMeta> blocks,
        List<SegmentSpan> segments,
        long bytes,
        Deletes deletes) {
    public TaskScope {
        requireNonNull(deletes, "deletes is null");
        requireNonNull(tenant, "tenant is null");
        requireNonNull(affinity, "affinity is null");
        blocks = List.copyOf(blocks);
        segments = List.copyOf(segments);
    }

    /** The same for a part of its time, with the objects that overlap it. */
    public TaskScope within(long newFrom, long newTo) {
        long first = Math.max(from, newFrom);
        long end = Math.min(to, newTo);
        List<BlockMeta> its = blocks.stream().filter(b -> b.minTime() < end && b.maxTime() >= first).toList();
        return new TaskScope(
                tenant,
                affinity,
                first,
                end,
                minHash,
                maxHash,
                its,
                segments.stream().filter(s -> s.minTime() < end && s.maxTime() >= first).toList(),
                bytes,
                deletes.within(first, end, its));
    }

    /** The same without streams whose hash is below {@code hash}, unsigned. */
    public TaskScope fromHash(long hash) {
        return Long.compareUnsigned(hash, minHash) <= 0
                ? this
                : new TaskScope(tenant, affinity, from, to, hash, maxHash, blocks, segments, bytes, deletes);
    }
}
