package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.storage.object.ObjectStore.ObjectInfo;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;

/** Keeps the log short: writes checkpoints and deletes what they replace. Any number of processes may do it at once. */
public final class CatalogUpkeep {
    private final Catalog catalog;
    private final long checkpointEvery;
    private final Duration grace;
    private final InstantSource clock;
    private final Counter checkpoints;
    private final Counter deletions;

    /**
     * @param checkpointEvery commits between checkpoints, 1 or more
     * @param grace how old a checkpoint must be before what it replaces is deleted; longer than any process is likely to be suspended
     */
    public CatalogUpkeep(Catalog catalog, long checkpointEvery, Duration grace, InstantSource clock, MeterRegistry registry) {
        this.catalog = requireNonNull(catalog, "catalog is null");
        if (checkpointEvery < 1) {
            throw new IllegalArgumentException("checkpointEvery out of range: " + checkpointEvery);
        }
        this.checkpointEvery = checkpointEvery;
        this.grace = requireNonNull(grace, "grace is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.checkpoints = Counter.builder("narfi_catalog_checkpoints")
                .description("Checkpoints of the catalog written.")
                .register(registry);
        this.deletions = Counter.builder("narfi_catalog_versions_deleted")
                .description("Commits and checkpoints deleted, because a checkpoint replaces them.")
                .register(registry);
    }

    /** Writes a checkpoint if enough was committed since the last one. */
    public void checkpointIfDue() throws IOException {
        CatalogState state = catalog.refresh();
        if (state.version() - catalog.newestCheckpoint() >= checkpointEvery) {
            catalog.objects().createCheckpoint(state);
            checkpoints.increment();
        }
    }

    /**
     * Deletes the commits up to the newest checkpoint that is older than the grace period, and all checkpoints before it. At least two checkpoints
     * stay, and the commits since the older one, so that damage to the newest does no harm.
     *
     * @return number of objects deleted
     */
    public int clean() throws IOException {
        CatalogLog.Versions all = catalog.objects().listFrom(0);
        if (all.checkpoints().size() < 2) {
            return 0;
        }
        NavigableMap<Long, ObjectInfo> candidates = all.checkpoints().headMap(all.checkpoints().lastKey(), false);
        long cutoff = clock.millis() - grace.toMillis();
        long base = 0;
        for (Map.Entry<Long, ObjectInfo> e : candidates.descendingMap().entrySet()) {
            if (e.getValue().lastModifiedMillis() <= cutoff) {
                base = e.getKey();
                break;
            }
        }
        List<String> keys = new ArrayList<>();
        all.commits().headMap(base, true).values().forEach(o -> keys.add(o.key()));
        all.checkpoints().headMap(base, false).values().forEach(o -> keys.add(o.key()));
        catalog.objects().delete(keys);
        deletions.increment(keys.size());
        return keys.size();
    }
}
