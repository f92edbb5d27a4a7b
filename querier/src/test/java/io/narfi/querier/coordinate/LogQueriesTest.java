package io.narfi.querier.coordinate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.RandomDeletes;
import io.narfi.querier.data.RandomRows;
import io.narfi.querier.data.Row;
import io.narfi.querier.log.LogRow;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.run.WorkerPool;
import io.narfi.querier.source.CatalogSnapshots;
import io.narfi.querier.source.RangeReaders;
import io.narfi.querier.source.ReaderCache;
import io.narfi.querier.source.Sources;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.LocalRunner;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.segment.FrameCache;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogQueriesTest {
    private static final String TENANT = "t";

    @TempDir
    Path folder;

    private int entriesSeen;
    private final MemoryPool memory = new MemoryPool(256 << 20, 128 << 20);

    @Test
    void answersLikeAListOfRows() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (WorkerPool workers = new WorkerPool(2, 1000)) {
            for (int round = 0; round < 12; round++) {
                List<Row> rows = RandomRows.make(random, 1 + random.nextInt(20), 1 + random.nextInt(3000));
                Bucket bucket = new Bucket(folder);
                RandomRows.spread(random, TENANT, rows, bucket);
                LogQueries queries = queries(bucket, workers, random);
                for (int q = 0; q < 20; q++) {
                    check(random, rows, queries, "seed " + seed + " round " + round + " query " + q);
                }
            }
        }
        assertThat(memory.used()).isZero();
        assertThat(entriesSeen).isGreaterThan(1000);
    }

    @Test
    void deletedRowsAreLikeRowsThatNeverWere() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (WorkerPool workers = new WorkerPool(2, 1000)) {
            for (int round = 0; round < 25; round++) {
                List<Row> rows = RandomRows.make(random, 1 + random.nextInt(20), 1 + random.nextInt(3000));
                Bucket bucket = new Bucket(folder);
                RandomRows.spread(random, TENANT, rows, bucket);
                List<Row> left = RandomDeletes.apply(random, TENANT, rows, bucket);
                LogQueries queries = queries(bucket, workers, random);
                for (int q = 0; q < 20; q++) {
                    check(random, left, queries, "seed " + seed + " round " + round + " query " + q);
                }
            }
        }
        assertThat(memory.used()).isZero();
        assertThat(entriesSeen).isGreaterThan(1000);
    }

    private LogQueries queries(Bucket bucket, WorkerPool workers, Random random) {
        Planner planner = new Planner(1 + random.nextInt(1 << 17), random.nextInt(1 << 17), 1 << random.nextInt(5));
        return queries(bucket, workers, random, planner);
    }

    private LogQueries queries(Bucket bucket, WorkerPool workers, Random random, Planner planner) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        ReaderCache readers =
                new ReaderCache(RangeReaders.of(bucket.store()), new FrameCache(1 << 20), 1 + random.nextInt(4 << 20), registry);
        Sources sources = new Sources(readers, 4);
        LocalRunner local = new LocalRunner(workers, sources, new CompiledQueries());
        CatalogSnapshots snapshots = new CatalogSnapshots(bucket.snapshots(), sources, TenantLimits.fixed(Limits.defaults()));
        return new LogQueries(snapshots, planner, local, 1 + random.nextInt(8));
    }

    private void check(Random random, List<Row> rows, LogQueries queries, String what) throws Exception {
        long start = RandomRows.START + random.nextLong(Durations.DAY);
        long end = start + random.nextLong(Durations.DAY);
        if (random.nextInt(3) == 0) {
            start -= start % Durations.HOUR;
            end -= end % Durations.HOUR;
        }
        int limit = random.nextBoolean() ? 1 + random.nextInt(50) : 5000;
        long interval = random.nextInt(3) == 0 ? random.nextLong(Durations.HOUR) : 0;
        long split = random.nextInt(4) == 0 ? 0 : Durations.MINUTE * (1 + random.nextInt(90));
        Direction direction = random.nextBoolean() ? Direction.FORWARD : Direction.BACKWARD;
        String selector = random.nextBoolean() ? "{env=\"prod\"}" : "{app=~\"app-[0-2]\"}";
        Predicate<Row> selected = selector.contains("prod")
                ? r -> r.stream().getOrEmpty("env").equals("prod")
                : r -> r.stream().getOrEmpty("app").compareTo("app-2") <= 0;
        String filter = random.nextBoolean() ? "" : " |= \"level=error\"";
        Predicate<Row> kept = filter.isEmpty() ? r -> true : r -> r.line().contains("level=error");
        QueryParams params = new QueryParams(selector + filter, start, Math.max(start, end), 1, interval, limit, direction);

        List<Row> expected = reference(rows, selected.and(kept), params, split);
        List<LogRow> found;
        try (QueryContext context = new QueryContext(TENANT, System.nanoTime() + 60 * Durations.SECOND, memory.open())) {
            found = queries.run(params, split, context).rows();
        }
        entriesSeen += found.size();
        String where = what + " split " + split + " " + params;
        assertThat(found.stream().map(LogRow::time)).as(where).containsExactlyElementsOf(expected.stream().map(Row::time).toList());
        Set<Row> all = new HashSet<>(rows);
        List<Row> asRows = found.stream().map(LogQueriesTest::row).toList();
        assertThat(asRows).as(where).doesNotHaveDuplicates().allMatch(all::contains).allMatch(selected.and(kept));
        if (interval == 0) {
            assertThat(byStreamAndTime(asRows)).as(where).isEqualTo(byStreamAndTime(expected));
        }
    }

    /** How many rows of each stream and time: which of several that agree in both come first is open. */
    private static Map<String, Integer> byStreamAndTime(List<Row> rows) {
        Map<String, Integer> counts = new HashMap<>();
        rows.forEach(r -> counts.merge(r.stream() + " " + r.time(), 1, Integer::sum));
        return counts;
    }

    private static Row row(LogRow row) {
        return new Row(row.labels().stream(), row.time(), new String(row.line(), StandardCharsets.UTF_8), row.labels().metadata());
    }

    private static List<Row> reference(List<Row> rows, Predicate<Row> wanted, QueryParams params, long split) {
        Comparator<Row> byTime = Comparator.comparingLong(Row::time);
        List<Row> sorted = new HashSet<>(rows)
                .stream()
                .filter(wanted)
                .filter(r -> params.start() <= r.time() && r.time() < params.end())
                .sorted((params.direction() == Direction.FORWARD ? byTime : byTime.reversed())
                        .thenComparing((Row r) -> r.stream().stableHash(), Long::compareUnsigned))
                .toList();
        List<Row> kept = new ArrayList<>();
        Map<Long, Integer> taken = new HashMap<>();
        for (Row row : sorted) {
            long piece = params.interval() == 0 || split == 0 ? 0 : Math.floorDiv(row.time(), split);
            if (taken.merge(piece, 1, Integer::sum) > params.limit()) {
                continue;
            }
            boolean near = !kept.isEmpty() && Math.abs(row.time() - kept.getLast().time()) < params.interval();
            if (kept.size() < params.limit() && !near) {
                kept.add(row);
            }
        }
        return kept;
    }

    @Test
    void endsAQueryThatNeedsTooMuchMemory() throws Exception {
        Bucket bucket = new Bucket(folder);
        List<Row> rows = RandomRows.make(new Random(1), 3, 2000);
        bucket.blocks(TENANT, rows, List.of());
        MemoryPool small = new MemoryPool(100_000, 100_000);
        try (WorkerPool workers = new WorkerPool(1, 10)) {
            LogQueries queries = queries(bucket, workers, new Random(1));
            QueryParams params =
                    new QueryParams("{env=~\".+\"}", RandomRows.START, RandomRows.END, 1, 0, 5000, Direction.FORWARD);
            try (QueryContext context = new QueryContext(TENANT, System.nanoTime() + 60 * Durations.SECOND, small.open())) {
                assertThatThrownBy(() -> queries.run(params, 0, context))
                        .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(400))
                        .hasMessageContaining("more memory than a single query may use");
            }
        }
        assertThat(small.used()).isZero();
    }

    @Test
    void answersOverMoreStreamsThanStayOpenAtATime() throws Exception {
        Bucket bucket = new Bucket(folder);
        List<Row> rows = RandomRows.make(new Random(1), 5000, 20_000);
        bucket.blocks(TENANT, rows, List.of());
        // In one task; all its streams open at once would take 80 MB.
        Planner planner = new Planner(1L << 40, 1L << 40, 1);
        MemoryPool small = new MemoryPool(40_000_000, 40_000_000);
        try (WorkerPool workers = new WorkerPool(1, 10)) {
            LogQueries queries = queries(bucket, workers, new Random(1), planner);
            for (Direction direction : Direction.values()) {
                QueryParams params = new QueryParams("{env=~\".+\"} |= \"level=error\"", RandomRows.START, RandomRows.END, 1, 0, 5000, direction);
                List<Row> expected = reference(rows, r -> r.line().contains("level=error"), params, 0);
                try (QueryContext context = new QueryContext(TENANT, System.nanoTime() + 60 * Durations.SECOND, small.open())) {
                    List<LogRow> found = queries.run(params, 0, context).rows();
                    assertThat(found.stream().map(LogRow::time)).containsExactlyElementsOf(expected.stream().map(Row::time).toList());
                }
            }
        }
        assertThat(small.used()).isZero();
    }
}
