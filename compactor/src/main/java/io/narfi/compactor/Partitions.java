package io.narfi.compactor;

import io.narfi.common.EntryBatch;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.StreamSlice;
import java.io.IOException;
import java.time.LocalDate;
import java.util.SortedSet;
import java.util.TreeSet;

/** Finds out which partitions the rows of segments fall into, without reading lines. */
final class Partitions {
    private Partitions() {}

    /** Exactly those that have a row. */
    static SortedSet<Partition> of(HashShards streams, String tenant, RetentionPolicy policy) throws IOException {
        SortedSet<Partition> partitions = new TreeSet<>();
        streams.forEach(tenant, Long.MIN_VALUE, Long.MAX_VALUE, stream -> {
            long retention = policy.classOf(stream.labels());
            for (StreamSlice slice : stream.slices()) {
                for (StreamSlice.PageInfo page : slice.pages()) {
                    LocalDate first = Partition.dayOf(page.minTime());
                    LocalDate last = Partition.dayOf(page.maxTime());
                    partitions.add(new Partition(first, retention));
                    partitions.add(new Partition(last, retention));
                    if (first.plusDays(1).isBefore(last)) {
                        addDaysOfRows(slice, page, retention, partitions);
                    }
                }
            }
        });
        return partitions;
    }

    /** A page may hold lines that are years apart, and none of the days between. */
    private static void addDaysOfRows(StreamSlice slice, StreamSlice.PageInfo page, long retention, SortedSet<Partition> partitions)
            throws IOException {
        ScanRequest request = new ScanRequest(
                page.minTime(), page.maxTime(), ScanRequest.Direction.FORWARD, ScanRequest.Columns.TIMESTAMPS);
        try (BatchCursor cursor = slice.scan(request)) {
            for (EntryBatch batch = cursor.next(); batch != null; batch = cursor.next()) {
                int row = batch.start;
                while (row < batch.end) {
                    LocalDate day = Partition.dayOf(batch.timestamps[row]);
                    partitions.add(new Partition(day, retention));
                    row = batch.firstAtOrAfter(Partition.endOf(day));
                }
            }
        }
    }
}
