package io.narfi.querier.metric;

import io.narfi.common.Labels;
import io.narfi.logql.engine.LeafAccumulator;
import io.narfi.logql.engine.Windows;
import io.narfi.querier.stats.ScanStats;
import io.narfi.storage.StreamSlice.PageInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts pages by what their directory says of them, and tells which stretches of time are left to be read. A page counts whole if all
 * its rows are in the same windows. Pages that share a timestamp with one that has to be read are read as well: a scan goes by time, and
 * would see their rows again.
 */
final class PageTotals {
    /** A stretch of time, ends included. */
    record Stretch(long first, long last) {}

    private final LeafAccumulator accumulator;
    private final Windows windows;
    private final long from;
    private final long to;
    private final boolean bytes;
    private final ScanStats stats;

    /**
     * @param from pages that begin before it are read
     * @param to pages that end at or after it are read
     * @param bytes whether samples are lengths of lines, and not ones
     */
    PageTotals(LeafAccumulator accumulator, Windows windows, long from, long to, boolean bytes, ScanStats stats) {
        this.accumulator = accumulator;
        this.windows = windows;
        this.from = from;
        this.to = to;
        this.bytes = bytes;
        this.stats = stats;
    }

    /**
     * Adds what can be added.
     *
     * @param pages of one slice, in order of time; no other slice has rows in their time
     * @return what is left to be read, ascending, clipped to the range
     */
    List<Stretch> add(Labels series, List<PageInfo> pages) {
        boolean[] whole = new boolean[pages.size()];
        for (int i = 0; i < whole.length; i++) {
            PageInfo page = pages.get(i);
            int pane = windows.paneOf(page.minTime());
            int last = windows.paneOf(page.maxTime());
            // Without a pane at both ends it lies between windows, so that nothing is added, or around some, so that it is refused.
            whole[i] = (pane < 0 && last < 0)
                    ? addWhole(series, page)
                    : pane == last && page.minTime() >= from && page.maxTime() < to;
        }
        spread(pages, whole);
        List<Stretch> left = new ArrayList<>();
        for (int i = 0; i < whole.length; i++) {
            PageInfo page = pages.get(i);
            boolean outside = windows.paneOf(page.minTime()) < 0;
            if (whole[i] && (outside || addWhole(series, page))) {
                if (!outside) {
                    stats.lines += page.rows();
                    stats.postFilterLines += page.rows();
                    stats.directoryBytes += page.lineBytes();
                }
            } else if (page.maxTime() >= from && page.minTime() < to) {
                read(left, Math.max(from, page.minTime()), Math.min(to - 1, page.maxTime()));
            }
        }
        return left;
    }

    private boolean addWhole(Labels series, PageInfo page) {
        return accumulator.addWhole(
                series, page.minTime(), page.maxTime(), page.rows(), bytes ? page.lineBytes() : page.rows());
    }

    /** Neighbours that share a timestamp are read together. */
    private static void spread(List<PageInfo> pages, boolean[] whole) {
        for (int i = 1; i < whole.length; i++) {
            whole[i] &= whole[i - 1] || pages.get(i - 1).maxTime() < pages.get(i).minTime();
        }
        for (int i = whole.length - 2; i >= 0; i--) {
            whole[i] &= whole[i + 1] || pages.get(i).maxTime() < pages.get(i + 1).minTime();
        }
    }

    private static void read(List<Stretch> left, long first, long last) {
        if (!left.isEmpty() && left.getLast().last() >= first) {
            Stretch before = left.removeLast();
            left.add(new Stretch(before.first(), Math.max(before.last(), last)));
        } else {
            left.add(new Stretch(first, last));
        }
    }
}
