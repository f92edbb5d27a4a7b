package io.narfi.querier.data;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Durations;
import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.common.Ulids;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.block.BlockSpec;
import io.narfi.storage.block.BlockWriter;
import io.narfi.storage.catalog.BlockRef;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.DeleteRequest;
import io.narfi.storage.catalog.DeleteStep;
import io.narfi.storage.catalog.DeletesApplied;
import io.narfi.storage.catalog.SegmentRange;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.segment.ChunkPool;
import io.narfi.storage.segment.SegmentBuilder;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A store in memory with segments and blocks as the services would write them. */
public final class Bucket {
    private final ObjectStore store;
    private final Path folder;
    private final Ulids ulids = new Ulids(InstantSource.system());
    private final String writer = ulids.next();
    private final Catalog catalog;
    private long sequence;

    public Bucket(Path folder) throws IOException {
        this(folder, new InMemoryObjectStore());
    }

    public Bucket(Path folder, ObjectStore store) throws IOException {
        this.folder = folder;
        this.store = store;
        this.catalog = new Catalog(store, "test", InstantSource.system(), new SimpleMeterRegistry());
        catalog.initialise();
    }

    public ObjectStore store() {
        return store;
    }

    /** A reader with a catalog of its own, as another process would have. */
    public SnapshotReader snapshots() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        return new SnapshotReader(store, new Catalog(store, "reader", InstantSource.system(), registry), 1000, registry);
    }

    public SegmentId segment(Map<String, List<Row>> rowsByTenant) throws IOException {
        return segment(new SegmentId(writer, sequence++), rowsByTenant);
    }

    /** A segment of any writer. */
    public SegmentId segment(SegmentId id, Map<String, List<Row>> rowsByTenant) throws IOException {
        SegmentBuilder builder = new SegmentBuilder(new ChunkPool(1 << 20));
        rowsByTenant.forEach((tenant, rows) -> {
            for (Row row : rows) {
                byte[] line = row.line().getBytes(StandardCharsets.UTF_8);
                builder.append(builder.stream(tenant, row.stream()), row.time(), line, 0, line.length, row.metadata());
            }
        });
        store.putIfAbsent(id.key(), builder.seal().content());
        return id;
    }

    /** Writes rows as one block for each day they touch, and commits them, in place of segments if any are given. */
    public List<BlockMeta> blocks(String tenant, List<Row> rows, List<SegmentId> insteadOf) throws IOException {
        Map<LocalDate, List<Row>> days = new TreeMap<>();
        for (Row row : new LinkedHashSet<>(rows)) {
            LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(row.time(), Durations.DAY));
            days.computeIfAbsent(day, k -> new ArrayList<>()).add(row);
        }
        List<BlockMeta> blocks = new ArrayList<>();
        for (Map.Entry<LocalDate, List<Row>> day : days.entrySet()) {
            blocks.add(block(tenant, day.getKey(), day.getValue()));
        }
        CatalogChange change =
                CatalogChange.because("test").add(blocks).consume(SegmentRange.of(insteadOf)).build();
        catalog.commit(change, catalog.refresh(), 0);
        return blocks;
    }

    /** Accepts a delete request. */
    public void delete(String tenant, String query, long from, long to) throws IOException {
        DeleteRequest request = DeleteRequest.of(tenant, ulids.next(), query, from, to);
        catalog.commit(CatalogChange.because("test").request(request).build(), catalog.refresh(), 0);
    }

    /** Starts all delete requests, and writes blocks that hold none of their rows, whatever they hold. */
    public void blocksRidOfDeleted(String tenant, List<Row> rows) throws IOException {
        startDeletes(tenant);
        applyDeletes(tenant, blocks(tenant, rows, List.of()));
    }

    /** The tenant's requests that are neither processed nor cancelled. */
    public List<DeleteRequest> deletes(String tenant) throws IOException {
        return catalog.refresh().deletes(tenant).active();
    }

    /** Starts all delete requests that have not started. */
    public void startDeletes(String tenant) throws IOException {
        step(DeleteStep.Kind.START, deletes(tenant).stream().filter(r -> r.status() == DeleteRequest.Status.RECEIVED).toList());
    }

    /** Takes the same step with some requests. */
    public void step(DeleteStep.Kind kind, List<DeleteRequest> requests) throws IOException {
        List<DeleteStep> steps = requests.stream().map(r -> DeleteStep.of(kind, r)).toList();
        catalog.commit(CatalogChange.because("test").steps(steps).build(), catalog.refresh(), 0);
    }

    /** Marks blocks as rid of the rows of all requests there are, whatever they hold. */
    public void applyDeletes(String tenant, List<BlockMeta> blocks) throws IOException {
        List<DeleteRequest> requests = deletes(tenant);
        if (!requests.isEmpty()) {
            long through = requests.getLast().sequence();
            List<DeletesApplied> marks = blocks.stream().map(b -> new DeletesApplied(BlockRef.of(b), through)).toList();
            catalog.commit(CatalogChange.because("test").applied(marks).build(), catalog.refresh(), 0);
        }
    }

    public void remove(List<BlockMeta> blocks) throws IOException {
        catalog.commit(CatalogChange.because("test").remove(blocks).build(), catalog.refresh(), 0);
        store.delete(blocks.stream().map(BlockMeta::key).toList());
    }

    private BlockMeta block(String tenant, LocalDate day, List<Row> rows) throws IOException {
        Map<Labels, List<Row>> streams = new TreeMap<>(
                Comparator.comparing((Labels l) -> l.stableHash(), Long::compareUnsigned).thenComparing(Comparator.naturalOrder()));
        for (Row row : rows) {
            streams.computeIfAbsent(row.stream(), k -> new ArrayList<>()).add(row);
        }
        String id = ulids.next();
        Path file = folder.resolve(id);
        BlockMeta meta;
        try (BlockWriter block = BlockWriter.create(file, new BlockSpec(tenant, id, day, 1, 0))) {
            for (Map.Entry<Labels, List<Row>> stream : streams.entrySet()) {
                block.startStream(stream.getKey());
                block.append(batch(stream.getValue()));
            }
            meta = block.finish();
        }
        store.putIfAbsent(meta.key(), ObjectContent.of(Files.readAllBytes(file)));
        Files.delete(file);
        return meta;
    }

    private static EntryBatch batch(List<Row> unsorted) {
        List<Row> rows = new ArrayList<>(unsorted);
        rows.sort(Comparator.comparingLong(Row::time));
        int n = rows.size();
        long[] times = new long[n];
        int[] offsets = new int[n + 1];
        int[] ids = new int[n];
        Labels[] metadata = new Labels[n];
        byte[][] lines = new byte[n][];
        for (int i = 0; i < n; i++) {
            Row row = rows.get(i);
            times[i] = row.time();
            lines[i] = row.line().getBytes(StandardCharsets.UTF_8);
            offsets[i + 1] = offsets[i] + lines[i].length;
            ids[i] = i;
            metadata[i] = row.metadata();
        }
        byte[] all = new byte[offsets[n]];
        for (int i = 0; i < n; i++) {
            System.arraycopy(lines[i], 0, all, offsets[i], lines[i].length);
        }
        return new EntryBatch(times, offsets, all, ids, metadata, 0, n);
    }
}
