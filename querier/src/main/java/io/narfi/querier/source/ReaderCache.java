package io.narfi.querier.source;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.querier.plan.SegmentRef;
import io.narfi.storage.RowSource;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.block.BlockReader;
import io.narfi.storage.object.RangeReader;
import io.narfi.storage.segment.FrameCache;
import io.narfi.storage.segment.SegmentReader;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Open blocks (their footers) and segments (whole, in memory), bounded by the bytes they hold. Who wants an object that is just being
 * opened waits for it.
 */
public final class ReaderCache implements SourceOpener {
    private record Open(RowSource source, int weight) {}

    private final RangeReaders ranges;
    private final FrameCache frames;
    private final Cache<String, Open> open;

    /**
     * @param maxBytes what open objects may hold together
     * @param frames decoded columns of segments
     */
    public ReaderCache(RangeReaders ranges, FrameCache frames, long maxBytes, MeterRegistry registry) {
        this.ranges = requireNonNull(ranges, "ranges is null");
        this.frames = requireNonNull(frames, "frames is null");
        this.open = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .<String, Open>weigher((key, value) -> value.weight())
                .recordStats()
                .build();
        Gauge.builder("narfi_reader_cache_bytes", this, ReaderCache::bytes)
                .description("Bytes that open blocks and segments hold.")
                .register(registry);
        FunctionCounter.builder("narfi_reader_cache_hits_total", open, c -> c.stats().hitCount())
                .description("Objects that a task found open.")
                .register(registry);
        FunctionCounter.builder("narfi_reader_cache_misses_total", open, c -> c.stats().missCount())
                .description("Objects that a task had to open.")
                .register(registry);
    }

    /** Bytes that open objects hold. */
    public long bytes() {
        return open.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }

    @Override
    public RowSource open(BlockMeta block) throws IOException {
        return get(block.key(), () -> {
            BlockReader reader = BlockReader.open(ranges.reader(block.key(), block.size()), block);
            return new Open(reader, weight(reader.memoryBytes()));
        });
    }

    @Override
    public RowSource open(SegmentRef segment) throws IOException {
        String key = segment.id().key();
        return get(key, () -> {
            RangeReader bytes = ranges.reader(key, segment.size());
            SegmentReader reader = SegmentReader.open(key, bytes.read(0, Math.toIntExact(segment.size())), frames);
            return new Open(reader, weight(reader.memoryBytes()));
        });
    }

    @FunctionalInterface
    private interface Opener {
        Open open() throws IOException;
    }

    private RowSource get(String key, Opener opener) throws IOException {
        try {
            return open.get(key, k -> {
                try {
                    return opener.open();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }).source();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static int weight(long bytes) {
        return (int) Math.min(Integer.MAX_VALUE, bytes);
    }
}
