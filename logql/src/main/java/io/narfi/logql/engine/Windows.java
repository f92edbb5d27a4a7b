package io.narfi.logql.engine;

import java.util.Arrays;

/**
 * The windows {@code (T - offset - range, T - offset]} of a grid, and the panes that they cut time into.
 *
 * <p>A sample at {@code t} is in the windows {@code [first, end)} where {@code first} is the number of windows that end before {@code t} and
 * {@code end} the number of those that start before it. Both grow with {@code t}, so their sum names the pane, and arithmetic finds it.
 */
public final class Windows {
    /** Longer ranges and offsets hold no more samples; beyond it times would overflow. */
    private static final long LONGEST = 1L << 61;

    private final long firstEnd;
    private final long range;
    private final long step;
    private final int count;
    /** Pane by {@code first + end}, -1 where no window is or no time lies. */
    private final int[] paneOf;
    /** By pane: the greatest time in it. */
    private final long[] paneEnd;

    /** By window: its panes, {@code lowPane > highPane} if it has none. */
    private final int[] lowPane;

    private final int[] highPane;

    private int paneCount;

    public Windows(StepGrid grid, long rangeNanos, long offsetNanos) {
        this.range = Math.min(rangeNanos, LONGEST);
        this.firstEnd = grid.start() - Math.clamp(offsetNanos, -LONGEST, LONGEST);
        this.step = Math.max(1, grid.step());
        this.count = grid.count();
        this.paneOf = new int[2 * count + 1];
        this.paneEnd = new long[2 * count];
        this.lowPane = new int[count];
        this.highPane = new int[count];
        Arrays.fill(paneOf, -1);
        Arrays.fill(highPane, -1);
        cut();
    }

    /** Walks over the borders in time order: a border is the end of a window, or the moment before the first of one. */
    private void cut() {
        int first = 0;
        int stop = 0;
        while (first < count) {
            long nextStart = stop < count ? windowStart(stop) : Long.MAX_VALUE;
            long nextEnd = windowEnd(first);
            long border = Math.min(nextStart, nextEnd);
            // The times after the last border, up to this one, are a pane if they are in any window.
            if (first < stop) {
                paneOf[first + stop] = paneCount;
                paneEnd[paneCount++] = border;
            }
            if (nextStart == border) {
                lowPane[stop++] = paneCount;
            }
            if (nextEnd == border) {
                highPane[first++] = paneCount - 1;
            }
        }
    }

    public int count() {
        return count;
    }

    public int paneCount() {
        return paneCount;
    }

    /** The pane of a time, -1 if no window holds it. */
    public int paneOf(long time) {
        long first = ceilDiv(time - firstEnd);
        long stop = ceilDiv(time - firstEnd + range);
        return paneOf[Math.clamp(first, 0, count) + Math.clamp(stop, 0, count)];
    }

    /** Whether no time of an interval, ends included, is in any window. */
    boolean isOutside(long first, long last) {
        if (paneOf(first) >= 0 || paneOf(last) >= 0) {
            return false;
        }
        return Math.clamp(ceilDiv(first - firstEnd), 0, count) + Math.clamp(ceilDiv(first - firstEnd + range), 0, count)
                == Math.clamp(ceilDiv(last - firstEnd), 0, count) + Math.clamp(ceilDiv(last - firstEnd + range), 0, count);
    }

    private long ceilDiv(long nanos) {
        return nanos <= 0 ? 0 : (nanos - 1) / step + 1;
    }

    /** The greatest time in a pane. */
    public long paneEnd(int pane) {
        return paneEnd[pane];
    }

    /** Whether a pane, with the times outside of any window before it, has a time in {@code [from, to)}. */
    boolean paneOverlaps(int pane, long from, long to) {
        return paneEnd[pane] >= from && (pane == 0 || paneEnd[pane - 1] < to - 1);
    }

    /** First pane of a window. */
    int lowPane(int window) {
        return lowPane[window];
    }

    /** Last pane of a window; less than the first if no time is in it. */
    int highPane(int window) {
        return highPane[window];
    }

    /** Least time in a window, exclusive. */
    long windowStart(int window) {
        return windowEnd(window) - range;
    }

    /** Greatest time in a window. */
    long windowEnd(int window) {
        return firstEnd + window * step;
    }

    /** Least time in any window. */
    public long from() {
        return firstEnd - range + 1;
    }

    /** Greatest time in any window, plus one. */
    public long to() {
        return firstEnd + (count - 1) * step + 1;
    }
}
