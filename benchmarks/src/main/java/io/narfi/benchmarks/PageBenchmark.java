package io.narfi.benchmarks;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.storage.page.ByteReader;
import io.narfi.storage.page.ByteWriter;
import io.narfi.storage.page.Column;
import io.narfi.storage.page.PageBuilder;
import io.narfi.storage.page.PageDecoder;
import io.narfi.storage.segment.ChunkPool;
import io.narfi.storage.segment.SegmentBuilder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
 * Pages: encoding, decoding, and decoding timestamps alone; and the way of rows through a segment builder. {@code megabytesPerCpuSecond}
 * counts bytes of lines (10^6).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
// JMH adds such counters up over iterations; with a single one the sum is the number itself.
@Measurement(iterations = 1, time = 8)
@Fork(1)
public class PageBenchmark {
    private static final int STREAMS = 400;
    private static final int RAW_BYTES = 8 << 20;

    /** Lines for each second that the thread really ran, so that a busy machine does not change the number. */
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

        void add(double more) {
            megabytes += more;
        }

        public double megabytesPerCpuSecond() {
            return megabytes * 1e9 / cpuNanos;
        }
    }

    private record StoredPage(int rows, int lineBytes, byte[][] columns) {}

    @Param({"loghub", "generated"})
    public String corpus = "generated";

    private final PageBuilder page = new PageBuilder();
    private final ByteWriter out = new ByteWriter(1 << 20);
    private final SegmentBuilder builder = new SegmentBuilder(new ChunkPool(16 << 20));
    private final List<Labels> labels = new ArrayList<>();
    private List<EntryBatch> large = List.of();
    private List<EntryBatch> small = List.of();
    private List<StoredPage> stored = List.of();
    private double largeMegabytes;
    private double smallMegabytes;

    @Setup
    public void setUp() {
        large = Corpus.streams(corpus, 16, RAW_BYTES);
        small = Corpus.streams(corpus, STREAMS, RAW_BYTES);
        largeMegabytes = megabytes(large);
        smallMegabytes = megabytes(small);
        for (int i = 0; i < STREAMS; i++) {
            labels.add(Labels.of("namespace", "team-" + i % 12, "app", "app-" + i % 60, "pod", "app-" + i % 60 + "-" + i, "container", "main"));
        }
        stored = new ArrayList<>();
        long bytes = 0;
        for (EntryBatch batch : large) {
            for (int row = batch.start; row < batch.end; ) {
                row = page.addRows(batch, row);
                byte[][] columns = new byte[Column.COUNT][];
                for (Column column : Column.values()) {
                    out.clear();
                    page.encode(column, out);
                    columns[column.index()] = out.toByteArray();
                    bytes += columns[column.index()].length;
                }
                stored.add(new StoredPage(page.rows(), page.lineBytes(), columns));
                page.clear();
            }
        }
        System.out.printf("%d pages, stored per mille of lines: %.1f%n", stored.size(), bytes / largeMegabytes / 1000);
    }

    private static double megabytes(List<EntryBatch> batches) {
        long sum = 0;
        for (EntryBatch batch : batches) {
            for (int row = batch.start; row < batch.end; row++) {
                sum += batch.lineLength(row);
            }
        }
        return sum / 1e6;
    }

    @Benchmark
    public int encode(Volume volume) {
        int sum = 0;
        for (EntryBatch batch : large) {
            for (int row = batch.start; row < batch.end; ) {
                row = page.addRows(batch, row);
                out.clear();
                for (Column column : Column.values()) {
                    sum += page.encode(column, out);
                }
                page.clear();
            }
        }
        volume.add(largeMegabytes);
        return sum;
    }

    @Benchmark
    public void decode(Volume volume, Blackhole hole) throws IOException {
        for (StoredPage p : stored) {
            hole.consume(PageDecoder.timestamps(column(p, Column.TIMESTAMPS), p.rows));
            hole.consume(PageDecoder.offsets(column(p, Column.LENGTHS), p.rows, p.lineBytes));
            hole.consume(PageDecoder.metadata(column(p, Column.METADATA), p.rows));
            hole.consume(PageDecoder.lines(column(p, Column.LINES), p.lineBytes));
        }
        volume.add(largeMegabytes);
    }

    @Benchmark
    public void decodeTimestamps(Volume volume, Blackhole hole) throws IOException {
        for (StoredPage p : stored) {
            hole.consume(PageDecoder.timestamps(column(p, Column.TIMESTAMPS), p.rows));
        }
        volume.add(largeMegabytes);
    }

    private static ByteReader column(StoredPage p, Column column) {
        byte[] bytes = p.columns[column.index()];
        return new ByteReader("benchmark", column.section(), 0, bytes, 0, bytes.length);
    }

    @Benchmark
    public Object segment(Volume volume) {
        appendAll();
        Object sealed = builder.seal();
        builder.clear();
        volume.add(smallMegabytes);
        return sealed;
    }

    @Benchmark
    public long segmentAppendOnly(Volume volume) {
        appendAll();
        long bytes = builder.rawBytes();
        builder.clear();
        volume.add(smallMegabytes);
        return bytes;
    }

    private void appendAll() {
        for (int i = 0; i < small.size(); i++) {
            builder.append(builder.stream("tenant", labels.get(i)), small.get(i));
        }
    }
}
