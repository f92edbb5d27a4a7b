package io.narfi.querier.results;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Durations;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.logql.engine.MetricResult;
import io.narfi.logql.engine.StepGrid;
import io.narfi.querier.coordinate.Grids;
import io.narfi.querier.coordinate.MetadataQueries;
import io.narfi.querier.coordinate.MetricQueries;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.RandomDeletes;
import io.narfi.querier.data.RandomRows;
import io.narfi.querier.data.Row;
import io.narfi.querier.params.TimeRange;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.run.WorkerPool;
import io.narfi.querier.source.CatalogSnapshots;
import io.narfi.querier.source.RangeReaders;
import io.narfi.querier.source.ReaderCache;
import io.narfi.querier.source.Sources;
import io.narfi.querier.stats.CacheUse;
import io.narfi.querier.stats.ScanStats;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.LocalRunner;
import io.narfi.querier.task.MetadataRows;
import io.narfi.querier.task.TaskRunner;
import io.narfi.querier.task.Work;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.cache.BlobCache;
import io.narfi.storage.cache.BlobCacheConfig;
import io.narfi.storage.catalog.DeleteRequest;
import io.narfi.storage.catalog.DeleteStep;
import io.narfi.storage.segment.FrameCache;
import io.narfi.storage.segment.SegmentId;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With kept results every answer is what it is without, whatever is pushed, compacted, removed or deleted in between. */
@Timeout(300)
class KeptResultsTest {
    private static final String TENANT = "t";
    private static final List<String> SELECTORS = List.of("{env=\"prod\"}", "{app=~\"app-[0-2]\"}", "{app=~\".+\", pod!=\"pod-1\"}");

    @TempDir
    Path folder;

    private final MemoryPool memory = new MemoryPool(256 << 20, 128 << 20);
    private final CompiledQueries compiled = new CompiledQueries();
    private final ScanStats seen = new ScanStats();

    /** The data, and which rows each object holds. */
    private static final class Data {
        private final Bucket bucket;
        private final Random random;
        private final Map<SegmentId, List<Row>> segments = new LinkedHashMap<>();
        private final Map<List<BlockMeta>, List<Row>> blocks = new LinkedHashMap<>();

        private Data(Bucket bucket, Random random) {
            this.bucket = bucket;
            this.random = random;
        }

        private void change() throws Exception {
            switch (random.nextInt(11)) {
                case 0, 1 -> push(RandomRows.make(random, 1 + random.nextInt(8), 1 + random.nextInt(600)));
                // Late ones, of a few minutes.
                case 2 -> {
                    long from = RandomRows.START + random.nextLong(2 * Durations.DAY - Durations.HOUR);
                    List<Row> rows = RandomRows.make(random, 3, 20);
                    push(rows.stream()
                            .map(r -> new Row(r.stream(), from + Math.floorMod(r.time(), Durations.HOUR), r.line(), r.metadata()))
                            .toList());
                }
                case 3 -> compactSegments();
                case 4 -> mergeBlocks();
                case 5, 6 -> delete();
                case 7 -> cancel();
                case 8 -> applyDeletes();
                case 9 -> finishDeletes();
                default -> remove();
            }
        }

        private void push(List<Row> rows) throws Exception {
            segments.put(bucket.segment(Map.of(TENANT, rows, "other", rows)), rows);
            if (random.nextInt(4) == 0) {
                // A retry that landed twice.
                segments.put(bucket.segment(Map.of(TENANT, rows)), rows);
            }
        }

        private void compactSegments() throws Exception {
            List<SegmentId> some = some(segments.keySet());
            if (some.isEmpty()) {
                return;
            }
            List<Row> rows = new ArrayList<>();
            some.forEach(s -> rows.addAll(segments.getOrDefault(s, List.of())));
            blocks.put(bucket.blocks(TENANT, rows, some), rows);
            some.forEach(segments::remove);
        }

        private void mergeBlocks() throws Exception {
            List<List<BlockMeta>> some = some(blocks.keySet());
            if (some.isEmpty()) {
                return;
            }
            List<Row> rows = new ArrayList<>();
            some.forEach(s -> rows.addAll(blocks.getOrDefault(s, List.of())));
            List<BlockMeta> merged = bucket.blocks(TENANT, rows, List.of());
            bucket.remove(some.stream().flatMap(List::stream).toList());
            some.forEach(blocks::remove);
            blocks.put(merged, rows);
        }

        private void delete() throws Exception {
            List<Row> rows = RandomRows.make(random, 3, 20);
            var _ = RandomDeletes.request(random, TENANT, rows, bucket);
        }

        private void cancel() throws Exception {
            bucket.step(DeleteStep.Kind.CANCEL, some(bucket.deletes(TENANT)));
        }

        /** Some blocks are marked as rid of deleted rows, though they are not: what was hidden in them shows again. */
        private void applyDeletes() throws Exception {
            bucket.startDeletes(TENANT);
            bucket.applyDeletes(TENANT, some(blocks.keySet()).stream().flatMap(List::stream).toList());
        }

