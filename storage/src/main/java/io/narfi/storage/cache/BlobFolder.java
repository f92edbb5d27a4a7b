package io.narfi.storage.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
 *
 * Files are written aside and renamed; they are not fsynced, for what a power cut tears the checksum finds. A file that is not what it should
 * be is dropped and counted. The index is in memory, and rebuilt at start from names and sizes.
 */
final class BlobFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BlobFolder.class);
    private static final long MAGIC = 0x4e5246424c4f4231L;
    private static final int CRC_OFFSET = 8;
    private static final int CHECKED_OFFSET = 12;
    private static final int HEADER = 48;
    private static final int MAX_FILE_BYTES = 64 << 20;
    private static final int BLOCK = 4 << 10;

    private final Path folder;
    private final FileChannel lock;
    private final Cache<BlobKey, Integer> index;
    private final AtomicLong temporary = new AtomicLong();
    private final Counter evictions;
    private final Counter corrupt;
    private final Counter errors;

    BlobFolder(Path folder, long maxBytes, MeterRegistry registry) throws IOException {
        this.folder = folder;
        this.evictions = registry.counter("narfi_result_cache_evictions", "tier", "disk");
        this.corrupt = registry.counter("narfi_result_cache_errors", "kind", "corrupt");
        this.errors = registry.counter("narfi_result_cache_errors", "kind", "disk");
        Files.createDirectories(folder);
        this.lock = lock(folder.resolve("lock"));
        this.index = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((BlobKey key, Integer bytes) -> bytes)
                .executor(Runnable::run)
                .evictionListener((@Nullable BlobKey key, @Nullable Integer bytes, RemovalCause cause) -> {
                    if (key != null) {
                        evictions.increment();
                        delete(key);
                    }
                })
                .build();
        try {
            rebuild();
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static FileChannel lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock held = channel.tryLock();
            if (held != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new IOException("the folder of results is in use by this process already: " + file.getParent(), e);
        }
        channel.close();
        throw new IOException("the folder of results is in use by another process: " + file.getParent());
    }

    private void rebuild() throws IOException {
        for (Path first : children(folder)) {
            if (!Files.isDirectory(first)) {
                continue;
            }
            for (Path file : children(first)) {
                BlobKey key = parse(file.getFileName().toString());
                long size = Files.size(file);
                if (key != null && size <= MAX_FILE_BYTES) {
                    index.put(key, weight(size));
                } else {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static @Nullable BlobKey parse(String name) {
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

    byte @Nullable [] read(BlobKey key) {
        if (index.getIfPresent(key) == null) {
            return null;
        }
        try (FileInputStream in = new FileInputStream(file(key).toFile())) {
            byte[] bytes = in.readNBytes(MAX_FILE_BYTES);
            byte[] blob = check(key, bytes);
            if (blob == null) {
                corrupt.increment();
                LOG.warn("dropping a bad result file={}", file(key));
                drop(key);
            }
            return blob;
        } catch (FileNotFoundException e) {
            // Evicted since the index was asked, or deleted by a person.
            index.asMap().computeIfPresent(key, (k, bytes) -> Files.exists(file(k)) ? bytes : null);
        } catch (IOException e) {
            errors.increment();
            LOG.warn("cannot read a result: {}", e.toString());
            drop(key);
        }
        return null;
    }

    private static byte @Nullable [] check(BlobKey key, byte[] bytes) {
        if (bytes.length < HEADER) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        boolean ours = in.getLong() == MAGIC;
        int crc = in.getInt();
        int length = in.getInt();
        if (!ours || length != bytes.length - HEADER || !BlobKey.read(in).equals(key) || crc != crc(bytes)) {
            return null;
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
        if (index.getIfPresent(key) != null) {
            return;
        }
        ByteBuffer out = ByteBuffer.allocate(HEADER + blob.length).putLong(MAGIC).putInt(0).putInt(blob.length);
        key.write(out);
        out.put(blob).putInt(CRC_OFFSET, crc(out.array()));
        Path target = file(key);
        Path file = target.resolveSibling(target.getFileName() + "." + temporary.incrementAndGet() + ".tmp");
        try {
            Files.createDirectories(target.getParent());
            try {
                try (FileOutputStream stream = new FileOutputStream(file.toFile())) {
                    stream.write(out.array());
                }
                Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(file);
            }
            index.put(key, weight(out.capacity()));
        } catch (IOException e) {
            errors.increment();
            LOG.debug("cannot keep a result", e);
        }
    }

    void drop(BlobKey key) {
        index.asMap().compute(key, (k, bytes) -> {
            delete(k);
            return null;
        });
    }

    private void delete(BlobKey key) {
        try {
            Files.deleteIfExists(file(key));
        } catch (IOException e) {
            errors.increment();
            LOG.debug("cannot delete a result", e);
        }
    }

    long bytes() {
        return index.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }

    private static int weight(long bytes) {
        return Math.toIntExact((bytes + BLOCK - 1) / BLOCK * BLOCK);
    }

    private Path file(BlobKey key) {
        String name = key.hex();
        return folder.resolve(name.substring(0, 2)).resolve(name);
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("cannot close the lock of {}", folder, e);
        }
    }
}
