package io.narfi.ingester.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.narfi.common.ApiException;
import io.narfi.ingester.memory.MemoryBudget;
import io.narfi.ingester.proto.Entry;
import io.narfi.ingester.proto.LabelPair;
import io.narfi.ingester.proto.PushRequest;
import io.narfi.ingester.proto.Stream;
import io.narfi.ingester.proto.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

public final class ProtobufPushDecoderTest {
    private static final long LEASE = 64 << 20;

    @Test
    void agreesWithProtobufOnValidMessages() throws InvalidProtocolBufferException {
        for (long seed = 0; seed < 300; seed++) {
            byte[] bytes = message(new Random(seed)).toByteArray();
            assertThat(decode(bytes)).as("seed %d", seed).isEqualTo(reference(bytes));
        }
    }

    /** Messages glued together are one message; fields of one stream may come in any order and twice. */
    @Test
    void mergesLikeProtobuf() throws InvalidProtocolBufferException {
        byte[] labelsLast = concat(
                Stream.newBuilder().addEntries(Entry.newBuilder().setLine(bytes("x")).setTimestamp(time(1, 2))).build().toByteArray(),
                Stream.newBuilder().setLabels(bytes("{a=\"b\"}")).build().toByteArray(),
                Stream.newBuilder().setLabels(bytes("{c=\"d\"}")).addEntries(Entry.newBuilder().setLine(bytes("y"))).build().toByteArray());
        byte[] push = concat(field(1, labelsLast), field(2, "loki".getBytes(UTF_8)), field(1, labelsLast));
        assertThat(decode(push)).isEqualTo(reference(push));
        assertThat(decode(push).streams().getFirst().labels()).isEqualTo("{c=\"d\"}");
    }

