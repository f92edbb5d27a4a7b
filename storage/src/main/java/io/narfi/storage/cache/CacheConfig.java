package io.narfi.storage.cache;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Bounds of the local cache.
 *
 * @param folder for the copies on disk; null keeps them in memory only
 * @param maxDiskBytes of all files together, each rounded up to whole blocks of 4 KiB
 * @param maxMemoryBytes of the pieces kept in memory
 * @param pieceBytes what is read and kept at once: a power of two between 4 KiB and 4 MiB
 */
public record CacheConfig(@Nullable Path folder, long maxDiskBytes, long maxMemoryBytes, int pieceBytes) {
    /** 10 GiB. */
    public static final long DEFAULT_DISK_BYTES = 10L << 30;

    /** 256 KiB: a GET's latency is about the transfer time of so many bytes, and 10 GiB are 40,000 files. */
    public static final int DEFAULT_PIECE_BYTES = 256 << 10;

    private static final int MIN_PIECE_BYTES = 4 << 10;
    private static final int MAX_PIECE_BYTES = 4 << 20;

    public CacheConfig {
        if (maxDiskBytes < 0 || maxMemoryBytes < 0) {
            throw new IllegalArgumentException("negative bound: disk " + maxDiskBytes + ", memory " + maxMemoryBytes);
        }
        if (pieceBytes < MIN_PIECE_BYTES || pieceBytes > MAX_PIECE_BYTES || Integer.bitCount(pieceBytes) != 1) {
            throw new IllegalArgumentException("piece size " + pieceBytes + " is not a power of two between 4 KiB and 4 MiB");
        }
    }

    /** The default sizes on disk, with a bound for memory that fits the process. */
    public static CacheConfig onDisk(Path folder, long maxMemoryBytes) {
        return new CacheConfig(folder, DEFAULT_DISK_BYTES, maxMemoryBytes, DEFAULT_PIECE_BYTES);
    }

    /** No disk: for a store that is local anyway. */
    public static CacheConfig inMemory(long maxMemoryBytes) {
        return new CacheConfig(null, 0, maxMemoryBytes, DEFAULT_PIECE_BYTES);
    }
}
