package io.narfi.storage.cache;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Bounds of a {@link BlobCache}.
 *
 * @param folder for blobs on disk; null keeps them in memory only
 * @param maxDiskBytes of all files together, each rounded up to whole blocks of 4 KiB
 * @param maxMemoryBytes of the blobs kept in memory
 */
public record BlobCacheConfig(@Nullable Path folder, long maxDiskBytes, long maxMemoryBytes) {
    public BlobCacheConfig {
        if (maxDiskBytes < 0 || maxMemoryBytes < 0) {
            throw new IllegalArgumentException("negative bound: disk " + maxDiskBytes + ", memory " + maxMemoryBytes);
        }
    }

    /** No disk. */
    public static BlobCacheConfig inMemory(long maxMemoryBytes) {
        return new BlobCacheConfig(null, 0, maxMemoryBytes);
    }
}
