package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives readers the data as of now: lists the segments first and reads the catalog after, because a segment that is consumed in between is then
 * seen in both and dropped by its id, while in the other order its rows would be in neither. Calls that come together share one reading, but
 * never one that began before they came. Safe from any thread.
 */
public final class SnapshotReader {
    private static final Logger log = LoggerFactory.getLogger(SnapshotReader.class);

    private final Catalog catalog;
    private final ObjectStore store;
    private final SegmentLister lister;
    private final int manySegments;
    private final SharedCall<Snapshot> shared;
    private final AtomicInteger outstanding = new AtomicInteger();
    private final Timer timer;
    private final Counter overfull;

    /** @param manySegments number of live segments from which on the metric {@code narfi_segments_excess} warns that compaction lags behind */
    public SnapshotReader(ObjectStore store, Catalog catalog, int manySegments, MeterRegistry registry) {
        this.catalog = requireNonNull(catalog, "catalog is null");
        this.store = requireNonNull(store, "store is null");
        this.lister = new SegmentLister(store);
        this.manySegments = manySegments;
        this.shared = new SharedCall<>("snapshot", this::read);
        this.timer = Timer.builder("narfi_snapshot_duration")
                .description("Time to list segments and read the catalog.")
                .tag("component", catalog.component())
                .register(registry);
        this.overfull = Counter.builder("narfi_segments_excess")
                .description("Snapshots that held more live segments than compaction should leave.")
                .tag("component", catalog.component())
                .register(registry);
        Gauge.builder("narfi_segments_outstanding", outstanding, AtomicInteger::get)
                .description("Live segments in the last snapshot.")
                .tag("component", catalog.component())
                .register(registry);
    }

    /**
     * Everything that was written before this call.
     *
     * @throws java.io.InterruptedIOException if the caller is interrupted while it waits; others that wait for the same reading are not disturbed
     */
    public Snapshot snapshot() throws IOException {
        return shared.get();
    }

    /** The catalog with everything that was committed before this call. */
    public CatalogState catalog() throws IOException {
        return catalog.refresh();
    }

    /** A view of the same bucket for one reader that follows new segments. */
    public SegmentFeed feed() {
        return new SegmentFeed(store);
    }

    private Snapshot read() throws IOException {
        long start = System.nanoTime();
        // What an old state calls consumed is consumed for ever.
        List<LiveSegment> listed = lister.list(catalog.current().consumed());
        CatalogState state = catalog.refresh();
        List<LiveSegment> live = new ArrayList<>(listed.size());
        for (LiveSegment s : listed) {
            if (!state.consumed().contains(s.id())) {
                live.add(s);
            }
        }
        timer.record(Duration.ofNanos(System.nanoTime() - start));
        outstanding.set(live.size());
        if (live.size() > manySegments) {
            overfull.increment();
            log.warn("compaction lags behind segments={} expected_at_most={}", live.size(), manySegments);
        }
        return new Snapshot(state, live);
    }
}
