package io.narfi.ingester.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import io.narfi.common.ApiException;
import io.narfi.ingester.memory.MemoryBudget;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;
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

    /** What compressors make with a size and without, with checksums, in several frames, incompressible and repetitive. */
    @Test
    void zstdAndLz4RoundTrip() throws IOException {
        for (int size : new int[] {0, 1, 15, 16, 17, 100, 70_000, 300_000, 1_900_000}) {
            for (int seed = 0; seed < 3; seed++) {
                byte[] message = new byte[size];
                new Random(seed).nextBytes(message);
                Arrays.fill(message, 0, seed * size / 2, (byte) 'x');
                assertThat(otlp(Zstd.compress(message, 3), ContentCoding.ZSTD)).as("zstd of %d bytes", size).isEqualTo(message);
                assertThat(otlp(zstdStream(message), ContentCoding.ZSTD)).as("zstd stream of %d bytes", size).isEqualTo(message);
                for (LZ4FrameOutputStream.BLOCKSIZE block : LZ4FrameOutputStream.BLOCKSIZE.values()) {
                    byte[] lz4 = lz4(message, block);
                    assertThat(otlp(lz4, ContentCoding.LZ4)).as("lz4 of %d bytes in blocks of %s", size, block).isEqualTo(message);
                }
                byte[] twice = concat(lz4(message, LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB), lz4(message, LZ4FrameOutputStream.BLOCKSIZE.SIZE_4MB));
                assertThat(otlp(twice, ContentCoding.LZ4)).isEqualTo(concat(message, message));
            }
        }
        assertThat(otlp(concat(Zstd.compress(new byte[10], 3), Zstd.compress(new byte[100_000], 3)), ContentCoding.ZSTD)).hasSize(100_010);
    }

    /** The form that the C library writes by default: the second block begins with a match into the first. */
    @Test
    void lz4BlocksMayDependOnEachOther() throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes(HexFormat.of().parseHex("04224d18" + "4040"));
        frame.write(XxHash32.of(new byte[] {0x40, 0x40}, 0, 2) >>> 8);
        // Five literals; then a match of eight bytes, five back, and the end in five literals.
        block(frame, "50" + "68656c6c6f");
        block(frame, "04" + "0500" + "50" + "776f726c64");
        frame.writeBytes(new byte[4]);
        assertThat(new String(otlp(frame.toByteArray(), ContentCoding.LZ4), UTF_8)).isEqualTo("hellohellohelworld");
        byte[] independent = frame.toByteArray();
        independent[4] = 0x60;
        independent[6] = (byte) (XxHash32.of(new byte[] {0x60, 0x40}, 0, 2) >>> 8);
        assertRefused(() -> otlp(independent, ContentCoding.LZ4), 400, "lz4: invalid source or destination buffer too short");
    }

    private static void block(ByteArrayOutputStream out, String hex) {
        byte[] data = HexFormat.of().parseHex(hex);
        out.writeBytes(new byte[] {(byte) data.length, 0, 0, 0});
        out.writeBytes(data);
    }

    @Test
    void xxHashAgreesWithTheLibrary() {
        XXHash32 library = XXHashFactory.safeInstance().hash32();
        Random random = new Random(5);
        for (int size = 0; size < 200; size++) {
            byte[] bytes = new byte[size + 3];
            random.nextBytes(bytes);
            assertThat(XxHash32.of(bytes, 3, size)).as("of %d bytes", size).isEqualTo(library.hash(bytes, 3, size, 0));
        }
    }

    @Test
    void bombsOfOtlpStopAtTheLimit() throws IOException {
        byte[] zeros = new byte[(int) (16 * MIB) + 1];
        assertRefused(() -> otlp(Zstd.compress(zeros), ContentCoding.ZSTD), 400, TOO_LARGE_INSIDE);
        for (byte[] bomb : new byte[][] {zstdStream(zeros), lz4(zeros, LZ4FrameOutputStream.BLOCKSIZE.SIZE_4MB), gzip(zeros)}) {
            ContentCoding coding = bomb[0] == 0x04 ? ContentCoding.LZ4 : bomb[0] == 0x1f ? ContentCoding.GZIP : ContentCoding.ZSTD;
            assertThatThrownBy(() -> otlp(bomb, coding))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(400))
                    .hasMessageStartingWith("decompressed message size too large than max (");
        }
        byte[] large = new byte[(int) (4 * MIB) + 1];
        assertRefused(() -> otlp(large, ContentCoding.NONE), 413, TOO_LARGE);
        // A frame that claims 8 GiB.
        byte[] lie = HexFormat.of().parseHex("28b52ffde0" + "0000000002000000" + "010000");
        assertThatThrownBy(() -> otlp(lie, ContentCoding.ZSTD)).isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(400));
    }

    @Test
    void brokenZstdAndLz4() throws IOException {
        byte[] message = new byte[4000];
        new Random(2).nextBytes(message);
        Arrays.fill(message, 1000, 3000, (byte) 'x');
        byte[] zstd = Zstd.compress(message);
        byte[] lz4 = lz4(message, LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB);
        assertRefused(() -> otlp(new byte[0], ContentCoding.ZSTD), 400, "EOF");
        assertRefused(() -> otlp(new byte[0], ContentCoding.LZ4), 400, "EOF");
        assertRefused(() -> otlp("plain text".getBytes(UTF_8), ContentCoding.LZ4), 400, "lz4: bad magic number");
        for (long seed = 0; seed < 10_000; seed++) {
            Random random = new Random(seed);
            boolean zipped = seed % 2 == 0;
            byte[] broken = ProtobufPushDecoderTest.mutate(zipped ? zstd : lz4, random);
            try {
                byte[] _ = otlp(broken, zipped ? ContentCoding.ZSTD : ContentCoding.LZ4);
            } catch (ApiException e) {
                assertThat(e.status()).as("seed %d: %s", seed, e.text()).isEqualTo(400);
            }
        }
    }

    private byte[] otlp(byte[] body, ContentCoding coding) throws IOException {
        try (MemoryBudget.Lease lease = Decoded.lease(64 * MIB)) {
            BodyReader.Piece piece = reader.otlp(new ByteArrayInputStream(body), -1, coding, lease);
            assertThat(lease.held()).isEqualTo(piece.bytes().length);
            return Arrays.copyOf(piece.bytes(), piece.length());
        }
    }

    private static byte[] zstdStream(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZstdOutputStream zstd = new ZstdOutputStream(out)) {
            zstd.setChecksum(true);
            zstd.write(bytes);
        }
        return out.toByteArray();
    }

    private static byte[] lz4(byte[] bytes, LZ4FrameOutputStream.BLOCKSIZE block) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (LZ4FrameOutputStream lz4 = new LZ4FrameOutputStream(
                out, block, FLG.Bits.BLOCK_INDEPENDENCE, FLG.Bits.BLOCK_CHECKSUM, FLG.Bits.CONTENT_CHECKSUM)) {
            lz4.write(bytes);
        }
        return out.toByteArray();
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
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
