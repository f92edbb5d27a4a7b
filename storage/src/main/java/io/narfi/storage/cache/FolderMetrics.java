package io.narfi.storage.cache;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What a folder of cached files counts. */
record FolderMetrics(Counter evictions, Counter corrupt, Counter readErrors, Counter writeErrors, Counter deleteErrors) {
    /** @param cache the name of the cache, with which those of the meters begin */
    static FolderMetrics of(MeterRegistry registry, String cache) {
        String errors = cache + "_errors";
        return new FolderMetrics(
                registry.counter(cache + "_evictions", "tier", "disk"),
                registry.counter(errors, "kind", "corrupt"),
                registry.counter(errors, "kind", "read"),
                registry.counter(errors, "kind", "write"),
                registry.counter(errors, "kind", "delete"));
    }
}
