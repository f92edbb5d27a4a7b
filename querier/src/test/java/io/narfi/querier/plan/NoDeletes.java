package io.narfi.querier.plan;

import io.narfi.storage.block.BlockMeta;
import java.util.List;
import java.util.Map;

/** What of rows is deleted when nothing is. */
public final class NoDeletes {
    public static final Deletes NONE = new Deletes(List.of(), Map.of());

    private NoDeletes() {}

    static TenantSources sources(List<BlockMeta> blocks, List<SegmentSpan> segments) {
        return new TenantSources("a", blocks, segments, NONE);
    }
}
