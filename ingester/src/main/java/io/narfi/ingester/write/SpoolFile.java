package io.narfi.ingester.write;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A spooled segment. The file's bytes are the object's; its name tells the key, the length and the CRC32C of them:
 * {@code <writer ulid>-<sequence>-<length>-<crc>.segment}.
 */
record SpoolFile(Path path, SegmentId id, long length, int crc) {
    private static final Pattern NAME = Pattern.compile("([0-9A-Z]{26})-(\\d{12})-(\\d{1,15})-([0-9a-f]{8})\\.segment");
    private static final int BUFFER = 64 << 10;

    SpoolFile {
        requireNonNull(path, "path is null");
        requireNonNull(id, "id is null");
    }

    static SpoolFile in(Path folder, SegmentId id, long length, int crc) {
        String key = id.key().substring(SegmentId.PREFIX.length()).replace('/', '-');
        return new SpoolFile(folder.resolve(key + "-" + length + "-" + HexFormat.of().toHexDigits(crc) + ".segment"), id, length, crc);
    }

    /** What the name of a file says, null if it is not one of ours. */
    static @Nullable SpoolFile parse(Path path) {
        Matcher m = NAME.matcher(path.getFileName().toString());
        if (!m.matches()) {
            return null;
        }
        return new SpoolFile(
                path,
                new SegmentId(m.group(1), Long.parseLong(m.group(2))),
                Long.parseLong(m.group(3)),
                HexFormat.fromHexDigits(m.group(4)));
    }

    /** Whether the file still holds what was written. */
    boolean intact() throws IOException {
        CRC32C actual = new CRC32C();
        long read = 0;
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            while (channel.read(buffer) >= 0) {
                buffer.flip();
                read += buffer.remaining();
                actual.update(buffer);
                buffer.clear();
            }
        }
        return read == length && (int) actual.getValue() == crc;
    }
}
