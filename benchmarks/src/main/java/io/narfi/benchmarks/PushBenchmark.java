package io.narfi.benchmarks;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.ingester.decode.BodyReader;
import io.narfi.ingester.decode.PushData;
import io.narfi.ingester.decode.PushDecoder;
import io.narfi.ingester.memory.MemoryBudget;
import io.narfi.ingester.validate.AcceptedPush;
import io.narfi.ingester.validate.PushOrigin;
import io.narfi.ingester.validate.PushValidator;
import io.narfi.storage.segment.ChunkPool;
import io.narfi.storage.segment.SealedSegment;
import io.narfi.storage.segment.SegmentBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
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
import org.xerial.snappy.Snappy;

/**
 * The write path of one push of about a megabyte, step by step, each step including those before it. The number of raw bytes (of lines) in
 * an operation is printed at the start: microseconds of an operation times 1000 over that number are seconds per raw GB.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class PushBenchmark {
    private static final int STREAMS = 20;
    private static final int LINES = 250;
    private static final int SEGMENT_BYTES = 12 << 20;

    private final PushDecoder decoder = new PushDecoder(new BodyReader(100 << 20, 1 << 30));
    private final MemoryBudget memory = new MemoryBudget(512 << 20, 512 << 20, new SimpleMeterRegistry());
    private final PushValidator validator = new PushValidator(
            TenantLimits.fixed(Limits.defaults()
                    .with("ingestion_rate_mb: 1000000\ningestion_burst_size_mb: 1000000\nper_stream_rate_limit: 0")),
            InstantSource.system(),
            System::nanoTime,
            () -> 1,
            Duration.ofMinutes(30),
            100_000,
            10,
            new SimpleMeterRegistry());
    private final PushOrigin origin = new PushOrigin("bench", "loki", "", "jmh");
    private final SegmentBuilder builder = new SegmentBuilder(new ChunkPool(32 << 20));
    private byte[] snappy = {};
    private byte[] json = {};

    /** Makes the bodies. */
    @Setup
    public void setup() throws IOException {
        PushBodies bodies = new PushBodies(42, STREAMS, LINES, System.currentTimeMillis() * 1_000_000L);
        snappy = Snappy.compress(bodies.protobuf());
        json = bodies.json();
        System.out.println("raw bytes of an operation: " + bodies.rawBytes() + ", snappy " + snappy.length + ", JSON " + json.length);
    }

    /** Snappy and protobuf. */
    @Benchmark
    public int decodeProtobuf() throws IOException {
        try (MemoryBudget.Lease lease = memory.open()) {
            return protobuf(lease).entries();
        }
    }

    /** JSON; the copy of the body, which is decoded in place, is part of reading it. */
    @Benchmark
    public int decodeJson() throws IOException {
        try (MemoryBudget.Lease lease = memory.open()) {
            return decoder.decode(PushDecoder.Form.V1, "application/json", null, new ByteArrayInputStream(json), json.length, lease).entries();
        }
    }

    /** Also labels, limits and levels. */
    @Benchmark
    public int validateProtobuf() throws IOException {
        try (MemoryBudget.Lease lease = memory.open()) {
            return validator.validate(origin, protobuf(lease), lease).rows();
        }
    }

    /** Also the rows into a segment, and every twelfth megabyte the segment compressed: all but HTTP and the put. */
    @Benchmark
    public long segmentProtobuf() throws IOException {
        try (MemoryBudget.Lease lease = memory.open()) {
            AcceptedPush push = validator.validate(origin, protobuf(lease), lease);
            append(push);
        }
        if (builder.rawBytes() < SEGMENT_BYTES) {
            return builder.rawBytes();
        }
        SealedSegment sealed = builder.seal();
        builder.clear();
        return sealed.content().length();
    }

    private PushData protobuf(MemoryBudget.Lease lease) throws IOException {
        return decoder.decode(PushDecoder.Form.V1, "application/x-protobuf", null, new ByteArrayInputStream(snappy), snappy.length, lease);
    }

    private void append(AcceptedPush push) {
        PushData data = push.data();
        for (int s = 0; s < data.streams(); s++) {
            Labels labels = push.labels(s);
            if (labels == null) {
                continue;
            }
            int handle = builder.stream(push.tenant(), labels);
            for (int e = data.firstEntry(s); e < data.endEntry(s); e++) {
                Labels metadata = push.metadata(e);
                if (metadata != null) {
                    builder.append(handle, data.timestamp(e), data.bytes(), data.lineOffset(e), data.lineLength(e), metadata);
                }
            }
        }
    }
}
