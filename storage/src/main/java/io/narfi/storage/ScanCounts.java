package io.narfi.storage;

/** What scans cost, added up as they go. Plain fields, for the one thread that reads their cursors. */
public final class ScanCounts {
    /** Stored, that is compressed, bytes that were decoded; columns of segments that are in the cache of decoded ones cost nothing. */
    public long storedBytes;
    /** Time spent waiting for stored bytes of blocks, in nanoseconds. */
    public long waitNanos;
    /** Rows that were left out as copies of others. */
    public long duplicates;

    public void add(ScanCounts other) {
        storedBytes += other.storedBytes;
        waitNanos += other.waitNanos;
        duplicates += other.duplicates;
    }
}
