package io.narfi.querier.stats;

import io.narfi.storage.ScanCounts;
import java.util.EnumMap;
import java.util.Map;

/**
 * Counters of what one task, or a whole query, looked at. Plain fields for one thread; whoever merges the counters of several tasks holds
 * a lock.
 *
 * <p>Bytes of lines fall into three classes: those of pages that the page directory alone answered, those of rows whose small columns
 * (times, lengths, metadata) were enough, and those that were read.
 */
public final class ScanStats {
    /** Streams that matched the selector, once per task. */
    public long streams;
    /** Stretches of streams, each in one object, that overlapped the range. */
    public long chunks;
    /** Those of them of which any column was read. */
    public long chunksRead;
    /** Rows that were looked at, counted ones included. */
    public long lines;
    /** Bytes of lines whose text was read. */
    public long lineBytes;
    /** Bytes of lines whose page was counted from the page directory. */
    public long directoryBytes;
    /** Bytes of lines of which only small columns were read. */
    public long columnBytes;
    public long metadataBytes;
    /** Rows that passed the pipeline. */
    public long postFilterLines;
    /** Time spent finding streams, in nanoseconds. */
    public long indexNanos;
    /** Time spent in tasks, in nanoseconds. */
    public long execNanos;

    /** What it cost to read the rows. */
    public final ScanCounts reads = new ScanCounts();

    private final Map<CacheUse.Kind, CacheUse> caches = new EnumMap<>(CacheUse.Kind.class);

    /** What was asked of the kept results of a kind. */
    public CacheUse cache(CacheUse.Kind kind) {
        return caches.computeIfAbsent(kind, k -> new CacheUse());
    }

    public void add(ScanStats other) {
        other.caches.forEach((kind, use) -> cache(kind).add(use));
        streams += other.streams;
        chunks += other.chunks;
        chunksRead += other.chunksRead;
        lines += other.lines;
        lineBytes += other.lineBytes;
        directoryBytes += other.directoryBytes;
        columnBytes += other.columnBytes;
        metadataBytes += other.metadataBytes;
        postFilterLines += other.postFilterLines;
        indexNanos += other.indexNanos;
        execNanos += other.execNanos;
        reads.add(other.reads);
    }
}
