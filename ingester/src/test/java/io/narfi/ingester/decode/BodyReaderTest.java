package io.narfi.ingester.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.ingester.memory.MemoryBudget;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.xerial.snappy.Snappy;

final class BodyReaderTest {
    private static final long MIB = 1 << 20;
    private static final String TOO_LARGE = "request body too large: message size too large than max (4194305 vs 4194304)";
    private static final String TOO_LARGE_JSON = "compressed message size 4194305 exceeds limit 4194304";
    private static final String TOO_LARGE_INSIDE = "decompressed message size too large than max (16777217 vs 16777216)";

    private final BodyReader reader = new BodyReader(4 * MIB, 16 * MIB);

    @Test
    void roundTrips() throws IOException {
        byte[] message = new byte[300_000];
        new Random(1).nextBytes(message);
        Arrays.fill(message, 0, 200_000, (byte) 'x');
        byte[] snappy = Snappy.compress(message);
        assertThat(protobuf(snappy, snappy.length, ContentCoding.NONE)).isEqualTo(message);
        assertThat(protobuf(snappy, -1, ContentCoding.NONE)).isEqualTo(message);
        assertThat(protobuf(gzip(snappy), -1, ContentCoding.GZIP)).isEqualTo(message);
        assertThat(protobuf(deflate(snappy, true), -1, ContentCoding.DEFLATE)).isEqualTo(message);
        assertThat(json(message, message.length, ContentCoding.NONE)).isEqualTo(message);
        assertThat(json(gzip(message), -1, ContentCoding.GZIP)).isEqualTo(message);
        assertThat(json(deflate(message, true), -1, ContentCoding.DEFLATE)).isEqualTo(message);
    }

    @Test
    void theLeaseHoldsWhatTheResultHolds() throws IOException {
        byte[] message = new byte[200_000];
        MemoryBudget.Lease lease = Decoded.lease(64 * MIB);
        byte[] result = reader.protobuf(new ByteArrayInputStream(Snappy.compress(message)), -1, ContentCoding.NONE, lease);
        assertThat(lease.held()).isEqualTo(result.length);
        lease.close();
        BodyReader.Piece piece = reader.json(new ByteArrayInputStream(gzip(message)), -1, ContentCoding.GZIP, lease);
        assertThat(lease.held()).isEqualTo(piece.bytes().length);
    }

    @Test
    void tooLargeAsReceived() {
        byte[] body = new byte[(int) (4 * MIB) + 1];
        assertRefused(() -> protobuf(body, body.length, ContentCoding.NONE), 413, TOO_LARGE);
        assertRefused(() -> protobuf(body, -1, ContentCoding.NONE), 413, TOO_LARGE);
        assertRefused(() -> json(body, body.length, ContentCoding.NONE), 400, TOO_LARGE_JSON);
        assertRefused(() -> json(body, -1, ContentCoding.NONE), 400, TOO_LARGE_JSON);
    }

    @Test
    void tooLargeOnceDecompressed() throws IOException {
        byte[] zeros = new byte[(int) (16 * MIB) + 1];
        byte[] snappy = Snappy.compress(zeros);
        byte[] gzip = gzip(zeros);
        byte[] deflate = deflate(zeros, true);
        assertRefused(() -> protobuf(snappy, -1, ContentCoding.NONE), 400, TOO_LARGE_INSIDE);
        assertRefused(() -> json(gzip, -1, ContentCoding.GZIP), 400, TOO_LARGE_INSIDE);
        assertRefused(() -> json(deflate, -1, ContentCoding.DEFLATE), 400, TOO_LARGE_INSIDE);
        byte[] fits = Arrays.copyOf(zeros, zeros.length - 1);
        assertThat(protobuf(Snappy.compress(fits), -1, ContentCoding.NONE)).hasSize(fits.length);
        assertThat(json(gzip(fits), -1, ContentCoding.GZIP)).hasSize(fits.length);
    }

