package io.narfi.logql.engine;

import io.narfi.common.Labels;
import java.nio.ByteBuffer;

/** A series as cells for a run of panes that grows to hold its samples. */
final class PaneSeries extends SeriesSamples {
    private static final int FIRST_CELLS = 8;
    private static final int OBJECT_BYTES = 160;

    private final Windows windows;
    private final MemoryBudget budget;
    /** Cells of the panes {@code [base, base + cells.size())}. */
    private Cells cells;

    private int base;
    /** The cell of the times {@code [currentFrom, currentTo]}; none if the interval is empty. */
    private int current;

    private long currentFrom = 1;
    private long currentTo;

    PaneSeries(Labels labels, Windows windows, RangeFunction function, MemoryBudget budget) {
        super(labels);
        this.windows = windows;
        this.budget = budget;
        this.cells = function.cells(0);
        budget.reserve(OBJECT_BYTES);
    }

    @Override
    void add(long time, double value) {
        if (time >= currentFrom && time <= currentTo) {
            cells.add(current, time, value);
        } else if (locate(time)) {
            cells.add(current, time, value);
        }
    }

    /** Makes the cell of a time current; false if no window holds it. */
    private boolean locate(long time) {
        int pane = windows.paneOf(time);
        if (pane < 0) {
            return false;
        }
        cover(pane, pane);
        current = pane - base;
        currentFrom = time;
        currentTo = windows.paneEnd(pane);
        return true;
    }

    private void cover(int from, int to) {
        int size = cells.size();
        if (size > 0 && from >= base && to < base + size) {
            return;
        }
        int newBase = size == 0 ? from : from < base ? Math.max(0, Math.min(from, base - size)) : base;
        int end = size == 0 ? to + 1 : Math.max(to + 1, base + size);
        int roomy = newBase + Math.max(end - newBase, to >= base + size ? Math.max(FIRST_CELLS, 2 * size) : 0);
        int newEnd = Math.min(windows.paneCount(), Math.max(end, roomy));
        budget.reserve((long) (newEnd - newBase - size) * cells.bytesPerCell());
        Cells grown = cells.fresh(newEnd - newBase);
        grown.copyFrom(cells, 0, base - newBase, size);
        cells = grown;
        current += base - newBase;
        base = newBase;
    }

    @Override
    void addAll(long[] times, double[] values, int from, int to) {
        int i = from;
        while (i < to) {
            if (locate(times[i])) {
                int end = runEnd(times, i, to);
                cells.addAll(current, times, values, i, end);
                i = end;
            } else {
                i++;
            }
        }
    }

    @Override
    void addOnes(long[] times, int from, int to) {
        int i = from;
        while (i < to) {
            if (locate(times[i])) {
                int end = runEnd(times, i, to);
                cells.addOnes(current, times, i, end);
                i = end;
            } else {
                i++;
            }
        }
    }

