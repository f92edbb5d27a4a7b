package io.narfi.compactor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.logql.pipeline.RowSelector;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.FilteredSource;
import io.narfi.storage.RowFilter;
import io.narfi.storage.RowSource;
import io.narfi.storage.RowSources;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.Selection;
import io.narfi.storage.StreamGroup;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.block.BlockReader;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.DeleteRequest;
import io.narfi.storage.catalog.LiveSegment;
import io.narfi.storage.catalog.Snapshot;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.segment.ChunkPool;
import io.narfi.storage.segment.FrameCache;
import io.narfi.storage.segment.SegmentBuilder;
import io.narfi.storage.segment.SegmentId;
import io.narfi.storage.segment.SegmentReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes segments and reads snapshots, as the write and the read service do. */
final class Bucket {
    private static final ChunkPool POOL = new ChunkPool(8 << 20);

    private Bucket() {}

    static String writer(int number) {
        return String.format(Locale.ROOT, "01BBBBBBBBBBBBBBBB%08d", number);
    }

    static void putSegment(ObjectStore store, SegmentId id, Map<String, List<Row>> rowsByTenant) throws IOException {
        SegmentBuilder builder = new SegmentBuilder(POOL);
        rowsByTenant.forEach((tenant, rows) -> {
            for (Row row : rows) {
                byte[] line = row.line().getBytes(UTF_8);
                builder.append(builder.stream(tenant, row.stream()), row.time(), line, 0, line.length, row.metadata());
            }
        });
        store.putIfAbsent(id.key(), builder.seal().content());
        builder.clear();
    }

    /** All stored rows of a tenant, deleted or not, each as often as a query would return it. */
    static List<Row> read(ObjectStore store, Snapshot snapshot, String tenant) throws IOException {
        return read(store, snapshot, tenant, List.of());
    }

    /** As {@link #read}, without those that active delete requests hide. */
    static List<Row> readUndeleted(ObjectStore store, Snapshot snapshot, String tenant) throws IOException {
        return read(store, snapshot, tenant, snapshot.catalog().deletes(tenant).active());
    }

    private static List<Row> read(ObjectStore store, Snapshot snapshot, String tenant, List<DeleteRequest> deletes) throws IOException {
        List<RowSource> sources = new ArrayList<>();
        for (BlockMeta block : blocks(snapshot.catalog(), tenant)) {
            List<DeleteRequest> concern = deletes.stream().filter(r -> snapshot.catalog().deletes(tenant).concerns(r, block)).toList();
            sources.add(without(concern, BlockReader.open(new StoredBlock(store, block.key(), block.size()), block)));
        }
        FrameCache frames = new FrameCache(16 << 20);
        for (LiveSegment segment : snapshot.segments()) {
            String key = segment.id().key();
            sources.add(without(deletes, SegmentReader.open(key, store.get(key, segment.size()), frames)));
        }
        List<Row> rows = new ArrayList<>();
        for (StreamGroup stream : RowSources.mergeByStream(sources, Selection.everything(tenant))) {
            try (BatchCursor cursor = stream.scan(ScanRequest.everything())) {
                for (EntryBatch batch = cursor.next(); batch != null; batch = cursor.next()) {
                    addRows(stream.labels(), batch, rows);
                }
            }
        }
        return rows;
    }

    private static RowSource without(List<DeleteRequest> deletes, RowSource source) {
        List<RowFilter> filters = new ArrayList<>();
        for (DeleteRequest r : deletes) {
            RowSelector selector = RowSelector.compile(r.query());
            filters.add(new RowFilter(selector.matchers(), r.from(), r.to(), stream -> selector.forStream(stream)::select));
        }
        return new FilteredSource(source, filters, FilteredSource.Purpose.READ);
    }

    static List<Row> readBlock(ObjectStore store, BlockMeta block) throws IOException {
        List<Row> rows = new ArrayList<>();
        RowSource source = BlockReader.open(new StoredBlock(store, block.key(), block.size()), block);
        for (StreamGroup stream : RowSources.mergeByStream(List.of(source), Selection.everything(block.tenant()))) {
            try (BatchCursor cursor = stream.scan(ScanRequest.everything())) {
                for (EntryBatch batch = cursor.next(); batch != null; batch = cursor.next()) {
                    addRows(stream.labels(), batch, rows);
                }
            }
        }
        return rows;
    }

    private static void addRows(Labels stream, EntryBatch batch, List<Row> rows) {
        byte[] lines = requireNonNull(batch.lines);
        int[] offsets = requireNonNull(batch.offsets);
        for (int i = batch.start; i < batch.end; i++) {
            String line = new String(lines, offsets[i], offsets[i + 1] - offsets[i], UTF_8);
            rows.add(new Row(stream, batch.timestamps[i], line, batch.metadata(i)));
        }
    }

    static List<BlockMeta> blocks(CatalogState state) {
        List<BlockMeta> all = new ArrayList<>();
        state.forEachBlock(all::add);
        return all;
    }

    static List<BlockMeta> blocks(CatalogState state, String tenant) {
        return blocks(state).stream().filter(b -> b.tenant().equals(tenant)).toList();
    }

    static List<String> keys(ObjectStore store, String prefix) throws IOException {
        List<String> keys = new ArrayList<>();
        boolean more = true;
        while (more) {
            ObjectStore.Listing page = store.list(prefix, keys.isEmpty() ? "" : keys.getLast(), 1000);
            page.objects().forEach(o -> keys.add(o.key()));
            more = page.truncated();
        }
        return keys;
    }
}