    @Test
    void claimsAreCheckedBeforeAnythingIsAllocated() {
        // A varint that claims 2 GiB less one, and nothing behind it.
        byte[] lie = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x07};
        MemoryBudget.Lease lease = Decoded.lease(MIB);
        BodyReader generous = new BodyReader(MIB, 5000 * MIB);
        assertThatThrownBy(() -> generous.protobuf(new ByteArrayInputStream(lie), lie.length, ContentCoding.NONE, lease))
                .isInstanceOf(ApiException.class)
                .hasMessage("snappy: corrupt input");
    }

    @Test
    void memoryRunsOutBeforeLimitsDo() throws IOException {
        byte[] gzip = gzip(new byte[(int) (12 * MIB)]);
        MemoryBudget.Lease lease = Decoded.lease(8 * MIB);
        assertThatThrownBy(() -> reader.json(new ByteArrayInputStream(gzip), -1, ContentCoding.GZIP, lease))
                .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(413));
    }

    @Test
    void brokenBodies() throws IOException {
        byte[] message = new byte[1000];
        new Random(2).nextBytes(message);
        byte[] gzip = gzip(message);
        assertRefused(() -> json(new byte[0], 0, ContentCoding.GZIP), 400, "EOF");
        assertRefused(() -> json(Arrays.copyOf(gzip, 500), -1, ContentCoding.GZIP), 400, "unexpected EOF");
        assertRefused(() -> json("plain text".getBytes(UTF_8), -1, ContentCoding.GZIP), 400, "gzip: invalid header");
        assertRefused(() -> json(deflate(message, false), -1, ContentCoding.DEFLATE), 400, "EOF");
        assertRefused(() -> json(Arrays.copyOf(deflate(message, true), 500), -1, ContentCoding.DEFLATE), 400, "unexpected EOF");
        assertRefused(() -> protobuf(new byte[0], 0, ContentCoding.NONE), 400, "snappy: corrupt input");
        byte[] snappy = Snappy.compress(message);
        byte[] zippedSnappy = gzip(snappy);
        for (long seed = 0; seed < 5000; seed++) {
            Random random = new Random(seed);
            boolean zipped = seed % 2 == 0;
            byte[] broken = ProtobufPushDecoderTest.mutate(zipped ? zippedSnappy : snappy, random);
            try {
                byte[] _ = protobuf(broken, -1, zipped ? ContentCoding.GZIP : ContentCoding.NONE);
            } catch (ApiException e) {
                assertThat(e.status()).as("seed %d: %s", seed, e.text()).isIn(400, 413);
            }
        }
    }

    @Test
    void contentCodings() {
        assertThat(ContentCoding.parse(null)).isEqualTo(ContentCoding.NONE);
        assertThat(ContentCoding.parse("")).isEqualTo(ContentCoding.NONE);
        assertThat(ContentCoding.parse("snappy")).isEqualTo(ContentCoding.NONE);
        assertThat(ContentCoding.parse("gzip")).isEqualTo(ContentCoding.GZIP);
        assertThat(ContentCoding.parse("deflate")).isEqualTo(ContentCoding.DEFLATE);
        assertThatThrownBy(() -> ContentCoding.parse("gzip, deflate")).hasMessage("Content-Encoding \"gzip, deflate\" not supported");
    }

    @FunctionalInterface
    private interface Reading {
        byte[] run() throws IOException;
    }

    private static void assertRefused(Reading reading, int status, String text) {
        assertThatThrownBy(reading::run)
                .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(status))
                .hasMessage(text);
    }

    private byte[] protobuf(byte[] body, long announced, ContentCoding coding) throws IOException {
        try (MemoryBudget.Lease lease = Decoded.lease(64 * MIB)) {
            return reader.protobuf(new ByteArrayInputStream(body), announced, coding, lease);
        }
    }

    private byte[] json(byte[] body, long announced, ContentCoding coding) throws IOException {
        try (MemoryBudget.Lease lease = Decoded.lease(64 * MIB)) {
            BodyReader.Piece piece = reader.json(new ByteArrayInputStream(body), announced, coding, lease);
            return Arrays.copyOf(piece.bytes(), piece.length());
        }
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    private static byte[] deflate(byte[] bytes, boolean raw) {
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, raw);
        deflater.setInput(bytes);
        deflater.finish();
        byte[] out = new byte[bytes.length + 1000];
        int n = deflater.deflate(out);
        deflater.end();
        return Arrays.copyOf(out, n);
    }
}