    @Test
    void mutatedMessagesNeverDoMoreThanBeRefused() {
        int agreed = 0;
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = mutate(message(random).toByteArray(), random);
            Decoded expected = null;
            try {
                expected = reference(bytes);
            } catch (InvalidProtocolBufferException | ArithmeticException e) {
                assertThat(e).isNotNull();
            }
            try (MemoryBudget.Lease lease = Decoded.lease(LEASE)) {
                Decoded actual = Decoded.of(ProtobufPushDecoder.decode(bytes, lease));
                if (expected != null) {
                    assertThat(actual).as("seed %d", seed).isEqualTo(expected);
                    agreed++;
                }
            } catch (ApiException e) {
                assertThat(e.status()).as("seed %d: %s", seed, e.text()).isEqualTo(400);
                // Go's decoder refuses a known field of another wire type, where Java's takes it for an unknown one.
                // It also refuses a varint of more than ten bytes wherever it stands.
                boolean stricter = List.of("nanos not in range", "wrong wireType", "integer overflow").stream().anyMatch(e.text()::contains);
                if (expected != null && !stricter) {
                    fail("seed %d: protobuf takes %s, we say %s", seed, HexFormat.of().formatHex(bytes), e.text());
                }
            }
        }
        assertThat(agreed).isGreaterThan(1000);
    }

    @Test
    void saysWhatIsWrongAsGoDoes() {
        assertRefused("0a", "unexpected EOF");
        assertRefused("0a05", "unexpected EOF");
        assertRefused("0affffffffffffffffff01", "proto: negative length found during unmarshaling");
        assertRefused("ffffffffffffffffffffff", "proto: integer overflow");
        assertRefused("08", "proto: wrong wireType = 0 for field Streams");
        assertRefused("00", "proto: PushRequest: illegal tag 0 (wire type 0)");
        assertRefused("0c", "proto: PushRequest: wiretype end group for non-group");
        assertRefused("1f", "proto: illegal wireType 7");
        assertRefused("1b", "unexpected EOF");
        assertRefused("0a020800", "proto: wrong wireType = 0 for field Labels");
    }

    @Test
    void skipsGroupsWithoutRecursion() {
        int depth = 100_000;
        byte[] groups = new byte[2 * depth];
        Arrays.fill(groups, 0, depth, (byte) 0x1b);
        Arrays.fill(groups, depth, 2 * depth, (byte) 0x1c);
        assertThat(decode(groups).streams()).isEmpty();
    }

    @Test
    void manyEmptyEntriesAreRefusedAndNotAllocated() {
        byte[] entries = new byte[8 << 20];
        for (int i = 0; i < entries.length; i += 2) {
            entries[i] = 0x12;
        }
        byte[] push = field(1, entries);
        try (MemoryBudget.Lease lease = Decoded.lease(32 << 20)) {
            assertThatThrownBy(() -> ProtobufPushDecoder.decode(push, lease))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(413));
        }
    }

    @Test
    void labelsTextHasABound() {
        byte[] push = field(1, field(1, new byte[17 << 20]));
        assertThatThrownBy(() -> decode(push))
                .isInstanceOf(ApiException.class)
                .hasMessage("request body too large: stream labels size 18 MB exceeds limit of 17 MB");
    }

    @Test
    void timesBeyondNanosecondsOfALongSaturate() {
        Entry far = Entry.newBuilder().setTimestamp(time(253402300799L, 1)).build();
        Entry early = Entry.newBuilder().setTimestamp(time(-62135596800L, 1)).build();
        byte[] push = PushRequest.newBuilder()
                .addStreams(Stream.newBuilder().addEntries(far).addEntries(early))
                .build()
                .toByteArray();
        List<Decoded.Entry> entries = decode(push).streams().getFirst().entries();
        assertThat(entries.get(0).timestamp()).isEqualTo(Long.MAX_VALUE);
        assertThat(entries.get(1).timestamp()).isEqualTo(Long.MIN_VALUE);
    }

    private static void assertRefused(String hex, String text) {
        assertThatThrownBy(() -> decode(HexFormat.of().parseHex(hex)))
                .as(hex)
                .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(400))
                .hasMessage(text);
    }

    private static Decoded decode(byte[] bytes) {
        try (MemoryBudget.Lease lease = Decoded.lease(LEASE)) {
            return Decoded.of(ProtobufPushDecoder.decode(bytes, lease));
        }
    }

    private static Decoded reference(byte[] bytes) throws InvalidProtocolBufferException {
        List<Decoded.Stream> streams = new ArrayList<>();
        for (Stream s : PushRequest.parseFrom(bytes).getStreamsList()) {
            List<Decoded.Entry> entries = new ArrayList<>();
            for (Entry e : s.getEntriesList()) {
                List<String> metadata = new ArrayList<>();
                for (LabelPair p : e.getStructuredMetadataList()) {
                    metadata.add(p.getName().toString(ISO_8859_1));
                    metadata.add(p.getValue().toString(ISO_8859_1));
                }
                long seconds = e.getTimestamp().getSeconds();
                long nanos = Math.addExact(Math.multiplyExact(seconds, 1_000_000_000L), e.getTimestamp().getNanos());
                entries.add(new Decoded.Entry(nanos, e.getLine().toString(ISO_8859_1), metadata));
            }
            streams.add(new Decoded.Stream(s.getLabels().toString(UTF_8), entries));
        }
        return new Decoded(streams);
    }

    static PushRequest message(Random random) {
        PushRequest.Builder push = PushRequest.newBuilder();
        if (random.nextInt(4) == 0) {
            push.setFormat("loki");
        }
        for (int s = random.nextInt(4); s > 0; s--) {
            Stream.Builder stream = Stream.newBuilder().setLabels(bytes("{app=\"a" + random.nextInt(9) + "\"}")).setHash(random.nextLong());
            for (int e = random.nextInt(6); e > 0; e--) {
                byte[] line = new byte[random.nextInt(3) == 0 ? random.nextInt(400) : random.nextInt(40)];
                random.nextBytes(line);
                Entry.Builder entry = Entry.newBuilder().setLine(ByteString.copyFrom(line));
                if (random.nextInt(8) != 0) {
                    entry.setTimestamp(time(random.nextLong(4_000_000_000L) - 1_000_000_000L, random.nextInt(1_000_000_000)));
                }
                for (int p = random.nextInt(3); p > 0; p--) {
                    entry.addStructuredMetadata(pair(random));
                }
                if (random.nextInt(5) == 0) {
                    entry.addParsed(pair(random));
                }
                stream.addEntries(entry);
            }
            push.addStreams(stream);
        }
        return push.build();
    }

    private static LabelPair pair(Random random) {
        return LabelPair.newBuilder().setName(bytes("k" + random.nextInt(20))).setValue(bytes("v" + random.nextInt(1000))).build();
    }

    private static Timestamp time(long seconds, int nanos) {
        return Timestamp.newBuilder().setSeconds(seconds).setNanos(nanos).build();
    }

    private static ByteString bytes(String s) {
        return ByteString.copyFrom(s, UTF_8);
    }

    public static byte[] mutate(byte[] bytes, Random random) {
        byte[] mutated = bytes.clone();
        for (int i = 1 + random.nextInt(3); i > 0 && mutated.length > 0; i--) {
            int at = random.nextInt(mutated.length);
            switch (random.nextInt(4)) {
                case 0 -> mutated[at] = (byte) random.nextInt(256);
                case 1 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> mutated = Arrays.copyOf(mutated, at);
                default -> mutated = concat(Arrays.copyOf(mutated, at), Arrays.copyOfRange(mutated, at + 1, mutated.length));
            }
        }
        return mutated;
    }

    private static byte[] field(int number, byte[] content) {
        byte[] head = new byte[6];
        head[0] = (byte) (number << 3 | 2);
        int n = 1;
        int length = content.length;
        while (length >= 0x80) {
            head[n++] = (byte) (length | 0x80);
            length >>>= 7;
        }
        head[n++] = (byte) length;
        return concat(Arrays.copyOf(head, n), content);
    }

    private static byte[] concat(byte[]... parts) {
        int total = 0;
        for (byte[] p : parts) {
            total += p.length;
        }
        byte[] all = new byte[total];
        int at = 0;
        for (byte[] p : parts) {
            System.arraycopy(p, 0, all, at, p.length);
            at += p.length;
        }
        return all;
    }
}
