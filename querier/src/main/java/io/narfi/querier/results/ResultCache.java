package io.narfi.querier.results;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.TenantLimits;
import io.narfi.querier.stats.CacheUse;
import io.narfi.querier.task.RequestCodec;
import io.narfi.querier.task.Task;
import io.narfi.storage.cache.BlobCache;
import io.narfi.storage.cache.BlobKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The kept results of tasks, by kind. Safe for any thread. */
public final class ResultCache {
    private final BlobCache blobs;
    private final Set<CacheUse.Kind> kinds;
    private final TenantLimits limits;
    private final InstantSource clock;
    private final Map<CacheUse.Kind, Counter> found = new EnumMap<>(CacheUse.Kind.class);
    private final Map<CacheUse.Kind, Counter> missed = new EnumMap<>(CacheUse.Kind.class);

    /**
     * @param kinds what is kept
     * @param limits say how old results must be ({@code max_cache_freshness_per_query})
     */
    public ResultCache(BlobCache blobs, Set<CacheUse.Kind> kinds, TenantLimits limits, InstantSource clock, MeterRegistry registry) {
        this.blobs = requireNonNull(blobs, "blobs is null");
        this.kinds = kinds.isEmpty() ? EnumSet.noneOf(CacheUse.Kind.class) : EnumSet.copyOf(kinds);
        this.limits = requireNonNull(limits, "limits is null");
        this.clock = requireNonNull(clock, "clock is null");
        for (CacheUse.Kind kind : CacheUse.Kind.values()) {
            found.put(kind, counter(registry, kind, "found", "Results of tasks that were kept."));
            missed.put(kind, counter(registry, kind, "missed", "Results of tasks that had to be computed."));
        }
    }

    private static Counter counter(MeterRegistry registry, CacheUse.Kind kind, String outcome, String description) {
        String name = kind.name().toLowerCase(Locale.ROOT);
        return Counter.builder("narfi_query_results_total").tag("kind", name).tag("outcome", outcome).description(description).register(registry);
    }

    /** Whether results of a kind are kept. */
    public boolean keeps(CacheUse.Kind kind) {
        return kinds.contains(kind);
    }

    /**
     * Whether results up to a moment are worth keeping: newer ones change with almost every segment.
     *
     * @param to nanoseconds since the epoch
     */
    boolean isSettled(String tenant, long to) {
        Instant now = clock.instant();
        long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        return to <= nanos - limits.forTenant(tenant).maxCacheFreshnessPerQuery();
    }

    /** The name of a task's result. */
    static BlobKey key(Task task) {
        Task plain = new Task(task.scope(), task.work(), task.ofSeveral(), true);
        return BlobKey.of(RequestCodec.encode(plain, 0).toByteArray());
    }

    byte @Nullable [] get(CacheUse.Kind kind, BlobKey key, CacheUse use) {
        long start = System.nanoTime();
        byte[] bytes = blobs.get(key);
        use.nanos += System.nanoTime() - start;
        use.requested++;
        if (bytes != null) {
            use.found++;
            use.bytesReceived += bytes.length;
        }
        requireNonNull((bytes == null ? missed : found).get(kind)).increment();
        return bytes;
    }

    void put(BlobKey key, byte[] bytes, CacheUse use) {
        if (blobs.put(key, bytes)) {
            use.stored++;
            use.bytesSent += bytes.length;
        }
    }

    void remove(BlobKey key) {
        blobs.remove(key);
    }
}
