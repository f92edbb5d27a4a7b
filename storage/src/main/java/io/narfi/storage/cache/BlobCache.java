package io.narfi.storage.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what was computed from immutable objects, by a key that names all that it was computed from: a blob is never stale, only there or
 * not. Hot blobs are in memory; what memory has no room for goes to disk, and on {@link #close} the rest, for the next process. A process
 * that is killed loses what was in memory alone, and only has to compute it again.
 *
 * <p>Safe from any thread. Arrays that go in and out are shared: nobody may change them.
 */
public final class BlobCache implements AutoCloseable {
    /** What an entry takes in memory besides its bytes. */
    private static final int ENTRY_BYTES = 128;

    /** A single blob may take at most this part of the memory tier. */
    private static final int MEMORY_SHARE = 16;

    private final Cache<BlobKey, byte[]> memory;
    private final @Nullable BlobFolder disk;
    private final long maxMemoryBlob;
    private final Counter memoryHits;
    private final Counter diskHits;
    private final Counter misses;
    private final Counter tooLarge;
    private final Counter memoryEvictions;

    /** @throws IOException if the folder cannot be made or read, or is another process's */
    public BlobCache(BlobCacheConfig config, MeterRegistry registry) throws IOException {
        this.memoryHits = counter(registry, "narfi_result_cache_hits", "tier", "memory");
        this.diskHits = counter(registry, "narfi_result_cache_hits", "tier", "disk");
        this.misses = registry.counter("narfi_result_cache_misses");
        this.tooLarge = registry.counter("narfi_result_cache_refused");
        this.memoryEvictions = counter(registry, "narfi_result_cache_evictions", "tier", "memory");
        this.disk = config.folder() == null || config.maxDiskBytes() == 0
                ? null
                : new BlobFolder(config.folder(), config.maxDiskBytes(), registry);
        this.maxMemoryBlob = config.maxMemoryBytes() / MEMORY_SHARE;
        this.memory = Caffeine.newBuilder()
                .maximumWeight(config.maxMemoryBytes())
                .weigher((BlobKey key, byte[] bytes) -> ENTRY_BYTES + bytes.length)
                .executor(Runnable::run)
                .evictionListener(this::evicted)
                .build();
        registry.gauge("narfi_result_cache_memory_bytes", this, BlobCache::memoryBytes);
        registry.gauge("narfi_result_cache_disk_bytes", this, BlobCache::diskBytes);
        registry.gauge("narfi_result_cache_disk_max_bytes", this, c -> c.disk == null ? 0 : c.disk.maxBytes());
    }

    private static Counter counter(MeterRegistry registry, String name, String tag, String value) {
        return registry.counter(name, tag, value);
    }

    private void evicted(@Nullable BlobKey key, byte @Nullable [] bytes, RemovalCause cause) {
        memoryEvictions.increment();
        if (key != null && bytes != null && disk != null) {
            disk.write(key, bytes);
        }
    }

    /** The blob, or null if it is not here. */
    public byte @Nullable [] get(BlobKey key) {
        byte[] bytes = memory.getIfPresent(key);
        if (bytes != null) {
            memoryHits.increment();
            return bytes;
        }
        bytes = disk == null ? null : disk.read(key);
        if (bytes == null) {
            misses.increment();
            return null;
        }
        diskHits.increment();
        if (bytes.length <= maxMemoryBlob) {
            memory.put(key, bytes);
        }
        return bytes;
    }

    /** Keeps a blob, unless it is too large to be worth the others' room. Returns whether it was kept. */
    public boolean put(BlobKey key, byte[] bytes) {
        if (bytes.length > maxMemoryBlob) {
            tooLarge.increment();
            return false;
        }
        memory.put(key, bytes);
        return true;
    }

    /** Forgets a blob that its reader cannot make sense of. */
    public void remove(BlobKey key) {
        memory.invalidate(key);
        if (disk != null) {
            disk.drop(key);
        }
    }

    /** Bytes in memory now. */
    public long memoryBytes() {
        return memory.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }

    /** Bytes of files now. */
    public long diskBytes() {
        return disk == null ? 0 : disk.bytes();
    }

    /** Writes what is in memory alone to disk, and gives the folder up. */
    @Override
    public void close() {
        BlobFolder folder = disk;
        if (folder != null) {
            for (Map.Entry<BlobKey, byte[]> e : memory.asMap().entrySet()) {
                folder.write(e.getKey(), e.getValue());
            }
            folder.close();
        }
    }
}
