package io.narfi.benchmarks.macro;

import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.object.FilesystemObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;

/** Looks into the servers' object store from the side. */
final class StoreFolder {
    private static final int MANY_SEGMENTS = 1_000_000;

    private final SnapshotReader reader;

    StoreFolder(Path folder, MeterRegistry registry) throws IOException {
        FilesystemObjectStore store = new FilesystemObjectStore(folder);
        reader = new SnapshotReader(store, new Catalog(store, "benchmark", InstantSource.system(), registry), MANY_SEGMENTS, registry);
    }

    /** Segments whose rows are in no block yet. */
    int pendingSegments() throws IOException {
        return reader.snapshot().segments().size();
    }

    /** Bytes of the live blocks. */
    long blockBytes() throws IOException {
        long[] sum = new long[1];
        reader.snapshot().catalog().forEachBlock((BlockMeta b) -> sum[0] += b.size());
        return sum[0];
    }
}