    /** Index after the last time in the current pane. */
    private int runEnd(long[] times, int from, int to) {
        if (times[to - 1] <= currentTo) {
            return to;
        }
        int low = from;
        int step = 1;
        while (low + step < to && times[low + step] <= currentTo) {
            low += step;
            step <<= 1;
        }
        int high = Math.min(to - 1, low + step);
        // times[low] is in the pane, times[high] is not.
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (times[middle] <= currentTo) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    /**
     * Adds many samples at once, known by number and sum only, as a page's directory tells.
     *
     * @param first the least of their times
     * @param last the greatest
     * @return whether they lie in one pane, or all outside of any; nothing is added if not
     */
    boolean addWhole(long first, long last, long count, long sum) {
        if (!locate(first)) {
            return windows.isOutside(first, last);
        }
        if (last > currentTo) {
            return false;
        }
        ((CountCells) cells).addMany(current, count, sum);
        return true;
    }

    @Override
    void merge(SeriesSamples other) {
        PaneSeries o = (PaneSeries) other;
        int size = o.cells.size();
        if (size == 0) {
            return;
        }
        currentFrom = 1;
        currentTo = 0;
        cover(o.base, o.base + size - 1);
        for (int i = 0; i < size; i++) {
            if (o.cells.isPresent(i)) {
                cells.merge(o.base - base + i, o.cells, i);
            }
        }
    }

    @Override
    void mergeWithin(SeriesSamples other, long from, long to) {
        PaneSeries o = (PaneSeries) other;
        for (int i = 0; i < o.cells.size(); i++) {
            int pane = o.base + i;
            if (o.cells.isPresent(i) && o.windows.paneOverlaps(pane, from, to) && locate(Math.min(o.windows.paneEnd(pane), to - 1))) {
                cells.merge(current, o.cells, i);
            }
        }
    }

    @Override
    boolean isEmpty() {
        for (int i = 0; i < cells.size(); i++) {
            if (cells.isPresent(i)) {
                return false;
            }
        }
        return true;
    }

    @Override
    long bytes() {
        return OBJECT_BYTES + (long) cells.size() * cells.bytesPerCell();
    }

    /**
     * Slides over all windows with two stacks: {@code suffix[i]} merges the panes from i up to {@code flip}, {@code prefix} those after it. A
     * window is one of the former and the latter, and each pane is merged at most twice.
     */
    @Override
    StepRow row(MemoryBudget evaluation) {
        evaluation.check();
        StepRow row = new StepRow(labels, windows.count());
        int last = base + cells.size() - 1;
        Cells suffix = cells.fresh(cells.size());
        Cells prefix = cells.fresh(1);
        Cells whole = cells.fresh(1);
        int flip = -1;
        int done = -1;
        for (int w = 0; w < windows.count(); w++) {
            int low = Math.max(base, windows.lowPane(w));
            int high = Math.min(last, windows.highPane(w));
            if (low > high) {
                continue;
            }
            if (low > flip) {
                fillSuffix(suffix, low, high);
                flip = high;
                done = high;
                prefix.clear(0);
            }
            while (done < high) {
                prefix.merge(0, cells, ++done - base);
            }
            whole.clear(0);
            whole.merge(0, suffix, low - base);
            whole.merge(0, prefix, 0);
            if (whole.isPresent(0)) {
                row.set(w, whole.value(0));
            }
        }
        return row;
    }

    private void fillSuffix(Cells suffix, int low, int high) {
        for (int p = high; p >= low; p--) {
            int i = p - base;
            suffix.clear(i);
            suffix.merge(i, cells, i);
            if (p < high) {
                suffix.merge(i, suffix, i + 1);
            }
        }
    }

    @Override
    long writtenBytes() {
        return 3L * Varints.MAX_BYTES + cells.size() / 8 + 1 + (long) cells.size() * (cells.bytesPerCell() + 2L * Varints.MAX_BYTES);
    }

    /** First pane, number of panes, a bit for each that has samples, and their cells. */
    @Override
    void write(ByteBuffer out) {
        int from = 0;
        int to = cells.size();
        while (from < to && !cells.isPresent(from)) {
            from++;
        }
        while (to > from && !cells.isPresent(to - 1)) {
            to--;
        }
        Varints.write(out, from == to ? 0 : base + from);
        Varints.write(out, to - from);
        for (int i = from; i < to; i += 8) {
            int bits = 0;
            for (int k = 0; k < 8 && i + k < to; k++) {
                bits |= cells.isPresent(i + k) ? 1 << k : 0;
            }
            out.put((byte) bits);
        }
        for (int i = from; i < to; i++) {
            if (cells.isPresent(i)) {
                cells.write(i, out);
            }
        }
    }

    @Override
    void read(ByteBuffer in) {
        int from = Varints.readInt(in, windows.paneCount());
        int size = Varints.readInt(in, windows.paneCount() - from);
        if (size == 0) {
            return;
        }
        cover(from, from + size - 1);
        byte[] bits = new byte[(size + 7) / 8];
        in.get(bits);
        for (int i = 0; i < size; i++) {
            if ((bits[i / 8] & 1 << i % 8) != 0) {
                cells.read(from - base + i, in);
            }
        }
    }
}
