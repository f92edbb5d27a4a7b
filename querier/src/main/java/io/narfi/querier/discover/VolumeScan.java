package io.narfi.querier.discover;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.stats.ScanStats;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.StreamGroup;
import io.narfi.storage.StreamGroup.Part;
import io.narfi.storage.StreamSlice.PageInfo;
import io.narfi.storage.page.PageLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Adds up the bytes of streams. Where only one object has rows, a page inside a bucket counts by what the directory says; lengths and
 * metadata are read of pages that lie across the border of a bucket or of the range, and where objects overlap, so that a row with copies
 * counts once.
 */
public final class VolumeScan {
    private final VolumeSpec spec;
    private final Buckets buckets;
    private final QueryContext context;
    private final ScanStats stats;
    private final VolumeRows rows;
    private final long from;
    private final long to;
    private final long[] bytes;

    /** The buckets of the current stream that have bytes lie in here. */
    private int firstUsed;

    private int lastUsed;

    public VolumeScan(VolumeSpec spec, TaskScope scope, QueryContext context, ScanStats stats) {
        this.spec = requireNonNull(spec, "spec is null");
        this.buckets = spec.buckets();
        this.context = requireNonNull(context, "context is null");
        this.stats = requireNonNull(stats, "stats is null");
        this.rows = new VolumeRows(spec.maxSeries(), context.memory());
        this.from = Math.max(scope.from(), buckets.start());
        this.to = Math.min(scope.to(), buckets.end() == Long.MAX_VALUE ? Long.MAX_VALUE : buckets.end() + 1);
        this.bytes = new long[buckets.count()];
    }

    public VolumeRows run(List<StreamGroup> streams) throws IOException {
        for (StreamGroup stream : streams) {
            context.check();
            firstUsed = bytes.length;
            lastUsed = -1;
            for (Part part : stream.parts(from, to)) {
                if (part.isSingle()) {
                    count(new StreamGroup(stream.labels(), part.sources()), part.pages());
                } else {
                    scan(stream, Math.max(from, part.minTime()), part.maxTime(), hasMetadata(part.pages()));
                }
            }
            take(stream.labels());
        }
        return rows;
    }

    /** Counts the pages of one object; those that share a timestamp stand or fall together, because rows are read by their time. */
    private void count(StreamGroup alone, List<PageInfo> pages) throws IOException {
        int i = 0;
        while (i < pages.size()) {
            int next = i + 1;
            while (next < pages.size() && pages.get(next).minTime() <= pages.get(next - 1).maxTime()) {
                next++;
            }
            List<PageInfo> together = pages.subList(i, next);
            long first = together.getFirst().minTime();
            long last = together.getLast().maxTime();
            i = next;
            if (last < from || first >= to) {
                continue;
            }
            if (first >= from && last < to && buckets.of(first) == buckets.of(last)) {
                for (PageInfo page : together) {
                    stats.lines += page.rows();
                    stats.directoryBytes += page.lineBytes();
                    add(buckets.of(first), page.lineBytes() + page.metadataBytes());
                }
            } else {
                scan(alone, Math.max(first, from), Math.min(last, to - 1), hasMetadata(together));
            }
        }
    }

    private static boolean hasMetadata(List<PageInfo> pages) {
        return pages.stream().anyMatch(page -> page.metadataBytes() > 0);
    }

    /** @param last last moment, inside the range */
    private void scan(StreamGroup stream, long first, long last, boolean metadata) throws IOException {
        long end = last >= to ? to : last + 1;
        if (first >= end) {
            return;
        }
        Columns columns = metadata ? Columns.METADATA : Columns.LENGTHS;
        try (BatchCursor cursor = stream.scan(new ScanRequest(first, end, Direction.FORWARD, columns, stats.reads))) {
            for (EntryBatch batch = cursor.next(); batch != null; batch = cursor.next()) {
                context.check();
                addRows(batch);
            }
        }
    }

    private void addRows(EntryBatch batch) {
        int[] metadataBytes = metadataBytes(batch);
        int[] ids = batch.metadataIds;
        int row = batch.start;
        while (row < batch.end) {
            int bucket = buckets.of(batch.timestamps[row]);
            long last = buckets.last(bucket);
            long sum = 0;
            for (; row < batch.end && batch.timestamps[row] <= last; row++) {
                int length = batch.lineLength(row);
                stats.columnBytes += length;
                sum += length;
                if (ids != null && metadataBytes.length > 0) {
                    sum += metadataBytes[ids[row]];
                }
            }
            add(bucket, sum);
        }
        stats.lines += batch.size();
    }

    /** Bytes of each set of metadata of a batch; none if there are no sets. */
    private static int[] metadataBytes(EntryBatch batch) {
        Labels[] sets = batch.metadata;
        if (sets == null) {
            return new int[0];
        }
        int[] sizes = new int[sets.length];
        for (int i = 0; i < sets.length; i++) {
            sizes[i] = PageLimits.countedMetadataBytes(sets[i]);
        }
        return sizes;
    }

    private void add(int bucket, long n) {
        bytes[bucket] += n;
        firstUsed = Math.min(firstUsed, bucket);
        lastUsed = Math.max(lastUsed, bucket);
    }

    /** Adds what was counted to the series of a stream. */
    private void take(Labels stream) {
        if (lastUsed < 0) {
            return;
        }
        for (Labels series : series(stream)) {
            for (int bucket = firstUsed; bucket <= lastUsed; bucket++) {
                if (bytes[bucket] > 0) {
                    rows.add(series, bucket, bytes[bucket]);
                }
            }
        }
        Arrays.fill(bytes, firstUsed, lastUsed + 1, 0);
    }

    private List<Labels> series(Labels stream) {
        List<Labels> series = new ArrayList<>();
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < stream.size(); i++) {
            if (!spec.targets().isEmpty() && !spec.targets().contains(stream.name(i))) {
                continue;
            }
            if (spec.byName()) {
                series.add(Labels.of(stream.name(i), ""));
            } else {
                pairs.add(stream.name(i));
                pairs.add(stream.value(i));
            }
        }
        if (!spec.byName()) {
            series.add(Labels.ofSorted(pairs.toArray(String[]::new)));
        }
        return series;
    }
}
