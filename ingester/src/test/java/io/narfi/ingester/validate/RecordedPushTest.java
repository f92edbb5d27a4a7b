package io.narfi.ingester.validate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.ingester.JsonTree;
import io.narfi.ingester.decode.BodyReader;
import io.narfi.ingester.decode.PushData;
import io.narfi.ingester.decode.PushDecoder;
import io.narfi.ingester.memory.MemoryBudget;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Replays the recorded answers of Loki 3.7.6 to pushes, and compares status, text and the rows that a query then finds. */
final class RecordedPushTest {
    /** Rows late by more than an hour, which Loki refuses and Narfi takes on purpose. */
    private static final Set<String> TAKEN_THOUGH_LATE = Set.of("push-validation-099", "push-validation-101", "push-validation-102");

    private final MemoryBudget memory = new MemoryBudget(256 << 20, 256 << 20, new SimpleMeterRegistry());
    private final PushDecoder decoder = new PushDecoder(new BodyReader(104857600, 5000L << 20));
    private final PushValidator validator = new PushValidator(
            TenantLimits.fixed(Limits.defaults().with("reject_old_samples: false\ningestion_rate_mb: 1000\ningestion_burst_size_mb: 1000")),
            InstantSource.fixed(Instant.parse("2026-11-22T12:00:00Z")),
            System::nanoTime,
            () -> 1,
            Duration.ofMinutes(30),
            1000,
            10,
            new SimpleMeterRegistry());

    @TestFactory
    Stream<DynamicTest> recorded() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        try (InputStream in = RecordedPushTest.class.getResourceAsStream("push-validation.jsonl")) {
            assertThat(in).isNotNull();
            for (String line : new String(in.readAllBytes(), UTF_8).split("\n")) {
                Map<String, Object> recorded = JsonTree.object(JsonTree.parse(line));
                String id = JsonTree.text(recorded, "id");
                tests.add(DynamicTest.dynamicTest(id + " " + recorded.get("note"), () -> replay(id, JsonTree.array(recorded.get("steps")))));
            }
        }
        assertThat(tests).hasSize(158);
        return tests.stream();
    }

    private void replay(String id, List<Object> steps) throws IOException {
        boolean late = TAKEN_THOUGH_LATE.contains(id);
        List<Row> rows = new ArrayList<>();
        for (Object o : steps) {
            Map<String, Object> step = JsonTree.object(o);
            String path = JsonTree.text(step, "path");
            if (path.equals("/loki/api/v1/push") || path.equals("/api/prom/push")) {
                if (JsonTree.text(step, "method").equals("POST")) {
                    push(step, path, late, rows);
                }
            } else if (path.equals("/loki/api/v1/query_range") && !late) {
                query(step, rows);
            }
        }
    }

    private record Row(Labels stream, Labels metadata, long timestamp, String line) {}

    private void push(Map<String, Object> step, String path, boolean late, List<Row> rows) throws IOException {
        byte[] body = body(step);
        Map<String, Object> headers = JsonTree.object(step.get("headers"));
        int status = 204;
        String text = "";
        try (MemoryBudget.Lease lease = memory.open()) {
            PushData data = decoder.decode(
                    path.startsWith("/api/prom") ? PushDecoder.Form.LEGACY : PushDecoder.Form.V1,
                    (String) headers.get("Content-Type"),
                    (String) headers.get("Content-Encoding"),
                    new ByteArrayInputStream(body),
                    body.length,
                    lease);
            AcceptedPush accepted = validator.validate(new PushOrigin("fake", "loki", "", ""), data, lease);
            collect(accepted, rows);
            ApiException answer = accepted.answer();
            if (answer != null) {
                status = answer.status();
                text = answer.text() + "\n";
            }
        } catch (ApiException e) {
            status = e.status();
            text = e.text() + "\n";
        }
        assertThat(memory.used()).isZero();
        if (late) {
            assertThat(status).as(text).isEqualTo(204);
            return;
        }
        assertThat(status).as(text).isEqualTo(JsonTree.number(step, "status"));
        if (step.get("body_regex") != null) {
            assertThat(text).matches((String) step.get("body_regex"));
        } else if (step.get("loose_text") == null && step.get("any_body") == null) {
            assertThat(text).isEqualTo(step.get("body"));
        }
    }

    private static byte[] body(Map<String, Object> step) throws IOException {
        byte[] body;
        if (step.get("data_base64") != null) {
            body = Base64.getDecoder().decode((String) step.get("data_base64"));
        } else if (step.get("data_repeat") != null) {
            Map<String, Object> r = JsonTree.object(step.get("data_repeat"));
            body = (r.get("head") + JsonTree.text(r, "unit").repeat(JsonTree.number(r, "times")) + r.get("tail")).getBytes(UTF_8);
        } else {
            Object data = step.get("data");
            body = data == null ? new byte[0] : ((String) data).getBytes(UTF_8);
        }
        if (step.get("gzip_data") != null) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
                gzip.write(body);
            }
            return out.toByteArray();
        }
        return body;
    }

    private static void collect(AcceptedPush accepted, List<Row> rows) {
        PushData d = accepted.data();
        for (int s = 0; s < d.streams(); s++) {
            Labels labels = accepted.labels(s);
            for (int e = d.firstEntry(s); labels != null && e < d.endEntry(s); e++) {
                Labels metadata = accepted.metadata(e);
                if (metadata != null) {
                    rows.add(new Row(labels, metadata, d.timestamp(e), new String(d.bytes(), d.lineOffset(e), d.lineLength(e), UTF_8)));
                }
            }
        }
    }

    /** Compares what a query for one label found with the rows of that label; a stage after the selector hides labels or lines. */
    private static void query(Map<String, Object> step, List<Row> rows) {
        Map<String, Object> params = JsonTree.object(step.get("params"));
        String query = JsonTree.text(params, "query");
        if (!query.matches("\\{pv=\"[^\"]*\"}") || JsonTree.object(step.get("headers")).containsKey("X-Loki-Response-Encoding-Flags")) {
            return;
        }
        String pv = query.substring(5, query.length() - 2);
        Set<String> found = new TreeSet<>();
        for (Row r : rows) {
            if (r.stream.getOrEmpty("pv").equals(pv)) {
                TreeMap<String, String> all = new TreeMap<>(r.stream.toMap());
                r.metadata.toMap().forEach((k, v) -> all.put(r.stream.has(k) ? k + "_extracted" : k, v));
                found.add(all + " " + r.timestamp + " " + r.line);
            }
        }
        Set<String> recorded = new TreeSet<>();
        Map<String, @Nullable Object> data = JsonTree.object(JsonTree.object(step.get("body")).get("data"));
        for (Object o : JsonTree.array(data.get("result"))) {
            Map<String, Object> stream = JsonTree.object(o);
            for (Object v : JsonTree.array(stream.get("values"))) {
                List<Object> value = JsonTree.array(v);
                recorded.add(new TreeMap<>(JsonTree.object(stream.get("stream"))) + " " + value.get(0) + " " + value.get(1));
            }
        }
        assertThat(found).as(query).isEqualTo(recorded);
    }
}
