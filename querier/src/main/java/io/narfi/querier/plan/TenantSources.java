package io.narfi.querier.plan;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.block.BlockMeta;
import java.util.List;

/**
 * Every object that holds rows of a tenant in the range of a query, each row's object exactly once.
 *
 * @param deletes what of the rows is deleted
 */
public record TenantSources(String tenant, List<BlockMeta> blocks, List<SegmentSpan> segments, Deletes deletes) {
    public TenantSources {
        requireNonNull(tenant, "tenant is null");
        requireNonNull(deletes, "deletes is null");
        blocks = List.copyOf(blocks);
        segments = List.copyOf(segments);
    }

    /** Bytes of lines in the objects, whether in the range or not. */
    public long bytes() {
        long sum = 0;
        for (BlockMeta b : blocks) {
            sum += b.lineBytes();
        }
        for (SegmentSpan s : segments) {
            sum += s.bytes();
        }
        return sum;
    }
}
