package io.narfi.ingester;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.common.Tenants;
import io.narfi.ingester.decode.ProtobufPushDecoderTest;
import io.narfi.ingester.proto.Entry;
import io.narfi.ingester.proto.LabelPair;
import io.narfi.ingester.proto.PushRequest;
import io.narfi.ingester.proto.Stream;
import io.narfi.ingester.proto.Timestamp;
import io.narfi.ingester.proto.otlp.AnyValue;
import io.narfi.ingester.proto.otlp.ExportLogsServiceRequest;
import io.narfi.ingester.proto.otlp.KeyValue;
import io.narfi.ingester.proto.otlp.LogRecord;
import io.narfi.ingester.proto.otlp.Resource;
import io.narfi.ingester.proto.otlp.ResourceLogs;
import io.narfi.ingester.proto.otlp.ScopeLogs;
import io.narfi.storage.Selection;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.segment.FrameCache;
import io.narfi.storage.segment.SegmentReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xerial.snappy.Snappy;

/** What no client of good will sends, to every route that takes bodies; and one push of very many streams. */
@Timeout(300)
final class HostileBodiesTest {
    private static final FrameCache FRAMES = new FrameCache(1 << 20);
    private static final int MIB = 1 << 20;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final Limits limits = Limits.defaults().with("ingestion_rate_mb: 1000\ningestion_burst_size_mb: 1000\nmax_global_streams_per_user: 8000");
    private final Ingester ingester = new Ingester(
            IngesterConfig.defaults().with(
                    8 * MIB, 32 * MIB, IngesterConfig.OTLP_LABELS, 1, MIB, Duration.ofMillis(5), 4, Duration.ofSeconds(5), "", 0, 10),
            store,
            TenantLimits.fixed(limits),
            new Tenants(true),
            InstantSource.system(),
            registry);
    private final ServedIngester server = new ServedIngester(ingester, registry);
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeEach
    void start() throws Exception {
        ServedIngester _ = server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        client.close();
    }

    private enum Coding {
        NONE(""),
        GZIP("gzip"),
        DEFLATE("deflate"),
        ZSTD("zstd"),
        LZ4("lz4"),
        NONSENSE("br");

        private final String header;

        Coding(String header) {
            this.header = header;
        }
    }

    @Test
    void mutilatedBodiesHurtNobody() throws Exception {
        int[] statuses = new int[600];
        for (long seed = 0; seed < 4000; seed++) {
            Random random = new Random(seed);
            String path = List.of("/loki/api/v1/push", "/api/prom/push", "/otlp/v1/logs").get(random.nextInt(3));
            String type = List.of("application/json", "application/x-protobuf", "application/json;", "text/plain").get(random.nextInt(random.nextInt(5) == 0 ? 4 : 2));
            Coding coding = Coding.values()[random.nextInt(Coding.values().length)];
            byte[] plain = body(path, type, random);
            // Mutated before or after it is compressed, or both; sometimes no more than noise.
            byte[] inner = random.nextBoolean() ? ProtobufPushDecoderTest.mutate(plain, random) : plain;
            byte[] body = encode(coding, inner);
            body = random.nextBoolean() ? ProtobufPushDecoderTest.mutate(body, random) : body;
            if (random.nextInt(20) == 0) {
                random.nextBytes(body);
            }
            HttpResponse<byte[]> answer = send(path, "evil", type, coding.header, body);
            String text = new String(answer.body(), UTF_8);
            statuses[answer.statusCode()]++;
            // Loki's own 500s: names of metadata that cannot be, times that no period covers.
            boolean known = text.contains("label name") || text.contains("no schema config found");
            assertThat(answer.statusCode() < 500 || known).as("seed %d: %s %s %s answered %d %s", seed, path, type, coding, answer.statusCode(), text).isTrue();
            if (seed % 100 == 0) {
                assertThat(send("/loki/api/v1/push", "good", "application/json", "", json(1, "fine")).statusCode()).as("seed %d", seed).isEqualTo(204);
            }
        }
        assertThat(registry.get("narfi_ingester_memory_used_bytes").gauge().value()).as("memory of pushes that are over").isZero();
        assertThat(registry.get("narfi_ingester_pending_bytes").gauge().value()).isZero();
        assertThat(rows("good")).isEqualTo(40);
        assertThat(statuses[204]).as("good ones among them").isGreaterThan(100);
        assertThat(statuses[400]).isGreaterThan(1000);
    }

