package io.narfi.storage;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.storage.FilteredSource.Purpose;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.page.PageLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A slice without the rows that filters pick. Its times and totals are bounds: those of all rows. Its pages are exact where they are counted: where a filter may
 * pick some rows of a page and not others, the page is read and counted row by row, once; all other pages are as the directory has them.
 */
final class FilteredSlice extends SliceView {
    private final List<RowFilter> filters;
    private final Purpose purpose;
    private volatile @Nullable List<PageInfo> pages;

    /** @param filters that concern the stream and touch its time */
    FilteredSlice(StreamSlice slice, List<RowFilter> filters, Purpose purpose) {
        super(slice);
        this.filters = List.copyOf(filters);
        this.purpose = requireNonNull(purpose, "purpose is null");
    }

    @Override
    public boolean isSumOfPages() {
        return false;
    }

    @Override
    public BatchCursor scan(ScanRequest request) {
        return new FilteredCursor(slice(), filters, request, purpose == Purpose.REWRITE);
    }

    @Override
    public List<PageInfo> pages() throws IOException {
        List<PageInfo> known = pages;
        if (known == null) {
            known = switch (purpose) {
                case REWRITE -> slice().pages();
                case READ -> slice().pages().stream().filter(p -> !isCovered(p)).toList();
                case COUNT -> counted(slice().pages());
            };
            pages = known;
        }
        return known;
    }

    private List<PageInfo> counted(List<PageInfo> all) throws IOException {
        boolean[] read = new boolean[all.size()];
        for (int i = 0; i < read.length; i++) {
            read[i] = isTouched(all.get(i)) && !isCovered(all.get(i));
        }
        // Scans go by time: pages that share a timestamp are read together.
        for (int i = 1; i < read.length; i++) {
            read[i] |= read[i - 1] && all.get(i - 1).maxTime() == all.get(i).minTime();
        }
        for (int i = read.length - 2; i >= 0; i--) {
            read[i] |= read[i + 1] && all.get(i).maxTime() == all.get(i + 1).minTime();
        }
        List<PageInfo> counted = new ArrayList<>();
        int i = 0;
        while (i < read.length) {
            int first = i;
            while (i < read.length && read[i]) {
                i++;
            }
            if (i > first) {
                count(all.get(first).minTime(), all.get(i - 1).maxTime(), counted);
            } else {
                if (!isCovered(all.get(i))) {
                    counted.add(all.get(i));
                }
                i++;
            }
        }
        return List.copyOf(counted);
    }

    /** Each batch that is left counts as a page. */
    private void count(long minTime, long maxTime, List<PageInfo> counted) throws IOException {
        long to = maxTime == Long.MAX_VALUE ? maxTime : maxTime + 1;
        try (BatchCursor cursor = scan(new ScanRequest(minTime, to, Direction.FORWARD, Columns.METADATA))) {
            for (EntryBatch batch = cursor.next(); batch != null; batch = cursor.next()) {
                int[] offsets = requireNonNull(batch.offsets, "the batch was read without lengths");
                long metadataBytes = 0;
                if (batch.metadata != null) {
                    for (int row = batch.start; row < batch.end; row++) {
                        metadataBytes += PageLimits.countedMetadataBytes(batch.metadata(row));
                    }
                }
                counted.add(new PageInfo(
                        batch.timestamps[batch.start],
                        batch.timestamps[batch.end - 1],
                        batch.size(),
                        offsets[batch.end] - offsets[batch.start],
                        metadataBytes));
            }
        }
    }

    private boolean isTouched(PageInfo page) {
        for (RowFilter f : filters) {
            if (f.touches(page.minTime(), page.maxTime())) {
                return true;
            }
        }
        return false;
    }

    private boolean isCovered(PageInfo page) {
        for (RowFilter f : filters) {
            if (f.covers(page.minTime(), page.maxTime())) {
                return true;
            }
        }
        return false;
    }
}