        private void finishDeletes() throws Exception {
            bucket.step(
                    DeleteStep.Kind.FINISH,
                    bucket.deletes(TENANT).stream().filter(r -> r.status() == DeleteRequest.Status.STARTED).toList());
        }

        private <T> List<T> some(Collection<T> all) {
            return all.stream().filter(t -> random.nextBoolean()).toList();
        }

        private void remove() throws Exception {
            if (blocks.size() > 2) {
                List<BlockMeta> gone = blocks.keySet().iterator().next();
                bucket.remove(gone);
                blocks.remove(gone);
            }
        }
    }

    private record Stack(MetricQueries metrics, MetadataQueries metadata) {}

    @Test
    void answersAsWithoutThem() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(RandomRows.END / Durations.SECOND + 86_400));
        try (WorkerPool workers = new WorkerPool(2, 1000)) {
            for (int round = 0; round < 6; round++) {
                Data data = new Data(new Bucket(folder), random);
                data.push(RandomRows.make(random, 1 + random.nextInt(10), 2000));
                data.compactSegments();
                data.delete();
                Planner planner = new Planner(1 + random.nextInt(1 << 17), random.nextInt(1 << 18), 1 << random.nextInt(4));
                SimpleMeterRegistry registry = new SimpleMeterRegistry();
                Path kept = folder.resolve("kept-" + round);
                BlobCacheConfig config = new BlobCacheConfig(kept, random.nextBoolean() ? 4 << 20 : 64 << 10, 1 << (12 + random.nextInt(8)));
                BlobCache blobs = new BlobCache(config, registry);
                Stack plain = stack(data.bucket, workers, planner, null);
                List<Asked> asked = new ArrayList<>();
                for (int q = 0; q < 60; q++) {
                    if (random.nextInt(5) == 0) {
                        data.change();
                    }
                    if (random.nextInt(20) == 0) {
                        // The next process takes up what this one leaves.
                        blobs.close();
                        blobs = new BlobCache(config, registry);
                    }
                    Stack keeping = stack(data.bucket, workers, planner, results(blobs, clock, registry));
                    check(random, plain, keeping, asked, "seed " + seed + " round " + round + " query " + q);
                }
                blobs.close();
                assertThat(config.maxDiskBytes()).isGreaterThanOrEqualTo(blobs.diskBytes());
            }
        }
        assertThat(memory.used()).isZero();
        for (CacheUse.Kind kind : EnumSet.of(CacheUse.Kind.RANGE, CacheUse.Kind.INSTANT, CacheUse.Kind.LABELS, CacheUse.Kind.SERIES)) {
            assertThat(seen.cache(kind).found).as(kind.name()).isPositive();
            assertThat(seen.cache(kind).stored).as(kind.name()).isPositive();
        }
    }

    private static ResultCache results(BlobCache blobs, InstantSource clock, SimpleMeterRegistry registry) {
        return new ResultCache(blobs, EnumSet.allOf(CacheUse.Kind.class), TenantLimits.fixed(Limits.defaults()), clock, registry);
    }

    private Stack stack(Bucket bucket, WorkerPool workers, Planner planner, @Nullable ResultCache results) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        ReaderCache readers = new ReaderCache(RangeReaders.of(bucket.store()), new FrameCache(1 << 20), 4 << 20, registry);
        Sources sources = new Sources(readers, 4);
        LocalRunner local = new LocalRunner(workers, sources, compiled);
        TaskRunner runner = results == null ? local : new CachingRunner(local, results, compiled, workers);
        CatalogSnapshots snapshots = new CatalogSnapshots(bucket.snapshots(), sources, TenantLimits.fixed(Limits.defaults()));
        return new Stack(
                new MetricQueries(snapshots, planner, runner, compiled, 4, results != null), new MetadataQueries(snapshots, planner, runner, 4));
    }

    /** A question that may be asked again, by a window that has moved. */
    private record Asked(String query, long start, long end, long step) {}

    private void check(Random random, Stack plain, Stack keeping, List<Asked> asked, String what) throws Exception {
        if (random.nextInt(5) == 0) {
            checkMetadata(random, plain, keeping, what);
            return;
        }
        Asked ask;
        if (!asked.isEmpty() && random.nextInt(3) > 0) {
            Asked before = asked.get(Math.max(0, asked.size() - 1 - random.nextInt(4)));
            long by = before.step() == 0 ? random.nextLong(Durations.HOUR) : before.step() * (random.nextInt(40) - 10);
            ask = new Asked(before.query(), before.start() + by, before.end() + by, before.step());
        } else {
            ask = ask(random);
        }
        asked.add(ask);
        StepGrid grid = ask.step() == 0 ? StepGrid.instant(ask.start()) : Grids.aligned(ask.start(), ask.end(), ask.step(), false);
        String where = what + " " + ask.query() + " " + grid;
        Map<Labels, Map<Long, Double>> expected = points(run(plain, ask.query(), grid));
        Map<Labels, Map<Long, Double>> found = points(run(keeping, ask.query(), grid));
        assertThat(found.keySet()).as(where).isEqualTo(expected.keySet());
        found.forEach((labels, points) -> {
            Map<Long, Double> wanted = expected.getOrDefault(labels, Map.of());
            assertThat(points.keySet()).as(where).isEqualTo(wanted.keySet());
            points.forEach((t, v) -> {
                double w = wanted.getOrDefault(t, -1.0);
                boolean same = Double.compare(v, w) == 0 || Math.abs(v - w) <= 1e-12 * Math.abs(w);
                assertThat(same).as(where + labels + " at " + t + ": " + v + " and not " + w).isTrue();
            });
        });
    }

    private static Asked ask(Random random) {
        boolean whole = random.nextBoolean();
        long unit = whole ? Durations.MINUTE : Durations.SECOND;
        long step = unit * (1 + random.nextInt(whole ? 200 : 5000));
        long range = unit * (1 + random.nextInt(random.nextInt(3) == 0 ? 1500 : 60));
        String offset = random.nextInt(4) == 0 ? " offset " + (random.nextInt(200) - 50) + "m" : "";
        String r = "[" + Durations.formatPrometheus(range) + "]" + offset;
        String s = SELECTORS.get(random.nextInt(SELECTORS.size()));
        List<String> queries = List.of(
                "count_over_time(" + s + r + ")",
                "sum by (app) (rate(" + s + " |= \"error\" " + r + "))",
                "sum by (env) (count_over_time(" + s + r + "))",
                "topk(2, sum by (pod) (bytes_over_time(" + s + r + ")))",
                "sum(bytes_rate(" + s + r + ")) / sum(rate(" + s + r + "))",
                "max by (app) (quantile_over_time(0.7, " + s + " | logfmt | unwrap n " + r + ") by (app))",
                "sum by (app) (sum_over_time(" + s + " | logfmt | unwrap n " + r + "))",
                "avg_over_time(" + s + " | logfmt | unwrap n " + r + ") by (status)",
                "min_over_time(" + s + " | logfmt | unwrap n " + r + ") by (env)",
                "stddev_over_time(" + s + " | logfmt | unwrap n " + r + ") by (app)",
                "last_over_time(" + s + " | logfmt | drop status | unwrap n " + r + ")",
                "rate_counter(" + s + " | logfmt | drop level | unwrap n " + r + ")",
                "absent_over_time(" + s + " |= \"n=7\" " + r + ")");
        String query = queries.get(random.nextInt(queries.size()));
        long start = RandomRows.START + random.nextLong(2 * Durations.DAY);
        return random.nextInt(4) == 0
                ? new Asked(query, start, start, 0)
                : new Asked(query, start, start + random.nextLong(Math.min(Durations.DAY, 1000 * step)), step);
    }

    private MetricResult run(Stack stack, String query, StepGrid grid) throws Exception {
        try (QueryContext context = context()) {
            MetricResult result = stack.metrics().run(query, grid, 0, false, context).result();
            seen.add(context.stats());
            return result;
        }
    }

    private QueryContext context() {
        return new QueryContext(TENANT, System.nanoTime() + 60 * Durations.SECOND, memory.open());
    }

    private void checkMetadata(Random random, Stack plain, Stack keeping, String what) throws Exception {
        List<Work.Metadata.Kind> kinds = List.of(Work.Metadata.Kind.values());
        Work.Metadata.Kind kind = kinds.get(random.nextInt(kinds.size()));
        List<List<LabelMatcher>> groups =
                random.nextBoolean() ? List.of() : List.of(List.of(new LabelMatcher("env", LabelMatcher.Op.EQUAL, "prod")));
        Work.Metadata work = new Work.Metadata(kind, kind == Work.Metadata.Kind.LABEL_VALUES ? "app" : "", groups);
        long start = RandomRows.START + random.nextInt(3) * 8L * Durations.HOUR;
        TimeRange range = new TimeRange(start, start + random.nextInt(5) * 8L * Durations.HOUR);
        for (int again = 0; again < 2; again++) {
            MetadataRows expected = run(plain, range, work);
            assertThat(run(keeping, range, work)).as(what + work + range).isEqualTo(expected);
        }
    }

    private MetadataRows run(Stack stack, TimeRange range, Work.Metadata work) throws Exception {
        try (QueryContext context = context()) {
            MetadataRows rows = stack.metadata().run(range, work, context);
            seen.add(context.stats());
            return rows;
        }
    }

    private static Map<Labels, Map<Long, Double>> points(MetricResult result) {
        Map<Labels, Map<Long, Double>> all = new HashMap<>();
        switch (result) {
            case MetricResult.Scalar scalar -> throw new AssertionError("a scalar");
            case MetricResult.Vector vector ->
                vector.samples().forEach(s -> all.put(s.labels(), Map.of(vector.time(), s.value())));
            case MetricResult.Matrix matrix ->
                matrix.series().forEach(s -> {
                    Map<Long, Double> points = new TreeMap<>();
                    for (int i = 0; i < s.times().length; i++) {
                        points.put(s.times()[i], s.values()[i]);
                    }
                    all.put(s.labels(), points);
                });
        }
        return all;
    }
}
