package io.narfi.querier.source;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.narfi.common.TenantLimits;
import io.narfi.querier.plan.Deletes;
import io.narfi.querier.plan.SegmentRef;
import io.narfi.querier.plan.SegmentSpan;
import io.narfi.querier.plan.TenantSources;
import io.narfi.querier.run.QueryContext;
import io.narfi.storage.RowSource;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.BlockRef;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.DeleteRequest;
import io.narfi.storage.catalog.LiveSegment;
import io.narfi.storage.catalog.Snapshot;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.catalog.TenantDeletes;
import io.narfi.storage.segment.SegmentReader;
import io.narfi.storage.segment.SegmentReader.TenantInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Snapshots from the catalog. Which tenants a segment holds, and of what time, is only known to the segment; it is remembered from the
 * first look, so that later queries open only the segments they need.
 */
public final class CatalogSnapshots implements TenantSnapshots {
    /** Segments whose contents are remembered; some hundred bytes each for every tenant. */
    private static final int MAX_KNOWN_TENANTS = 200_000;

    /** Segments that are opened together; however many are new, no more are in memory at once. */
    private static final int AT_A_TIME = 32;

    private final SnapshotReader reader;
    private final Sources sources;
    private final TenantLimits limits;
    private final Cache<SegmentRef, Map<String, SegmentSpan>> known = Caffeine.newBuilder()
            .maximumWeight(MAX_KNOWN_TENANTS)
            .<SegmentRef, Map<String, SegmentSpan>>weigher((segment, spans) -> 1 + spans.size())
            .build();

    /** @param limits tell whose delete requests count */
    public CatalogSnapshots(SnapshotReader reader, Sources sources, TenantLimits limits) {
        this.reader = requireNonNull(reader, "reader is null");
        this.sources = requireNonNull(sources, "sources is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public TenantSources take(String tenant, long from, long to, QueryContext context) throws IOException {
        return in(reader.snapshot(), tenant, from, to, context);
    }

    /** As {@link #take}, but of a snapshot that was taken before. */
    public TenantSources in(Snapshot snapshot, String tenant, long from, long to, QueryContext context) throws IOException {
        context.check();
        List<SegmentSpan> spans = new ArrayList<>();
        List<SegmentRef> unknown = new ArrayList<>();
        for (LiveSegment live : snapshot.segments()) {
            SegmentRef segment = new SegmentRef(live.id(), live.size());
            Map<String, SegmentSpan> tenants = known.getIfPresent(segment);
            if (tenants == null) {
                unknown.add(segment);
            } else {
                add(tenants, tenant, from, to, spans);
            }
        }
        for (int at = 0; at < unknown.size(); at += AT_A_TIME) {
            List<SegmentRef> some = unknown.subList(at, Math.min(unknown.size(), at + AT_A_TIME));
            List<RowSource> opened = sources.openSegments(some, context);
            for (int i = 0; i < opened.size(); i++) {
                Map<String, SegmentSpan> tenants = spans(some.get(i), opened.get(i));
                known.put(some.get(i), tenants);
                add(tenants, tenant, from, to, spans);
            }
        }
        List<BlockMeta> blocks = snapshot.catalog().blocks(tenant, from, to);
        return new TenantSources(tenant, blocks, spans, deletes(snapshot.catalog().deletes(tenant), tenant, from, to, blocks));
    }

    /** What a tenant's delete requests hide in segments that are not in a snapshot yet. */
    public HiddenRows hidden(CatalogState catalog, String tenant) {
        return sources.hidden(
                deletes(catalog.deletes(tenant), tenant, Long.MIN_VALUE, Long.MAX_VALUE, List.of()).requests());
    }

    /** Requests come with the catalog: a query that begins after one was accepted knows it. */
    private Deletes deletes(TenantDeletes deletes, String tenant, long from, long to, List<BlockMeta> blocks) {
        List<Deletes.Request> requests = new ArrayList<>();
        for (DeleteRequest r : deletes.active()) {
            if (from < to && r.touches(from, to - 1)) {
                requests.add(new Deletes.Request(r.sequence(), r.query(), r.from(), r.to()));
            }
        }
        if (requests.isEmpty() || limits.forTenant(tenant).deletionMode().equals("disabled")) {
            return new Deletes(List.of(), Map.of());
        }
        Map<String, Long> through = new HashMap<>();
        for (BlockMeta b : blocks) {
            long t = deletes.appliedThrough(BlockRef.of(b));
            if (t > 0) {
                through.put(b.key(), t);
            }
        }
        return new Deletes(requests, through);
    }

    private static void add(Map<String, SegmentSpan> tenants, String tenant, long from, long to, List<SegmentSpan> spans) {
        SegmentSpan span = tenants.get(tenant);
        if (span != null && span.minTime() < to && span.maxTime() >= from) {
            spans.add(span);
        }
    }

    private static Map<String, SegmentSpan> spans(SegmentRef segment, RowSource source) {
        if (!(source instanceof SegmentReader reader)) {
            throw new IllegalStateException("not a segment: " + source.key());
        }
        Map<String, SegmentSpan> spans = new HashMap<>();
        for (TenantInfo info : reader.tenants()) {
            spans.put(info.tenant(), new SegmentSpan(segment, info.minTime(), info.maxTime(), info.lineBytes()));
        }
        return Map.copyOf(spans);
    }
}
