package io.narfi.benchmarks;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.storage.Selection;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.block.BlockReader;
import io.narfi.storage.block.BlockSpec;
import io.narfi.storage.block.BlockWriter;
import io.narfi.storage.object.RangeReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Opening a block with 100,000 streams whose footer is at hand, and finding streams in it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class BlockIndexBenchmark {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 22);
    private static final int STREAMS = 100_000;

    private record Bytes(byte[] bytes) implements RangeReader {
        @Override
        public String key() {
            return "benchmark";
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public byte[] read(long offset, int length) {
            return Arrays.copyOfRange(bytes, (int) offset, (int) offset + length);
        }
    }

    private RangeReader object = new Bytes(new byte[0]);
    private BlockMeta meta = new BlockMeta("t", "id", DAY, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    private @Nullable BlockReader open;

    @Setup
    public void setUp() throws IOException {
        List<Labels> streams = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            streams.add(Labels.of(
                    "namespace", "team-" + i % 40, "app", "app-" + i % 700, "pod", "app-" + i % 700 + "-" + Integer.toHexString(i * 0x9e3779b9),
                    "container", "c" + i % 3, "node", "node-" + i % 90, "stream", i % 2 == 0 ? "stdout" : "stderr", "cluster", "main"));
        }
        streams.sort(Comparator.comparing(Labels::stableHash, Long::compareUnsigned));
        long[] times = {DAY.toEpochDay() * 86_400_000_000_000L};
        EntryBatch row = new EntryBatch(times, new int[] {0, 5}, "hello".getBytes(StandardCharsets.UTF_8), null, null, 0, 1);
        Path file = Files.createTempFile("narfi", ".block");
        Files.delete(file);
        try (BlockWriter writer = BlockWriter.create(file, new BlockSpec("t", "01KAP0000000000000000000ZZ", DAY, 1, 0))) {
            for (Labels labels : streams) {
                writer.startStream(labels);
                writer.append(row);
            }
            System.out.println("writer's memory: " + writer.memoryBytes());
            meta = writer.finish();
        }
        object = new Bytes(Files.readAllBytes(file));
        Files.delete(file);
        BlockReader reader = BlockReader.open(object, meta);
        System.out.println("footer: " + (meta.size() - meta.footerOffset()) + ", reader's memory: " + reader.memoryBytes());
        open = reader;
    }

    private BlockReader open() {
        return requireNonNull(open);
    }

    private static Selection selection(LabelMatcher... matchers) {
        return new Selection("t", List.of(matchers), Long.MIN_VALUE, Long.MAX_VALUE, 0, -1);
    }

    /** Opens the block and finds one stream, so that every section is checked. */
    @Benchmark
    public Object openAndFindOne() throws IOException {
        return BlockReader.open(object, meta).select(selection(new LabelMatcher("pod", LabelMatcher.Op.EQUAL, "app-0-0")));
    }

    @Benchmark
    public Object selectAll() throws IOException {
        return open().select(selection());
    }

    @Benchmark
    public Object selectApp() throws IOException {
        return open().select(selection(new LabelMatcher("app", LabelMatcher.Op.EQUAL, "app-17")));
    }

    @Benchmark
    public Object selectAppAndPods() throws IOException {
        return open().select(selection(
                new LabelMatcher("app", LabelMatcher.Op.EQUAL, "app-17"), new LabelMatcher("pod", LabelMatcher.Op.REGEX, "app-17-.*")));
    }

    @Benchmark
    public Object selectPodsByExpression() throws IOException {
        return open().select(selection(new LabelMatcher("pod", LabelMatcher.Op.REGEX, "app-17-.*")));
    }

    @Benchmark
    public Object valuesOfPod() throws IOException {
        return open().labelValues(selection(), "pod");
    }
}
