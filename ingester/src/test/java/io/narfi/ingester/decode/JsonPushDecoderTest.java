package io.narfi.ingester.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import io.narfi.common.ApiException;
import io.narfi.ingester.memory.MemoryBudget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class JsonPushDecoderTest {
    private static final JsonFactory JACKSON = new JsonFactory();
    private static final long LEASE = 64 << 20;

    @Test
    void readsWhatJacksonWrites() throws IOException {
        for (long seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            List<Decoded.Stream> expected = new ArrayList<>();
            byte[] body = document(random, expected);
            assertThat(decode(body.clone())).as("seed %d: %s", seed, new String(body, UTF_8)).isEqualTo(new Decoded(expected));
        }
    }

    /** What we take, Jackson takes as well: a document that is no JSON before its end is refused. */
    @Test
    void mutatedDocumentsNeverDoMoreThanBeRefused() throws IOException {
        int taken = 0;
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            byte[] body = ProtobufPushDecoderTest.mutate(document(random, new ArrayList<>()), random);
            try {
                Decoded _ = decode(body.clone());
                taken++;
                if (!isJson(body) && isAscii(body)) {
                    fail("seed %d: no JSON, and taken: %s", seed, new String(body, UTF_8));
                }
            } catch (ApiException e) {
                assertThat(e.status()).as("seed %d: %s", seed, e.text()).isEqualTo(400);
            }
        }
        assertThat(taken).isGreaterThan(1000);
    }

    @Test
    void randomBytesAreRefused() {
        String alphabet = "{}[]:,\"\\u0123456789abtrnulfse streamvalues\u00e9\u0001";
        for (long seed = 0; seed < 5000; seed++) {
            Random random = new Random(seed);
            byte[] body = new byte[random.nextInt(60)];
            for (int i = 0; i < body.length; i++) {
                body[i] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
            }
            try {
                Decoded _ = decode(body);
            } catch (ApiException e) {
                assertThat(e.status()).as("seed %d", seed).isEqualTo(400);
            }
        }
    }

    @Test
    void linesNeedNotBeUtf8() {
        byte[] body = "{\"streams\":[{\"stream\":{},\"values\":[[\"1\",\"a\u00ff\u00fe\\n\u0080\"]]}]}".getBytes(ISO_8859_1);
        assertThat(decode(body).streams().getFirst().entries()).containsExactly(new Decoded.Entry(1, "a\u00ff\u00fe\n\u0080", List.of()));
    }

    @Test
    void unescapesInPlace() {
        String line = "\\u00e9\\ud83d\\ude00\\\\\\/\\b\\f\\n\\r\\t\\\"end";
        byte[] body = ("{\"streams\":[{\"values\":[[\"1\",\"" + line + "\",{\"k\\u0031\":\"v\\u0032\"}]]}]}").getBytes(UTF_8);
        Decoded.Entry entry = decode(body).streams().getFirst().entries().getFirst();
        assertThat(new String(entry.line().getBytes(ISO_8859_1), UTF_8)).isEqualTo("\u00e9\ud83d\ude00\\/\b\f\n\r\t\"end");
        assertThat(entry.metadata()).containsExactly("k1", "v2");
    }

    @Test
    void valuesMayComeBeforeTheLabels() {
        Decoded decoded = decode("{\"streams\":[{\"values\":[[\"1\",\"x\"]],\"stream\":{\"b\":\"2\",\"a\":\"1\"}}]}".getBytes(UTF_8));
        assertThat(decoded.streams().getFirst().labels()).isEqualTo("{a=\"1\", b=\"2\"}");
        assertThat(decoded.streams().getFirst().entries()).hasSize(1);
    }

    @Test
    void depthIsBounded() {
        String deep = "[".repeat(JsonScanner.MAX_DEPTH + 1);
        assertThatThrownBy(() -> decode(("{\"x\":" + deep + "1").getBytes(UTF_8))).hasMessageContaining("exceeded max depth");
        String fits = "[".repeat(JsonScanner.MAX_DEPTH) + "1" + "]".repeat(JsonScanner.MAX_DEPTH);
        assertThat(decode(("{\"x\":" + fits + "}").getBytes(UTF_8)).streams()).isEmpty();
    }

    @Test
    void timestamps() {
        assertThat(timestamp("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
        assertThat(timestamp("-5")).isEqualTo(-5);
        assertThat(timestamp("007")).isEqualTo(7);
        for (String bad : List.of("", "-", "+5", "9223372036854775808", "99999999999999999999", "1.5", " 1", "1 ", "1e9", "0x1")) {
            assertThatThrownBy(() -> timestamp(bad))
                    .as(bad)
                    .isInstanceOf(ApiException.class)
                    .hasMessage("strconv.ParseInt: parsing \"" + bad + "\": invalid syntax");
        }
    }

    @Test
    void manyEmptyEntriesAreRefusedAndNotAllocated() {
        byte[] body = ("{\"streams\":[{\"values\":[" + "[],".repeat(3 << 20) + "[]]}]}").getBytes(UTF_8);
        try (MemoryBudget.Lease lease = Decoded.lease(32 << 20)) {
            assertThatThrownBy(() -> JsonPushDecoder.decode(body, body.length, lease))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(413));
        }
    }

    @Test
    void manyLabelsAreRefusedAndNotAllocated() {
        StringBuilder labels = new StringBuilder("{\"streams\":[{\"stream\":{\"a\":\"b\"");
        for (int i = 0; i < 300_000; i++) {
            labels.append(",\"l").append(i).append("\":\"\"");
        }
        byte[] body = labels.append("}}]}").toString().getBytes(UTF_8);
        try (MemoryBudget.Lease lease = Decoded.lease(32 << 20)) {
            assertThatThrownBy(() -> JsonPushDecoder.decode(body, body.length, lease))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(413));
        }
    }

    @Test
    void legacyForm() {
        String body = "{\"streams\":[{\"labels\":\"{a=\\\"b\\\"}\",\"entries\":[{\"ts\":\"2024-01-01T00:00:00.000000001Z\",\"line\":\"x\","
                + "\"structuredMetadata\":{\"k\":\"v\"}},null,{\"line\":null}]},null]}";
        try (MemoryBudget.Lease lease = Decoded.lease(LEASE)) {
            byte[] bytes = body.getBytes(UTF_8);
            Decoded decoded = Decoded.of(LegacyJsonPushDecoder.decode(bytes, bytes.length, lease));
            assertThat(decoded.streams())
                    .containsExactly(
                            new Decoded.Stream(
                                    "{a=\"b\"}",
                                    List.of(
                                            new Decoded.Entry(1704067200000000001L, "x", List.of("k", "v")),
                                            new Decoded.Entry(PushData.ZERO_TIME, "", List.of()),
                                            new Decoded.Entry(PushData.ZERO_TIME, "", List.of()))),
                            new Decoded.Stream("", List.of()));
        }
    }

    @Test
    void legacyTimesThatAreNone() {
        for (String time : List.of("", "x", "2024-01-01", "2024-13-01T00:00:00Z", "z".repeat(1000))) {
            byte[] bytes = ("{\"streams\":[{\"entries\":[{\"ts\":\"" + time + "\"}]}]}").getBytes(UTF_8);
            assertThatThrownBy(() -> LegacyJsonPushDecoder.decode(bytes, bytes.length, Decoded.lease(LEASE)))
                    .as(time)
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(400));
        }
    }

    private static long timestamp(String text) {
        byte[] body = ("{\"streams\":[{\"values\":[[\"" + text + "\"]]}]}").getBytes(UTF_8);
        return decode(body).streams().getFirst().entries().getFirst().timestamp();
    }

    private static Decoded decode(byte[] body) {
        try (MemoryBudget.Lease lease = Decoded.lease(LEASE)) {
            return Decoded.of(JsonPushDecoder.decode(body, body.length, lease));
        }
    }

    private static boolean isAscii(byte[] body) {
        for (byte b : body) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether the first value of a document is JSON, whatever follows it. */
    private static boolean isJson(byte[] body) {
        try (JsonParser parser = JACKSON.createParser(body)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static byte[] document(Random random, List<Decoded.Stream> expected) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JACKSON.createGenerator(out)) {
            if (random.nextBoolean()) {
                json.useDefaultPrettyPrinter();
            }
            if (random.nextBoolean()) {
                json.setHighestNonEscapedChar(127);
            }
            json.writeStartObject();
            unknown(json, random);
            json.writeArrayFieldStart("streams");
            for (int s = random.nextInt(4); s > 0; s--) {
                expected.add(stream(json, random));
            }
            json.writeEndArray();
            unknown(json, random);
            json.writeEndObject();
        }
        return out.toByteArray();
    }

    private static Decoded.Stream stream(JsonGenerator json, Random random) throws IOException {
        List<Decoded.Entry> entries = new ArrayList<>();
        json.writeStartObject();
        String app = "a" + random.nextInt(9);
        json.writeObjectFieldStart("stream");
        json.writeStringField("app", app);
        json.writeEndObject();
        unknown(json, random);
        json.writeArrayFieldStart("values");
        for (int e = random.nextInt(5); e > 0; e--) {
            entries.add(entry(json, random));
        }
        json.writeEndArray();
        json.writeEndObject();
        return new Decoded.Stream("{app=\"" + app + "\"}", entries);
    }

    private static Decoded.Entry entry(JsonGenerator json, Random random) throws IOException {
        json.writeStartArray();
        long time = random.nextLong();
        String line = text(random);
        json.writeString(Long.toString(time));
        json.writeString(line);
        List<String> metadata = new ArrayList<>();
        int third = random.nextInt(4);
        if (third == 0) {
            json.writeNull();
        } else if (third == 1) {
            json.writeStartObject();
            for (int p = random.nextInt(3); p > 0; p--) {
                String name = text(random);
                String value = text(random);
                json.writeStringField(name, value);
                metadata.add(latin(name));
                metadata.add(latin(value));
            }
            json.writeEndObject();
            if (random.nextBoolean()) {
                json.writeNumber(random.nextDouble());
            }
        }
        json.writeEndArray();
        return new Decoded.Entry(time, latin(line), metadata);
    }

    private static void unknown(JsonGenerator json, Random random) throws IOException {
        int kind = random.nextInt(5);
        if (kind == 0) {
            json.writeNumberField("hash", random.nextLong());
        } else if (kind == 1) {
            json.writeArrayFieldStart("more");
            json.writeBoolean(random.nextBoolean());
            json.writeStartObject();
            json.writeNumberField("x", random.nextGaussian() * 1e10);
            json.writeNullField("y");
            json.writeStringField("z", text(random));
            json.writeEndObject();
            json.writeEndArray();
        }
    }

    private static String text(Random random) {
        StringBuilder out = new StringBuilder();
        String[] pieces = {
            "word ", "\"", "\\", "\n", "\t", "\u00e9", "\u65e5\u672c", "\ud83d\ude00", "\u0001", "/", "{\"a\":1}", "level=info "
        };
        for (int i = random.nextInt(8); i > 0; i--) {
            out.append(pieces[random.nextInt(pieces.length)]);
        }
        return out.toString();
    }

    private static String latin(String s) {
        return new String(s.getBytes(UTF_8), ISO_8859_1);
    }
}
