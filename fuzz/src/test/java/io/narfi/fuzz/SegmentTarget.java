package io.narfi.fuzz;

import io.narfi.common.Labels;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.segment.ChunkPool;
import io.narfi.storage.segment.FrameCache;
import io.narfi.storage.segment.SegmentBuilder;
import io.narfi.storage.segment.SegmentReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A segment: edits of a good one, or after a first byte of 255 the bytes of the object. */
public final class SegmentTarget {
    private static final byte[] GOOD = good();

    private SegmentTarget() {}

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        byte[] object = data.length > 0 && data[0] == -1 ? Arrays.copyOfRange(data, 1, data.length) : Objects.edited(GOOD, data);
        try {
            Objects.read(SegmentReader.open("key", object, new FrameCache(1 << 20)));
        } catch (CorruptDataException refused) {
            // as it should be
        }
    }

    private static byte[] good() {
        SegmentBuilder builder = new SegmentBuilder(new ChunkPool(1 << 20));
        for (int i = 0; i < 60; i++) {
            byte[] line = ("level=info n=" + i + " {\"a\":\"" + "x".repeat(i % 7) + "\"}").getBytes(StandardCharsets.UTF_8);
            builder.append(builder.stream(Objects.TENANT, Objects.stream(i % 5)), i * 1_000L, line, 0, line.length, i % 4 == 0 ? Labels.of("trace", "t" + i) : Labels.EMPTY);
        }
        try (InputStream content = builder.seal().content().newStream()) {
            return content.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