    /** Small bodies that would be 100 MiB: each is refused, at any of the limits, and what it held is given back. */
    @Test
    void bombs() throws Exception {
        byte[] zeros = new byte[100 * MIB];
        byte[] blanks = new byte[100 * MIB];
        Arrays.fill(blanks, (byte) ' ');
        for (String path : List.of("/loki/api/v1/push", "/otlp/v1/logs")) {
            boolean otlp = path.startsWith("/otlp");
            for (Coding coding : otlp ? List.of(Coding.GZIP, Coding.ZSTD, Coding.LZ4) : List.of(Coding.GZIP, Coding.DEFLATE)) {
                assertRefused(path, "application/json", coding, encode(coding, blanks));
                assertRefused(path, "application/x-protobuf", coding, encode(coding, zeros));
            }
        }
        assertRefused("/loki/api/v1/push", "application/x-protobuf", Coding.NONE, Snappy.compress(zeros));
        assertRefused("/loki/api/v1/push", "application/x-protobuf", Coding.GZIP, encode(Coding.GZIP, Snappy.compress(zeros)));
        assertThat(registry.get("narfi_ingester_memory_used_bytes").gauge().value()).isZero();
        assertThat(send("/loki/api/v1/push", "good", "application/json", "", json(1, "fine")).statusCode()).isEqualTo(204);
    }

    private void assertRefused(String path, String type, Coding coding, byte[] body) throws Exception {
        HttpResponse<byte[]> answer = send(path, "evil", type, coding.header, body);
        assertThat(answer.statusCode()).as("%s %s %s, %d bytes: %s", path, type, coding, body.length, new String(answer.body(), UTF_8)).isIn(400, 413);
    }

    @Test
    void tenThousandStreamsInOnePush() throws Exception {
        for (boolean protobuf : new boolean[] {true, false}) {
            String tenant = "wide-" + protobuf;
            byte[] body = protobuf ? Snappy.compress(protobuf(10_000)) : json(10_000, "x");
            String type = protobuf ? "application/x-protobuf" : "application/json";
            long start = System.nanoTime();
            HttpResponse<byte[]> answer = send("/loki/api/v1/push", tenant, type, "", body);
            long millis = (System.nanoTime() - start) / 1_000_000;
            // The limit of streams lets the first 8000 in and names the last one that it kept out.
            assertThat(answer.statusCode()).isEqualTo(429);
            assertThat(new String(answer.body(), UTF_8)).startsWith("maximum active stream limit exceeded when trying to create stream {");
            assertThat(rows(tenant)).isEqualTo(8000);
            HttpResponse<byte[]> again = send("/loki/api/v1/push", tenant, type, "", protobuf ? Snappy.compress(protobuf(8000)) : json(8000, "y"));
            assertThat(again.statusCode()).as("streams that are known").isEqualTo(204);
            System.out.printf("10,000 streams in one push, protobuf %s: %d bytes, %d ms%n", protobuf, body.length, millis);
        }
        assertThat(registry.get("loki_discarded_samples_total").tags("reason", "stream_limit", "tenant", "wide-true").counter().count()).isEqualTo(2000);
    }

