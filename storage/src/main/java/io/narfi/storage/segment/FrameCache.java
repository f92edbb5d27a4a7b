package io.narfi.storage.segment;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.page.Column;
import java.io.UncheckedIOException;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Decoded columns of segments' frames, shared by all readers of a process and bounded in bytes: many queries read the same fresh
 * segments. A column is decoded once while it stays in; callers that want it at the same time wait for the one that decodes. Safe from any
 * thread.
 */
public final class FrameCache {
    private record Key(String segment, int frame, Column column) {}

    private record Value(Object decoded, int weight) {}

    /** Decodes a column. */
    @FunctionalInterface
    interface Decoder<T> {
        T decode() throws CorruptDataException;
    }

    private static final int ENTRY_BYTES = 96;

    private final Cache<Key, Value> cache;

    /** @param maxBytes what the decoded columns may take together */
    public FrameCache(long maxBytes) {
        cache = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .<Key, Value>weigher((key, value) -> value.weight)
                .recordStats()
                .build();
    }

    @SuppressWarnings("unchecked")
    <T> T get(String segment, int frame, Column column, Decoder<T> decoder, ToLongFunction<T> bytes) throws CorruptDataException {
        try {
            Value value = cache.get(new Key(segment, frame, column), key -> {
                try {
                    T decoded = decoder.decode();
                    return new Value(decoded, (int) Math.min(Integer.MAX_VALUE, ENTRY_BYTES + bytes.applyAsLong(decoded)));
                } catch (CorruptDataException e) {
                    throw new UncheckedIOException(e);
                }
            });
            return (T) value.decoded;
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof CorruptDataException corrupt) {
                throw corrupt;
            }
            throw e;
        }
    }

    /** Bytes of decoded columns that are held now. */
    public long bytes() {
        return cache.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }

    /** Columns found in the cache since the start. */
    public long hits() {
        return cache.stats().hitCount();
    }

    /** Columns that had to be decoded since the start. */
    public long misses() {
        return cache.stats().missCount();
    }

    /** Columns thrown out for lack of room since the start. */
    public long evictions() {
        return cache.stats().evictionCount();
    }

    /** Shows the cache's size and use as metrics; once for a registry. */
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("narfi_frame_cache_bytes", this, FrameCache::bytes)
                .description("Decoded columns of segments that are held.")
                .register(registry);
        requests(registry, "hit", FrameCache::hits);
        requests(registry, "miss", FrameCache::misses);
        FunctionCounter.builder("narfi_frame_cache_evictions", this, FrameCache::evictions)
                .description("Decoded columns of segments that were thrown out for lack of room.")
                .register(registry);
    }

    private void requests(MeterRegistry registry, String result, ToDoubleFunction<FrameCache> count) {
        FunctionCounter.builder("narfi_frame_cache_requests", this, count)
                .description("Columns of segments asked for.")
                .tag("result", result)
                .register(registry);
    }

    /** Does the bookkeeping that is usually done in the background. */
    void settle() {
        cache.cleanUp();
    }
}
