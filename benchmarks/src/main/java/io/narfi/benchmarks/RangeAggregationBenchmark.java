package io.narfi.benchmarks;

import io.narfi.common.Labels;
import io.narfi.logql.LogQl;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.LeafAccumulator;
import io.narfi.logql.engine.LeafPartial;
import io.narfi.logql.engine.MemoryBudget;
import io.narfi.logql.engine.QueryPlanner;
import io.narfi.logql.engine.StepGrid;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Samples through the accumulators of range aggregations: 24 hours of 100 series, a window of 5 minutes every minute. An operation is a
 * sample; {@code samplesPerCpuMicrosecond} counts only the time that the thread ran, so that a busy machine does not change the number.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
// JMH adds the counter up over iterations; with a single one the sum is the number itself.
@Measurement(iterations = 1, time = 5)
@Fork(1)
public class RangeAggregationBenchmark {
    private static final int SERIES = 100;
    private static final int PER_SERIES = 20_000;
    private static final long START = 1_700_000_000_000_000_000L;
    private static final long DAY = 86_400_000_000_000L;
    private static final StepGrid GRID = new StepGrid(START, START + DAY, 60_000_000_000L);

    /** The function and what it takes. */
    @Param({
        "count_over_time({a=\"b\"}[5m])",
        "bytes_over_time({a=\"b\"}[5m])",
        "sum_over_time({a=\"b\"}|unwrap v[5m])",
        "avg_over_time({a=\"b\"}|unwrap v[5m])",
        "max_over_time({a=\"b\"}|unwrap v[5m])",
        "last_over_time({a=\"b\"}|unwrap v[5m])",
        "stddev_over_time({a=\"b\"}|unwrap v[5m])",
        "quantile_over_time(0.99,{a=\"b\"}|unwrap v[5m])",
    })
    public String query = "";

    /** Samples for each microsecond that the thread really ran. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Samples {
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private double samples;
        private long cpuNanos;

        @Setup(Level.Iteration)
        public void start() {
            samples = 0;
            cpuNanos = -threads.getCurrentThreadCpuTime();
        }

        @TearDown(Level.Iteration)
        public void stop() {
            cpuNanos += threads.getCurrentThreadCpuTime();
        }

        public double samplesPerCpuMicrosecond() {
            return samples * 1e3 / cpuNanos;
        }
    }

    private Leaf leaf = leaf("rate({a=\"b\"}[5m])");
    private final Labels[] labels = new Labels[SERIES];
    private final long[] times = new long[PER_SERIES];
    private final double[] values = new double[PER_SERIES];

    private static Leaf leaf(String query) {
        return QueryPlanner.plan((MetricExpr) LogQl.parse(query)).leaves().getFirst();
    }

    @Setup
    public void prepare() {
        leaf = leaf(query);
        Random random = new Random(42);
        for (int i = 0; i < SERIES; i++) {
            labels[i] = Labels.of("app", "app-" + i, "env", "prod");
        }
        for (int i = 0; i < PER_SERIES; i++) {
            times[i] = START - 300_000_000_000L + DAY / PER_SERIES * i + random.nextInt(1_000_000);
            values[i] = random.nextInt(500);
        }
    }

    /** One call for each sample, as a pipeline that computes labels makes them; the series of neighbours differ. */
    @Benchmark
    @OperationsPerInvocation(SERIES * PER_SERIES)
    public LeafPartial sampleBySample(Samples counter) {
        counter.samples += SERIES * PER_SERIES;
        LeafAccumulator accumulator = new LeafAccumulator(leaf, GRID, MemoryBudget.UNLIMITED);
        for (int i = 0; i < PER_SERIES; i++) {
            for (int s = 0; s < SERIES; s++) {
                accumulator.sample(i, times[i], values[i], labels[s]);
            }
        }
        return accumulator.finish();
    }

    /** Whole batches of one series at a time. */
    @Benchmark
    @OperationsPerInvocation(SERIES * PER_SERIES)
    public LeafPartial batches(Samples counter) {
        counter.samples += SERIES * PER_SERIES;
        LeafAccumulator accumulator = new LeafAccumulator(leaf, GRID, MemoryBudget.UNLIMITED);
        for (int s = 0; s < SERIES; s++) {
            accumulator.addAll(labels[s], times, values, 0, PER_SERIES);
        }
        return accumulator.finish();
    }

    /** The same with the values of all steps, and the way over the wire. */
    @Benchmark
    @OperationsPerInvocation(SERIES * PER_SERIES)
    public Object batchesEncodedAndEvaluated(Samples counter) {
        LeafPartial partial = LeafPartial.decode(batches(counter).encode(), leaf, GRID, MemoryBudget.UNLIMITED);
        return partial.matrix(GRID, MemoryBudget.UNLIMITED);
    }
}
