package io.narfi.querier.coordinate;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Durations;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.RandomDeletes;
import io.narfi.querier.data.RandomRows;
import io.narfi.querier.data.Row;
import io.narfi.querier.discover.StreamTotals;
import io.narfi.querier.params.TimeRange;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.plan.TenantSources;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.run.WorkerPool;
import io.narfi.querier.source.CatalogSnapshots;
import io.narfi.querier.source.RangeReaders;
import io.narfi.querier.source.ReaderCache;
import io.narfi.querier.source.Sources;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.LocalRunner;
import io.narfi.storage.FilteredSource.Purpose;
import io.narfi.storage.RowSource;
import io.narfi.storage.Selection;
import io.narfi.storage.StreamSlice;
import io.narfi.storage.StreamSlice.PageInfo;
import io.narfi.storage.segment.FrameCache;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much streams hold is the same however the time and the streams are cut into tasks, and what the pages of every object say. */
class StreamSizesTest {
    private static final String TENANT = "t";
    private static final Planner WHOLE = new Planner(1L << 40, 1L << 40, 1);

    @TempDir
    private Path folder;

    private final MemoryPool memory = new MemoryPool(256 << 20, 128 << 20);

    @Test
    void cutsMakeNoDifference() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (WorkerPool workers = new WorkerPool(2, 1000)) {
            for (int round = 0; round < 20; round++) {
                Bucket bucket = new Bucket(folder);
                List<Row> rows = RandomRows.make(random, 1 + random.nextInt(20), 1 + random.nextInt(2000));
                RandomRows.spread(random, TENANT, rows, bucket);
                // Streams with rows on both sides of midnight and none for hours.
                List<Row> sparse = RandomRows.make(random, 20, 50);
                var _ = bucket.segment(Map.of(TENANT, sparse));
                if (random.nextBoolean()) {
                    var _ = RandomDeletes.apply(random, TENANT, rows, bucket);
                }
                SimpleMeterRegistry registry = new SimpleMeterRegistry();
                ReaderCache readers = new ReaderCache(RangeReaders.of(bucket.store()), new FrameCache(1 << 20), 4 << 20, registry);
                Sources sources = new Sources(readers, 4);
                TenantLimits limits = TenantLimits.fixed(Limits.defaults());
                LocalRunner local = new LocalRunner(workers, sources, new CompiledQueries(), limits);
                CatalogSnapshots snapshots = new CatalogSnapshots(bucket.snapshots(), sources, limits);
                Planner small = new Planner(1 + random.nextInt(1 << 14), 0, 1 << random.nextInt(4));
                DiscoveryQueries cut = new DiscoveryQueries(snapshots, small, local, 4);
                DiscoveryQueries whole = new DiscoveryQueries(snapshots, WHOLE, local, 4);
                for (int q = 0; q < 20; q++) {
                    long start = RandomRows.START + random.nextLong(Durations.DAY + Durations.HOUR);
                    TimeRange range = new TimeRange(start, start + random.nextLong(Durations.DAY + Durations.HOUR));
                    List<LabelMatcher> selector = List.of(List.<LabelMatcher>of(), List.of(new LabelMatcher("env", LabelMatcher.Op.EQUAL, "prod")))
                            .get(random.nextInt(2));
                    String what = "seed " + seed + " round " + round + " query " + q + " " + range;
                    try (QueryContext context = new QueryContext(TENANT, System.nanoTime() + 60 * Durations.SECOND, memory.open())) {
                        StreamTotals.Sum sum = whole.sizes(range, selector, context);
                        assertThat(cut.sizes(range, selector, context)).as(what).isEqualTo(sum);
                        assertThat(sum).as(what).isEqualTo(byPages(snapshots, sources, range, selector, context));
                        assertThat(cut.shards(range, selector, 5000, context)).as(what).isEqualTo(whole.shards(range, selector, 5000, context));
                    }
                }
            }
        }
        assertThat(memory.used()).isZero();
    }

    private static StreamTotals.Sum byPages(
            CatalogSnapshots snapshots, Sources sources, TimeRange range, List<LabelMatcher> selector, QueryContext context)
            throws Exception {
        long to = range.end() + 1;
        TenantSources all = snapshots.take(TENANT, range.start(), to, context);
        TaskScope scope =
                new TaskScope(TENANT, "", range.start(), to, 0, -1, all.blocks(), all.segments(), 0, all.deletes());
        Map<Labels, StreamTotals.Sum> streams = new HashMap<>();
        for (RowSource source : sources.open(scope, Purpose.READ, context)) {
            for (StreamSlice slice : source.select(new Selection(TENANT, selector, range.start(), to, 0, -1))) {
                StreamTotals.Sum sum = new StreamTotals.Sum(0, 1, 0, 0);
                for (PageInfo page : slice.pages()) {
                    if (page.minTime() < to && page.maxTime() >= range.start()) {
                        sum = sum.plus(new StreamTotals.Sum(0, 0, page.lineBytes() + page.metadataBytes(), page.rows()));
                    }
                }
                streams.merge(slice.labels(), sum, StreamTotals.Sum::plus);
            }
        }
        StreamTotals.Sum total = StreamTotals.Sum.NONE;
        for (StreamTotals.Sum s : streams.values()) {
            if (s.entries() > 0) {
                total = total.plus(new StreamTotals.Sum(1, s.chunks(), s.bytes(), s.entries()));
            }
        }
        return total;
    }
}