    private static byte[] body(String path, String type, Random random) {
        String line = List.of("level=info ok", "", "{\"a\":1}", "x".repeat(1 + random.nextInt(2000))).get(random.nextInt(4));
        if (path.startsWith("/otlp")) {
            return type.startsWith("application/json") ? otlpJson(line) : otlpProtobuf(line);
        }
        if (type.startsWith("application/json")) {
            return path.startsWith("/api/prom")
                    ? ("{\"streams\":[{\"labels\":\"{a=\\\"b\\\"}\",\"entries\":[{\"ts\":\"" + Instant.now() + "\",\"line\":\"x\"}]}]}").getBytes(UTF_8)
                    : json(1 + random.nextInt(3), line.replace("\"", "\\\""));
        }
        try {
            return Snappy.compress(protobuf(1 + random.nextInt(3)));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] json(int streams, String line) {
        StringBuilder out = new StringBuilder("{\"streams\":[");
        long now = Instant.now().getEpochSecond();
        for (int i = 0; i < streams; i++) {
            out.append(i == 0 ? "" : ",").append("{\"stream\":{\"app\":\"a").append(i).append("\"},\"values\":[[\"").append(now).append("000000000\",\"");
            out.append(line).append("\",{\"k\":\"v\"}]]}");
        }
        return out.append("]}").toString().getBytes(UTF_8);
    }

    private static byte[] protobuf(int streams) {
        PushRequest.Builder out = PushRequest.newBuilder();
        long now = Instant.now().getEpochSecond();
        for (int i = 0; i < streams; i++) {
            out.addStreams(Stream.newBuilder()
                    .setLabels(bytes("{app=\"p" + i + "\"}"))
                    .addEntries(Entry.newBuilder()
                            .setTimestamp(Timestamp.newBuilder().setSeconds(now))
                            .setLine(bytes("line"))
                            .addStructuredMetadata(LabelPair.newBuilder().setName(bytes("k")).setValue(bytes("v")))));
        }
        return out.build().toByteArray();
    }

    private static byte[] otlpJson(String line) {
        return ("{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"s\"}}]},\"scopeLogs\":"
                        + "[{\"scope\":{\"name\":\"n\"},\"logRecords\":[{\"observedTimeUnixNano\":" + Instant.now().getEpochSecond()
                        + "000000000,\"severityNumber\":9,\"body\":{\"stringValue\":\"" + line.replace("\"", "\\\"")
                        + "\"},\"attributes\":[{\"key\":\"m\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"intValue\":\"5\"}}]}}}]}]}]}]}")
                .getBytes(UTF_8);
    }

    private static byte[] otlpProtobuf(String line) {
        var kv = KeyValue.newBuilder()
                .setKey(bytes("service.name"))
                .setValue(AnyValue.newBuilder().setStringValue(bytes("s")));
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder()
                        .setResource(Resource.newBuilder().addAttributes(kv))
                        .addScopeLogs(ScopeLogs.newBuilder()
                                .addLogRecords(LogRecord.newBuilder()
                                        .addAttributes(kv)
                                        .setBody(AnyValue.newBuilder().setStringValue(bytes(line))))))
                .build()
                .toByteArray();
    }

    private static ByteString bytes(String s) {
        return ByteString.copyFrom(s, UTF_8);
    }

    private static byte[] encode(Coding coding, byte[] body) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        switch (coding) {
            case GZIP -> {
                try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
                    gzip.write(body);
                }
            }
            case DEFLATE -> {
                Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
                deflater.setInput(body);
                deflater.finish();
                byte[] piece = new byte[64 << 10];
                while (!deflater.finished()) {
                    out.write(piece, 0, deflater.deflate(piece));
                }
                deflater.end();
            }
            case ZSTD -> out.writeBytes(Zstd.compress(body));
            case LZ4 -> {
                try (LZ4FrameOutputStream lz4 = new LZ4FrameOutputStream(out)) {
                    lz4.write(body);
                }
            }
            case NONE, NONSENSE -> out.writeBytes(body);
        }
        return out.toByteArray();
    }

    private long rows(String tenant) throws IOException {
        long rows = 0;
        List<ObjectStore.ObjectInfo> objects = new ArrayList<>();
        ObjectStore.Listing page = store.list("segments/", "", 1000);
        objects.addAll(page.objects());
        while (page.truncated()) {
            page = store.list("segments/", objects.getLast().key(), 1000);
            objects.addAll(page.objects());
        }
        for (ObjectStore.ObjectInfo object : objects) {
            SegmentReader reader = SegmentReader.open(object.key(), store.get(object.key(), 64 << 20), FRAMES);
            rows += reader.select(Selection.everything(tenant)).stream().mapToLong(s -> s.rows()).sum();
        }
        return rows;
    }

    private HttpResponse<byte[]> send(String path, String tenant, String type, String coding, byte[] body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri(path))
                .header("X-Scope-OrgID", tenant)
                .header("Content-Type", type)
                .timeout(Duration.ofSeconds(60))
                .POST(BodyPublishers.ofByteArray(body));
        if (!coding.isEmpty()) {
            request.header("Content-Encoding", coding);
        }
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }
}
