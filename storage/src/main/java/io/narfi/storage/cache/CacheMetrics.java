package io.narfi.storage.cache;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What the cache counts; per piece, not per read. */
final class CacheMetrics {
    final Counter memoryHits;
    final Counter diskHits;
    final Counter misses;
    final Counter joined;
    final Counter fetches;
    final Counter fetchedBytes;
    final Counter memoryEvictions;
    final FolderMetrics disk;

    CacheMetrics(MeterRegistry registry) {
        memoryHits = registry.counter("narfi_cache_hits", "tier", "memory");
        diskHits = registry.counter("narfi_cache_hits", "tier", "disk");
        misses = registry.counter("narfi_cache_misses");
        joined = registry.counter("narfi_cache_joined");
        fetches = registry.counter("narfi_cache_fetches");
        fetchedBytes = registry.counter("narfi_cache_fetched_bytes");
        memoryEvictions = registry.counter("narfi_cache_evictions", "tier", "memory");
        disk = FolderMetrics.of(registry, "narfi_cache");
    }
}
