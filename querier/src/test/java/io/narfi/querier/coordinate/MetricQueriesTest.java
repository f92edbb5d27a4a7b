package io.narfi.querier.coordinate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.logql.engine.MetricResult;
import io.narfi.logql.engine.StepGrid;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.RandomDeletes;
import io.narfi.querier.data.RandomRows;
import io.narfi.querier.data.Row;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.run.WorkerPool;
import io.narfi.querier.source.CatalogSnapshots;
import io.narfi.querier.source.RangeReaders;
import io.narfi.querier.source.ReaderCache;
import io.narfi.querier.source.Sources;
import io.narfi.querier.stats.ScanStats;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.LocalRunner;
import io.narfi.storage.segment.FrameCache;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricQueriesTest {
    private static final String TENANT = "t";

    @TempDir
    Path folder;

    private final MemoryPool memory = new MemoryPool(256 << 20, 128 << 20);
    private int pointsSeen;

    /** A query, and what it means: the series and value of a row's sample, null for no sample; and how values become one. */
    private record Case(String query, Function<Row, @Nullable Labels> series, ToDoubleFunction<Row> value, Function<Double, Double> end) {}

    private static final List<String> SELECTORS = List.of("{env=\"prod\"}", "{app=~\"app-[0-2]\"}");

    @Test
    void answersLikeAListOfRows() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ScanStats all = new ScanStats();
        try (WorkerPool workers = new WorkerPool(2, 1000)) {
            for (int round = 0; round < 10; round++) {
                // Pages can be counted whole where no other object has rows of their time, which chance alone may not give.
                boolean alone = round == 0;
                List<Row> rows = RandomRows.make(random, 1 + random.nextInt(12), (alone ? 1000 : 1) + random.nextInt(4000));
                Bucket bucket = new Bucket(folder);
                if (alone) {
                    var _ = bucket.blocks(TENANT, rows, List.of());
                } else {
                    RandomRows.spread(random, TENANT, rows, bucket);
                }
                MetricQueries queries = queries(bucket, workers, random);
                all.add(checkTotals(random, rows, queries, "seed " + seed + " round " + round));
                for (int q = 0; q < 20; q++) {
                    all.add(check(random, rows, queries, "seed " + seed + " round " + round + " query " + q));
                }
            }
        }
        assertThat(memory.used()).isZero();
        assertThat(pointsSeen).isGreaterThan(1000);
        assertThat(all.directoryBytes).isPositive();
        assertThat(all.columnBytes).isPositive();
        assertThat(all.lineBytes).isPositive();
    }

    @Test
    void deletedRowsAreLikeRowsThatNeverWere() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (WorkerPool workers = new WorkerPool(2, 1000)) {
            for (int round = 0; round < 25; round++) {
                List<Row> rows = RandomRows.make(random, 1 + random.nextInt(12), 1 + random.nextInt(4000));
                Bucket bucket = new Bucket(folder);
                RandomRows.spread(random, TENANT, rows, bucket);
                List<Row> left = RandomDeletes.apply(random, TENANT, rows, bucket);
                MetricQueries queries = queries(bucket, workers, random);
                for (int q = 0; q < 20; q++) {
                    check(random, left, queries, "seed " + seed + " round " + round + " query " + q);
                }
            }
        }
        assertThat(memory.used()).isZero();
        assertThat(pointsSeen).isGreaterThan(300);
    }

    private MetricQueries queries(Bucket bucket, WorkerPool workers, Random random) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        ReaderCache readers = new ReaderCache(RangeReaders.of(bucket.store()), new FrameCache(1 << 20), 4 << 20, registry);
        Sources sources = new Sources(readers, 4);
        CompiledQueries compiled = new CompiledQueries();
        LocalRunner local = new LocalRunner(workers, sources, compiled);
        Planner planner = new Planner(1 + random.nextInt(1 << 17), random.nextInt(1 << 17), 1 << random.nextInt(5));
        CatalogSnapshots snapshots = new CatalogSnapshots(bucket.snapshots(), sources, TenantLimits.fixed(Limits.defaults()));
        return new MetricQueries(snapshots, planner, local, compiled, 1 + random.nextInt(8));
    }

    private ScanStats check(Random random, List<Row> rows, MetricQueries queries, String what) throws Exception {
        long step = Durations.MINUTE * (1 + random.nextInt(200));
        // Sometimes days, so that whole pages are in the same windows.
        long range = Durations.SECOND * (1 + random.nextInt(random.nextInt(3) == 0 ? 300_000 : 20_000));
        long start = RandomRows.START + random.nextLong(Durations.DAY);
        StepGrid grid = random.nextInt(3) == 0
                ? StepGrid.instant(start + random.nextLong(2 * Durations.DAY))
                : Grids.aligned(start, start + random.nextLong(Durations.DAY), step, random.nextBoolean());
        long offset = random.nextInt(3) == 0 ? random.nextLong(2 * Durations.HOUR) / Durations.SECOND * Durations.SECOND : 0;
        return check(cases(random, range, offset).get(random.nextInt(6)), grid, range, offset, rows, queries, what);
    }

    /** A query whose only window holds all rows. */
    private ScanStats checkTotals(Random random, List<Row> rows, MetricQueries queries, String what) throws Exception {
        long range = 3 * Durations.DAY;
        return check(cases(random, range, 0).get(1), StepGrid.instant(RandomRows.END), range, 0, rows, queries, what);
    }

    private ScanStats check(Case c, StepGrid grid, long range, long offset, List<Row> rows, MetricQueries queries, String what)
            throws Exception {
        String where = what + " " + c.query() + " " + grid;
        ScanStats stats;
        MetricResult result;
        try (QueryContext context = new QueryContext(TENANT, System.nanoTime() + 60 * Durations.SECOND, memory.open())) {
            result = queries.run(c.query(), grid, 0, false, context).result();
            stats = context.stats();
        }
        Map<Labels, Map<Long, Double>> expected = reference(rows, c, grid, range, offset);
        Map<Labels, Map<Long, Double>> found = found(result);
        assertThat(found.keySet()).as(where).isEqualTo(expected.keySet());
        found.forEach((labels, points) -> {
            Map<Long, Double> wanted = expected.getOrDefault(labels, Map.of());
            assertThat(points.keySet()).as(where).isEqualTo(wanted.keySet());
            points.forEach((t, v) -> assertThat(v).as(where).isCloseTo(wanted.getOrDefault(t, Double.NaN), within(1e-9 * Math.abs(v))));
            pointsSeen += points.size();
        });
        return stats;
    }

    private static List<Case> cases(Random random, long range, long offset) {
        String r = "[" + Durations.formatPrometheus(range) + "]" + (offset == 0 ? "" : " offset " + Durations.formatGo(offset));
        String selector = SELECTORS.get(random.nextInt(2));
        Function<Row, @Nullable Labels> all = row -> selected(row, selector) ? withMetadata(row) : null;
        Function<Row, @Nullable Labels> app = row -> selected(row, selector) ? Labels.of("app", row.stream().getOrEmpty("app")) : null;
        Function<Row, @Nullable Labels> errors = row -> row.line().contains("level=error") ? app.apply(row) : null;
        Function<Row, @Nullable Labels> none = row -> selected(row, selector) ? Labels.EMPTY : null;
        Function<Row, @Nullable Labels> trace = row -> {
            String id = row.metadata().get("trace_id");
            return !selected(row, selector) ? null : id == null ? Labels.EMPTY : Labels.of("trace_id", id);
        };
        ToDoubleFunction<Row> one = row -> 1;
        ToDoubleFunction<Row> bytes = row -> row.line().getBytes(StandardCharsets.UTF_8).length;
        ToDoubleFunction<Row> n = row -> Double.parseDouble(row.line().replaceAll(".* n=(\\d+) .*", "$1"));
        double seconds = (double) range / Durations.SECOND;
        return List.of(
                new Case("count_over_time(" + selector + r + ")", all, one, v -> v),
                new Case("sum by (app) (count_over_time(" + selector + r + "))", app, one, v -> v),
                new Case("sum(bytes_over_time(" + selector + r + "))", none, bytes, v -> v),
                new Case("sum by (app) (rate(" + selector + " |= \"level=error\" " + r + "))", errors, one, v -> v / seconds),
                new Case("sum by (trace_id) (count_over_time(" + selector + r + "))", trace, one, v -> v),
                new Case("sum by (app) (sum_over_time(" + selector + " | logfmt | unwrap n " + r + "))", app, n, v -> v));
    }

    private static boolean selected(Row row, String selector) {
        return selector.contains("prod")
                ? row.stream().getOrEmpty("env").equals("prod")
                : row.stream().getOrEmpty("app").compareTo("app-2") <= 0;
    }

    private static Labels withMetadata(Row row) {
        TreeMap<String, String> all = new TreeMap<>(row.stream().toMap());
        all.putAll(row.metadata().toMap());
        return Labels.of(all);
    }

    private static Map<Labels, Map<Long, Double>> reference(List<Row> rows, Case c, StepGrid grid, long range, long offset) {
        Map<Labels, Map<Long, Double>> series = new TreeMap<>();
        for (Row row : new HashSet<>(rows)) {
            Labels labels = c.series().apply(row);
            if (labels == null) {
                continue;
            }
            for (int k = 0; k < grid.count(); k++) {
                long end = grid.time(k) - offset;
                if (row.time() > end - range && row.time() <= end) {
                    series.computeIfAbsent(labels, l -> new TreeMap<>()).merge(grid.timeMillis(k), c.value().applyAsDouble(row), Double::sum);
                }
            }
        }
        series.values().forEach(points -> points.replaceAll((t, v) -> c.end().apply(v)));
        return series;
    }

    private static Map<Labels, Map<Long, Double>> found(MetricResult result) {
        Map<Labels, Map<Long, Double>> series = new TreeMap<>();
        switch (result) {
            case MetricResult.Scalar scalar -> throw new AssertionError("a scalar");
            case MetricResult.Vector vector -> vector.samples()
                    .forEach(s -> series.computeIfAbsent(s.labels(), l -> new TreeMap<>()).put(vector.time(), s.value()));
            case MetricResult.Matrix matrix -> matrix.series().forEach(s -> {
                for (int i = 0; i < s.times().length; i++) {
                    series.computeIfAbsent(s.labels(), l -> new TreeMap<>()).put(s.times()[i], s.values()[i]);
                }
            });
        }
        return series;
    }
}
