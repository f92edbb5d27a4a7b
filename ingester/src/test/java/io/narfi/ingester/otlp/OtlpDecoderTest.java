package io.narfi.ingester.otlp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.ingester.IngesterConfig;
import io.narfi.ingester.decode.BodyReader;
import io.narfi.ingester.decode.Decoded;
import io.narfi.ingester.decode.ProtobufPushDecoderTest;
import io.narfi.ingester.memory.MemoryBudget;
import io.narfi.ingester.proto.otlp.ExportLogsServiceRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class OtlpDecoderTest {
    private static final long MIB = 1 << 20;
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000, 5);
    private static final long NOW_NANOS = 1_800_000_000_000_000_005L;
    private static final Set<String> LABELS = Set.copyOf(IngesterConfig.OTLP_LABELS);
    private static final String PROTOBUF = "application/x-protobuf";
    private static final String JSON = "application/json";

    @Test
    void bothFormsAgreeWithAPlainReading() throws IOException {
        int rows = 0;
        for (long seed = 0; seed < 2000; seed++) {
            OtlpMessages random = new OtlpMessages(new Random(seed));
            ExportLogsServiceRequest message = random.message();
            Decoded want = sorted(OtlpReference.of(message, LABELS, Limits.defaults().discoverServiceName(), NOW_NANOS));
            assertThat(sorted(decode(PROTOBUF, message.toByteArray()))).as("seed %d, protobuf", seed).isEqualTo(want);
            String json = random.json(message);
            assertThat(sorted(decode(JSON, json.getBytes(UTF_8)))).as("seed %d, JSON %s", seed, json).isEqualTo(want);
            rows += want.streams().stream().mapToInt(s -> s.entries().size()).sum();
        }
        assertThat(rows).isGreaterThan(2000);
    }

    /** The order of metadata matters only between equal names, whose order this keeps. */
    private static Decoded sorted(Decoded d) {
        return new Decoded(d.streams().stream()
                .map(s -> new Decoded.Stream(
                        s.labels(),
                        s.entries().stream()
                                .map(e -> new Decoded.Entry(e.timestamp(), e.line(), sortedPairs(e.metadata())))
                                .toList()))
                .toList());
    }

    private static List<String> sortedPairs(List<String> pairs) {
        return IntStream.range(0, pairs.size() / 2)
                .mapToObj(i -> List.of(pairs.get(2 * i), pairs.get(2 * i + 1)))
                .sorted(Comparator.comparing(List::getFirst))
                .flatMap(List::stream)
                .toList();
    }

    @Test
    void mutatedMessagesNeverDoMoreThanBeRefused() throws IOException {
        int good = 0;
        for (long seed = 0; seed < 30_000; seed++) {
            Random random = new Random(seed);
            OtlpMessages messages = new OtlpMessages(random);
            ExportLogsServiceRequest message = messages.message();
            boolean json = seed % 2 == 0;
            byte[] body = ProtobufPushDecoderTest.mutate(json ? messages.json(message).getBytes(UTF_8) : message.toByteArray(), random);
            try {
                Decoded _ = decode(json ? JSON : PROTOBUF, body);
                good++;
            } catch (ApiException e) {
                assertThat(e.status()).as("seed %d: %s", seed, e.text()).isEqualTo(400);
            }
        }
        assertThat(good).isGreaterThan(3000);
    }

    @Test
    void theLeaseIsGivenBackAsAWhole() throws IOException {
        byte[] body = new OtlpMessages(new Random(3)).message().toByteArray();
        MemoryBudget.Lease lease = Decoded.lease(64 * MIB);
        var data = decoder(Limits.defaults()).decode("t", PROTOBUF, null, new ByteArrayInputStream(body), -1, lease);
        assertThat(lease.held()).isGreaterThan(data.bytes().length);
        lease.close();
        assertThat(lease.held()).isZero();
    }

    @Test
    void headersChooseTheForm() {
        assertThatThrownBy(() -> decode("application/json; charset=utf-8", "{}".getBytes(UTF_8)))
                .hasMessage("content type: application/json; charset=utf-8 is not supported");
        assertThatThrownBy(() -> decode(null, "{}".getBytes(UTF_8))).hasMessage("content type:  is not supported");
        assertThatThrownBy(() -> decode(Limits.defaults(), JSON, "br", "{}".getBytes(UTF_8)))
                .hasMessage("unsupported content encoding br: only gzip, lz4 and zstd are supported");
    }

    @Test
    void namesThatCannotBe() {
        assertThatThrownBy(() -> json(attributes("{\"key\":\"\",\"value\":{\"stringValue\":\"x\"}}")))
                .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(400))
                .hasMessage("symbolizer lookup: label name is empty");
        assertThatThrownBy(() -> json(attributes(
                        "{\"key\":\"m\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"\",\"value\":{\"stringValue\":\"x\"}}]}}}")))
                .hasMessage("symbolizer lookup: symbolizer lookup: label name is empty");
        assertThatThrownBy(() -> json(attributes("{\"key\":\"...\",\"value\":{\"stringValue\":\"x\"}}")))
                .hasMessage("symbolizer lookup: normalization for label name \"...\" resulted in invalid name \"_\"");
    }

    @Test
    void badValues() {
        assertRefused("{\"timeUnixNano\":\"-1\"}", "strconv.ParseUint: parsing \"-1\": invalid syntax");
        assertRefused("{\"timeUnixNano\":1.5}", "strconv.ParseUint: parsing \"1.5\": invalid syntax");
        assertRefused("{\"traceId\":\"0102\"}", "invalid length for TraceID");
        assertRefused("{\"spanId\":\"010203040506070g\"}", "invalid SpanID: not hexadecimal");
        assertRefused("{\"flags\":4294967296}", "strconv.ParseUint: parsing \"4294967296\": value out of range");
        assertRefused("{\"body\":{\"boolValue\":1}}", null);
        assertRefused("{\"body\":{\"stringValue\":1}}", null);
        assertRefused("{\"body\":{\"intValue\":\"1.0\"}}", "strconv.ParseInt: parsing \"1.0\": invalid syntax");
        assertRefused("{\"body\":{\"doubleValue\":\"1d\"}}", "strconv.ParseFloat: parsing \"1d\": invalid syntax");
        assertRefused("{\"body\":{\"bytesValue\":\"*\"}}", null);
        assertRefused("{\"severityNumber\":\"SEVERITY_NUMBER_INFO9\"}", null);
        assertThatThrownBy(() -> decode(PROTOBUF, HexFormat.of().parseHex("0a08120612044a020102"))).hasMessage("invalid length for TraceID");
    }

    @Test
    void severityNumbersMayBeNames() throws IOException {
        for (String[] c : new String[][] {{"SEVERITY_NUMBER_TRACE", "1"}, {"SEVERITY_NUMBER_INFO", "9"}, {"SEVERITY_NUMBER_FATAL4", "24"}, {"13", "13"}}) {
            Decoded d = json(record("{\"timeUnixNano\":1,\"severityNumber\":\"" + c[0] + "\"}"));
            assertThat(d.streams().getFirst().entries().getFirst().metadata()).containsExactly("severity_number", c[1]);
        }
        assertThat(json(record("{\"severityNumber\":\"SEVERITY_NUMBER_UNSPECIFIED\"}")).streams().getFirst().entries().getFirst().metadata()).isEmpty();
    }

    @Test
    void numbersAsGoHasThem() {
        assertThat(ValueText.number(1.5)).isEqualTo("1.5");
        assertThat(ValueText.number(100)).isEqualTo("100");
        assertThat(ValueText.number(-0.0)).isEqualTo("-0");
        assertThat(ValueText.number(1e20)).isEqualTo("100000000000000000000");
        assertThat(ValueText.number(1e21)).isEqualTo("1e+21");
        assertThat(ValueText.number(-1.25e-7)).isEqualTo("-1.25e-7");
        assertThat(ValueText.number(1e-6)).isEqualTo("0.000001");
        assertThat(ValueText.number(Double.NEGATIVE_INFINITY)).isEqualTo("-Inf");
    }

    @Test
    void rulesOfATenant() throws IOException {
        Limits limits = Limits.defaults().with("""
                otlp_config:
                  severity_text_as_label: true
                  resource_attributes:
                    ignore_defaults: true
                    attributes_config:
                      - {action: drop, attributes: [secret]}
                      - {action: index_label, regex: "k8s\\\\..+"}
                      - {action: index_label, attributes: [app]}
                  scope_attributes:
                    - {action: drop, regex: "s.*"}
                  log_attributes:
                    - {action: drop, attributes: [noise]}
                    - {action: index_label, attributes: [tier]}
                """);
        String body = """
                {"resourceLogs":[{"resource":{"attributes":[
                    {"key":"secret","value":{"stringValue":"no"}},
                    {"key":"k8s.pod.name","value":{"stringValue":"p"}},
                    {"key":"xk8s.pod","value":{"stringValue":"meta"}},
                    {"key":"app","value":{"stringValue":"a"}},
                    {"key":"service.name","value":{"stringValue":"ignored as label"}}]},
                  "scopeLogs":[{"scope":{"name":"n","attributes":[{"key":"sa","value":{"intValue":1}},{"key":"kept","value":{"intValue":2}}]},
                    "logRecords":[
                      {"timeUnixNano":1,"severityText":"WARN","attributes":[{"key":"noise","value":{"stringValue":"x"}},
                        {"key":"tier","value":{"stringValue":"front"}}]},
                      {"timeUnixNano":2,"attributes":[{"key":"tier","value":{"stringValue":"back"}}]},
                      {"timeUnixNano":3,"severityText":"WARN","attributes":[{"key":"tier","value":{"stringValue":"front"}}]},
                      {"timeUnixNano":4}]}]}]}
                """;
        Decoded d = decode(limits, JSON, null, body.getBytes(UTF_8));
        assertThat(d.streams().stream().map(s -> s.labels() + " " + s.entries().stream().map(Decoded.Entry::timestamp).toList()))
                .containsExactly(
                        "{app=\"a\", k8s_pod_name=\"p\", service_name=\"a\", severity_text=\"WARN\", tier=\"front\"} [1, 3]",
                        "{app=\"a\", k8s_pod_name=\"p\", service_name=\"a\", tier=\"back\"} [2]",
                        "{app=\"a\", k8s_pod_name=\"p\", service_name=\"a\"} [4]");
        assertThat(d.streams().getFirst().entries().getFirst().metadata())
                .containsExactly(
                        "severity_text", "WARN", "xk8s_pod", "meta", "service_name", "ignored as label", "scope_name", "n", "kept", "2");
    }

    /** Two bytes a record, each with all attributes of the resource: what that takes is refused, not allocated. */
    @Test
    void sharedAttributesDoNotMultiplyBeyondTheBudget() {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (int i = 0; i < 500_000; i++) {
            records.write(0x12);
            records.write(0);
        }
        ByteArrayOutputStream resource = new ByteArrayOutputStream();
        for (int i = 0; i < 100; i++) {
            resource.writeBytes(HexFormat.of().parseHex("0a08" + "0a0178" + "12030a0179"));
        }
        ByteArrayOutputStream logs = new ByteArrayOutputStream();
        field(logs, 1, resource.toByteArray());
        field(logs, 2, records.toByteArray());
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        field(body, 1, logs.toByteArray());
        assertThatThrownBy(() -> decode(PROTOBUF, body.toByteArray()))
                .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(413));
    }

    @Test
    void depthIsBounded() {
        byte[] value = {};
        for (int i = 0; i < 5000; i++) {
            ByteArrayOutputStream array = new ByteArrayOutputStream();
            field(array, 1, value);
            ByteArrayOutputStream outer = new ByteArrayOutputStream();
            field(outer, 5, array.toByteArray());
            value = outer.toByteArray();
        }
        byte[] body = value;
        for (int number : new int[] {5, 2, 2, 1}) {
            ByteArrayOutputStream outer = new ByteArrayOutputStream();
            field(outer, number, body);
            body = outer.toByteArray();
        }
        byte[] deep = body;
        assertThatThrownBy(() -> decode(PROTOBUF, deep)).hasMessage("proto: exceeded max depth");
        String json = record("{\"body\":" + "{\"arrayValue\":{\"values\":[".repeat(5000) + "]}}".repeat(5000) + "}");
        assertThatThrownBy(() -> json(json)).isInstanceOf(ApiException.class).hasMessageContaining("exceeded max depth");
    }

    @Test
    void textThatIsNoUtf8() throws IOException {
        byte[] body = record("{\"timeUnixNano\":1,\"body\":{\"stringValue\":\"a\u00ffb\"},\"attributes\":[{\"key\":\"l\",\"value\":{\"arrayValue\":{\"values\":"
                        + "[{\"stringValue\":\"c\u00ffd\"}]}}}]}")
                .getBytes(ISO_8859_1);
        Decoded.Entry e = decode(JSON, body).streams().getFirst().entries().getFirst();
        assertThat(e.line()).isEqualTo("a\u00ffb");
        assertThat(e.metadata()).containsExactly("l", "[\"c\\ufffdd\"]");
    }

    /** Go escapes each byte that is no UTF-8 by itself, and lets U+FFFD pass where it was sent. */
    @Test
    void everyByteThatIsNoUtf8IsEscapedInJson() throws IOException {
        String text = "\u00e2\u0082x\u00f0\u009f\u0098\u00ed\u00a0\u0080\u00c3\u00a9\u00ef\u00bf\u00bd\u00e2\u0080\u00a9<";
        byte[] body = record("{\"body\":{\"arrayValue\":{\"values\":[{\"stringValue\":\"" + text + "\"}]}}}").getBytes(ISO_8859_1);
        assertThat(decode(JSON, body).streams().getFirst().entries().getFirst().line())
                .isEqualTo("[\"\\ufffd\\ufffdx" + "\\ufffd".repeat(6) + "\u00c3\u00a9\u00ef\u00bf\u00bd\\u2029\\u003c\"]");
    }

    /** They are encoded in pieces. */
    @Test
    void largeBytesAreOneTextInBase64() throws IOException {
        byte[] raw = new byte[100_001];
        new Random(3).nextBytes(raw);
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        field(value, 7, raw);
        byte[] body = value.toByteArray();
        for (int number : new int[] {5, 2, 2, 1}) {
            ByteArrayOutputStream outer = new ByteArrayOutputStream();
            field(outer, number, body);
            body = outer.toByteArray();
        }
        String line = decode(PROTOBUF, body).streams().getFirst().entries().getFirst().line();
        assertThat(line).isEqualTo(Base64.getEncoder().encodeToString(raw));
    }

    @Test
    void longNamesAreTakenAndNotRemembered() throws IOException {
        String name = "a.".repeat(500);
        String attribute = "{\"key\":\"" + name + "\",\"value\":{\"stringValue\":\"v\"}}";
        String twice = "{\"attributes\":[" + attribute + "]},{\"attributes\":[" + attribute + "]}";
        for (Decoded.Entry e : json("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[" + twice + "]}]}]}").streams().getFirst().entries()) {
            assertThat(e.metadata()).containsExactly("a_".repeat(500), "v");
        }
    }

    private static void field(ByteArrayOutputStream out, int number, byte[] content) {
        out.write(number << 3 | 2);
        int length = content.length;
        while (length > 0x7f) {
            out.write(length & 0x7f | 0x80);
            length >>>= 7;
        }
        out.write(length);
        out.writeBytes(content);
    }

    private static String attributes(String attribute) {
        return record("{\"attributes\":[" + attribute + "]}");
    }

    private static String record(String record) {
        return "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[" + record + "]}]}]}";
    }

    private static void assertRefused(String record, @Nullable String text) {
        var refused = assertThatThrownBy(() -> json(record(record)))
                .as(record)
                .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(400));
        if (text != null) {
            refused.hasMessage(text);
        }
    }

    private static OtlpDecoder decoder(Limits limits) {
        return new OtlpDecoder(new BodyReader(16 * MIB, 64 * MIB), TenantLimits.fixed(limits), IngesterConfig.OTLP_LABELS, () -> NOW);
    }

    private static Decoded json(String body) throws IOException {
        return decode(JSON, body.getBytes(UTF_8));
    }

    private static Decoded decode(@Nullable String type, byte[] body) throws IOException {
        return decode(Limits.defaults(), type, null, body);
    }

    private static Decoded decode(Limits limits, @Nullable String type, @Nullable String encoding, byte[] body) throws IOException {
        try (MemoryBudget.Lease lease = Decoded.lease(32 * MIB)) {
            return Decoded.of(decoder(limits).decode("t", type, encoding, new ByteArrayInputStream(body), -1, lease));
        }
    }
}
