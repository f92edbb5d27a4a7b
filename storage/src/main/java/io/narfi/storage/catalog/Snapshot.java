package io.narfi.storage.catalog;

import java.util.List;

/**
 * All data at one moment: the live blocks, and the segments whose rows are in none of them yet (in the order of keys). What was acknowledged
 * before the call that made it is in exactly one of the two, copies by a client's retry aside.
 */
public record Snapshot(CatalogState catalog, List<LiveSegment> segments) {
    public Snapshot {
        segments = List.copyOf(segments);
    }
}
