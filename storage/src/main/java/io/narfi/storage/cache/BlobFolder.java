package io.narfi.storage.cache;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The blobs of a {@link BlobCache} on disk, a file each: {@code <folder>/<hh>/<key>}, the key in hex and its first two digits. Integers are
 * big-endian:
 *
 * <pre>
 *   0  u64  magic "NRFBLOB1"
 *   8  u32  CRC32C of all that follows
 *  12  u32  length of the blob
 *  16       key, 32 bytes
 *  48       the blob
 * </pre>
 */
final class BlobFolder implements AutoCloseable {
    private static final long MAGIC = 0x4e5246424c4f4231L;
    private static final int CRC_OFFSET = 8;
    private static final int CHECKED_OFFSET = 12;
    private static final int HEADER = 48;
    private static final int MAX_FILE_BYTES = 64 << 20;

    private static final class BlobNames implements CacheFolder.Names<BlobKey> {
        @Override
        public String of(BlobKey key) {
            String name = key.hex();
            return name.substring(0, 2) + "/" + name;
        }

        @Override
        public @Nullable BlobKey parse(Path path) {
            String name = path.getFileName().toString();
            if (name.length() != 2 * BlobKey.BYTES) {
                return null;
            }
            try {
                return BlobKey.read(ByteBuffer.wrap(HexFormat.of().parseHex(name)));
            } catch (IllegalArgumentException e) {
                // Not a name of ours.
                return null;
            }
        }
    }

    private final CacheFolder<BlobKey> files;

    /** @throws IOException if the folder cannot be made or read, or is another process's */
    BlobFolder(Path folder, long maxBytes, MeterRegistry registry) throws IOException {
        this.files = new CacheFolder<>(folder, maxBytes, MAX_FILE_BYTES, new BlobNames(), FolderMetrics.of(registry, "narfi_result_cache"));
    }

    /** The blob, or null if it is not here (any more). */
    byte @Nullable [] read(BlobKey key) {
        return files.read(key, file -> {
            try (FileInputStream in = new FileInputStream(file.toFile())) {
                return blob(file, key, in.readNBytes(MAX_FILE_BYTES));
            }
        });
    }

    private static byte[] blob(Path file, BlobKey key, byte[] bytes) throws CorruptFileException {
        if (bytes.length < HEADER) {
            throw new CorruptFileException(file, "wrong length");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        boolean ours = in.getLong() == MAGIC;
        int crc = in.getInt();
        int length = in.getInt();
        if (!ours || length != bytes.length - HEADER || !BlobKey.read(in).equals(key)) {
            throw new CorruptFileException(file, "another blob");
        }
        if (crc != crc(bytes)) {
            throw new CorruptFileException(file, "wrong checksum");
        }
        byte[] blob = new byte[length];
        in.get(blob);
        return blob;
    }

    private static int crc(byte[] file) {
        CRC32C crc = new CRC32C();
        crc.update(file, CHECKED_OFFSET, file.length - CHECKED_OFFSET);
        return (int) crc.getValue();
    }

    /** Keeps a blob, if the disk lets us; one that is there stays as it is. */
    void write(BlobKey key, byte[] blob) {
        if (files.contains(key)) {
            return;
        }
        ByteBuffer out = ByteBuffer.allocate(HEADER + blob.length).putLong(MAGIC).putInt(0).putInt(blob.length);
        key.write(out);
        out.put(blob).putInt(CRC_OFFSET, crc(out.array()));
        files.write(key, out.capacity(), file -> {
            try (FileOutputStream stream = new FileOutputStream(file.toFile())) {
                stream.write(out.array());
            }
        });
    }

    void drop(BlobKey key) {
        files.drop(key);
    }

    /** Bytes of all files, in whole blocks. */
    long bytes() {
        return files.bytes();
    }

    /** The bound in force. */
    long maxBytes() {
        return files.maxBytes();
    }

    /** Gives the folder up; the blobs stay for the next process. */
    @Override
    public void close() {
        files.close();
    }
}
