package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Ulids;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.time.InstantSource;

/** What all work needs that takes rows from segments or blocks and writes them into new blocks. Safe from any thread. */
record RewriteContext(
        ObjectStore store,
        Catalog catalog,
        SnapshotReader snapshots,
        RetentionLimits limits,
        CompactorConfig config,
        WorkingDirectory folder,
        InstantSource clock,
        CompactorMetrics metrics,
        Ulids ulids) {
    RewriteContext {
        requireNonNull(store, "store is null");
        requireNonNull(catalog, "catalog is null");
        requireNonNull(snapshots, "snapshots is null");
        requireNonNull(limits, "limits is null");
        requireNonNull(config, "config is null");
        requireNonNull(folder, "folder is null");
        requireNonNull(clock, "clock is null");
        requireNonNull(metrics, "metrics is null");
        requireNonNull(ulids, "ulids is null");
    }

    /** What is left out of a tenant's blocks that are written now. */
    Removal removal(CatalogState state, String tenant) {
        return config.retentionEnabled() ? Removal.of(state.deletes(tenant), limits.forTenant(tenant)) : Removal.NONE;
    }

    LocalBlock download(BlockMeta block) throws IOException {
        return LocalBlock.download(store, block.key(), block.size(), folder.newFile(block.id() + ".input"));
    }
}
