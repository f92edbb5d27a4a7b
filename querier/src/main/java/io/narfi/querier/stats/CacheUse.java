package io.narfi.querier.stats;

/** What a query asked of the results that are kept, of one kind. Plain fields, as in {@link ScanStats}. */
public final class CacheUse {
    /** Which results. */
    public enum Kind {
        /** Of metric queries over a range. */
        RANGE,
        /** Of metric queries of one moment. */
        INSTANT,
        /** Totals of the index. */
        STATS,
        VOLUME,
        SERIES,
        /** Names and values of labels. */
        LABELS
    }

    /** Results that were looked for. */
    public long requested;
    /** Those that were there. */
    public long found;
    public long stored;
    /** Bytes of those that were there. */
    public long bytesReceived;
    /** Bytes of those that were stored. */
    public long bytesSent;
    /** Time spent looking, in nanoseconds. */
    public long nanos;
    /** Length of the time that found results covered, in nanoseconds. */
    public long lengthServed;

    void add(CacheUse other) {
        requested += other.requested;
        found += other.found;
        stored += other.stored;
        bytesReceived += other.bytesReceived;
        bytesSent += other.bytesSent;
        nanos += other.nanos;
        lengthServed += other.lengthServed;
    }
}
