package io.narfi.querier.discover;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.querier.run.MemoryPool;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Bytes by series and bucket. A series is a set of labels with values, or one label with an empty value when bytes are added up by name.
 * Only buckets with bytes are kept. For one thread.
 */
public final class VolumeRows {
    /** Roughly what a series takes in memory besides its labels. */
    private static final long SERIES_BYTES = 160;
    /** Roughly what a label of a series takes. */
    private static final long LABEL_BYTES = 128;
    /** Roughly what a bucket of a series takes. */
    private static final long BUCKET_BYTES = 72;

    private final int maxSeries;
    private final MemoryPool.Budget memory;
    private final Map<Labels, SortedMap<Integer, Long>> series = new TreeMap<>();
    private long held;

    /**
     * Begins without a series.
     *
     * @param maxSeries more are an error; 0 for no limit
     * @param memory counts what is kept
     */
    public VolumeRows(int maxSeries, MemoryPool.Budget memory) {
        this.maxSeries = maxSeries;
        this.memory = requireNonNull(memory, "memory is null");
    }

    /** @throws ApiException 500 with Loki's text if there are too many series */
    public void add(Labels labels, int bucket, long bytes) {
        SortedMap<Integer, Long> buckets = series.get(labels);
        if (buckets == null) {
            if (maxSeries > 0 && series.size() >= maxSeries) {
                throw new ApiException(500, "the query hit the max number of series limit (limit: " + maxSeries + " series)");
            }
            reserve(SERIES_BYTES + LABEL_BYTES * labels.size());
            buckets = new TreeMap<>();
            series.put(labels, buckets);
        }
        if (!buckets.containsKey(bucket)) {
            reserve(BUCKET_BYTES);
        }
        buckets.merge(bucket, bytes, Long::sum);
    }

    private void reserve(long bytes) {
        memory.reserve(bytes);
        held += bytes;
    }

    /** Takes the bytes of another over, which counts for nothing from then on. */
    public void absorb(VolumeRows other) {
        other.series.forEach((labels, buckets) -> buckets.forEach((bucket, bytes) -> add(labels, bucket, bytes)));
        other.memory.release(other.held);
        other.held = 0;
    }

    /** The series in the order of their labels, each with its buckets ascending; not to be changed. */
    public Map<Labels, SortedMap<Integer, Long>> series() {
        return series;
    }
}
