package io.narfi.benchmarks;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.logql.Expr;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.VectorAggregation;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.logql.pipeline.SampleExtractor;
import io.narfi.logql.pipeline.StreamExtractor;
import io.narfi.logql.pipeline.StreamPipeline;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * One stage each of a log pipeline over pages of 1 MB in memory; {@code megabytesPerCpuSecond} counts bytes of lines (10^6). The two-field
 * forms are {@code sum by} over two of the line's fields, so that only those are extracted.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
// JMH adds such counters up over iterations; with a single one the sum is the number itself.
@Measurement(iterations = 1, time = 5)
@Fork(1)
public class PipelineBenchmark {
    private static final int PAGE_BYTES = 1 << 20;
    private static final int PAGES = 8;

    /** What is measured: the kind of lines, and the query. */
    public enum Case {
        CONTAINS_ABSENT("json", "{a=\"b\"} |= \"deadlock found\""),
        CONTAINS_RARE("json", "{a=\"b\"} |= \"u-77123\""),
        CONTAINS_HALF("json", "{a=\"b\"} |= \"request served\""),
        FOLDED("json", "{a=\"b\"} |~ \"(?i)deadlock found\""),
        REGEX_LITERALS("json", "{a=\"b\"} |~ \"timeout|refused|reset by peer\""),
        REGEX_PREFIXED("json", "{a=\"b\"} |~ \"u-7712[0-9]+\\\"\""),
        REGEX_DFA("json", "{a=\"b\"} |~ \"[0-9]{3}\\\\.[0-9]+ms\""),
        JSON_TWO("json", "sum by (level, status) (count_over_time({a=\"b\"} | json [5m]))"),
        JSON_ALL("json", "{a=\"b\"} | json"),
        JSON_FILTER("json", "sum(count_over_time({a=\"b\"} | json | status >= 500 [5m]))"),
        LOGFMT_TWO("logfmt", "sum by (level, status) (count_over_time({a=\"b\"} | logfmt [5m]))"),
        LOGFMT_ALL("logfmt", "{a=\"b\"} | logfmt"),
        PATTERN_TWO("access", "sum by (method, status) (count_over_time({a=\"b\"} | pattern `<ip> - - [<_>] \"<method> <path> <_>\" <status> <size>` [5m]))"),
        REGEXP_TWO(
                "access",
                "sum by (method, status) (count_over_time({a=\"b\"} | regexp `^(?P<ip>\\S+) \\S+ \\S+ \\[[^\\]]+\\] \"(?P<method>\\S+) (?P<path>\\S+) [^\"]*\" (?P<status>\\d+) (?P<size>\\d+)` [5m]))"),
        UNWRAP("json", "sum by (status) (sum_over_time({a=\"b\"} | json | unwrap duration_ms [5m]))"),
        LINE_FORMAT("logfmt", "{a=\"b\"} | logfmt level, status | line_format \"{{.level}} {{.status}}\"");

        final String lines;
        final String query;

        Case(String lines, String query) {
            this.lines = lines;
            this.query = query;
        }
    }

    /** Bytes of lines for each second that the thread really ran, so that a busy machine does not change the number. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Volume {
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private double megabytes;
        private long cpuNanos;

        @Setup(Level.Iteration)
        public void start() {
            megabytes = 0;
            cpuNanos = -threads.getCurrentThreadCpuTime();
        }

        @TearDown(Level.Iteration)
        public void stop() {
            cpuNanos += threads.getCurrentThreadCpuTime();
        }

        public double megabytesPerCpuSecond() {
            return megabytes * 1e9 / cpuNanos;
        }
    }

    @Param
    public Case measured = Case.CONTAINS_ABSENT;

    private final EntryBatch[] pages = new EntryBatch[PAGES];
    private @Nullable StreamPipeline pipeline;
    private @Nullable StreamExtractor extractor;
    private int next;

    @Setup
    public void setUp() {
        Random random = new Random(11);
        for (int i = 0; i < PAGES; i++) {
            pages[i] = page(measured.lines, random);
        }
        Expr expr = LogQl.parse(measured.query);
        Labels stream = Labels.of("a", "b");
        if (expr instanceof LogExpr log) {
            pipeline = Pipeline.compile(log.stages()).forStream(stream);
        } else if (expr instanceof VectorAggregation sum && sum.inner() instanceof RangeAggregation range) {
            extractor = SampleExtractor.compile(range, sum).forStream(stream);
        }
    }

    @Benchmark
    public void stage(Volume volume, Blackhole out) {
        EntryBatch page = pages[next++ % PAGES];
        StreamPipeline p = pipeline;
        StreamExtractor e = extractor;
        if (p != null) {
            p.process(page, false, (row, time, buffer, from, to, labels) -> {
                out.consume(to);
                out.consume(labels);
                return true;
            });
        } else if (e != null) {
            e.process(page, (row, time, value, series) -> {
                out.consume(value);
                out.consume(series);
                return true;
            });
        }
        volume.megabytes += PAGE_BYTES / 1e6;
    }

    private static EntryBatch page(String kind, Random random) {
        byte[] bytes = new byte[PAGE_BYTES + 1024];
        int[] offsets = new int[PAGE_BYTES / 20];
        long[] times = new long[offsets.length];
        int rows = 0;
        int at = 0;
        while (at < PAGE_BYTES) {
            byte[] line = line(kind, random).getBytes(StandardCharsets.UTF_8);
            System.arraycopy(line, 0, bytes, at, line.length);
            times[rows] = rows;
            at += line.length;
            offsets[++rows] = at;
        }
        return new EntryBatch(times, offsets, bytes, null, null, 0, rows);
    }

    private static final String[] LEVELS = {"info", "info", "info", "debug", "warn", "error"};
    private static final String[] METHODS = {"GET", "GET", "POST", "PUT", "DELETE"};
    private static final int[] STATUSES = {200, 200, 200, 204, 304, 404, 500, 503};

    private static String line(String kind, Random r) {
        String level = LEVELS[r.nextInt(LEVELS.length)];
        String method = METHODS[r.nextInt(METHODS.length)];
        int status = STATUSES[r.nextInt(STATUSES.length)];
        String path = "/api/v1/items/" + r.nextInt(500);
        double ms = r.nextInt(2_000_000) / 1000.0;
        String message = r.nextBoolean() ? "request served" : "upstream answered late";
        return switch (kind) {
            case "json" ->
                "{\"ts\":\"2026-11-01T00:%02d:%02d.%03dZ\",\"level\":\"%s\",\"msg\":\"%s\",\"method\":\"%s\",\"path\":\"%s\",\"status\":%d,\"duration_ms\":%.3f,\"user\":{\"id\":\"u-%d\",\"plan\":\"pro\"},\"trace_id\":\"%016x\"}"
                        .formatted(r.nextInt(60), r.nextInt(60), r.nextInt(1000), level, message, method, path, status, ms, r.nextInt(100_000), r.nextLong());
            case "logfmt" ->
                "ts=2026-11-01T00:%02d:%02d.%03dZ level=%s msg=\"%s\" method=%s path=%s status=%d duration=%.3fms user=u-%d trace_id=%016x"
                        .formatted(r.nextInt(60), r.nextInt(60), r.nextInt(1000), level, message, method, path, status, ms, r.nextInt(100_000), r.nextLong());
            default ->
                "10.%d.%d.%d - - [01/Nov/2026:00:%02d:%02d +0000] \"%s %s HTTP/1.1\" %d %d"
                        .formatted(r.nextInt(256), r.nextInt(256), r.nextInt(256), r.nextInt(60), r.nextInt(60), method, path, status, r.nextInt(90_000));
        };
    }
}
