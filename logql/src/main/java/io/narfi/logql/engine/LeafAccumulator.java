package io.narfi.logql.engine;

import io.narfi.common.Labels;
import io.narfi.logql.pipeline.SampleSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Takes the samples of one part of a leaf: those of a stream in time order, streams in any order; and partial results of other parts. For one
 * thread. Of samples that share time and series but not stream, "first" and "last" mean the order of coming.
 */
public final class LeafAccumulator implements SampleSink {
    private static final int SLOTS = 1 << 10;

    private final RangeFunction function;
    private final Windows windows;
    private final MemoryBudget budget;
    private final Map<Labels, SeriesSamples> series = new HashMap<>();
    /** Series by the low bits of their labels' hash, to save most look-ups. */
    private final @Nullable SeriesSamples[] recent = new SeriesSamples[SLOTS];

    public LeafAccumulator(Leaf leaf, StepGrid grid, MemoryBudget budget) {
        this.function = new RangeFunction(leaf.range());
        this.windows = leaf.windows(grid);
        this.budget = budget;
    }

    /** Takes a sample, and always wants more. */
    @Override
    public boolean sample(int row, long time, double value, Labels labels) {
        add(labels, time, value);
        return true;
    }

    /** @param time in nanoseconds; a sample that is in no window is left out */
    public void add(Labels labels, long time, double value) {
        find(labels).add(time, value);
    }

    /** Adds samples of one series; times in ascending order. */
    public void addAll(Labels labels, long[] times, double[] values, int from, int to) {
        if (from < to) {
            find(labels).addAll(times, values, from, to);
        }
    }

    /** Adds samples of value 1 of one series; times in ascending order. */
    public void addOnes(Labels labels, long[] times, int from, int to) {
        if (from < to) {
            find(labels).addOnes(times, from, to);
        }
    }

    /**
     * Adds a whole page of which only totals are known.
     *
     * @param first least time in it
     * @param last greatest time in it
     * @param count number of samples
     * @param sum sum of their values, which are whole numbers
     * @return false, and nothing is added, if the samples are not all in the same windows, or the function is not one that counts lines or
     *     bytes; then the samples themselves must be added
     */
    public boolean addWhole(Labels labels, long first, long last, long count, long sum) {
        if (!function.merges() || !(function.cells(0) instanceof CountCells)) {
            return false;
        }
        return ((PaneSeries) find(labels)).addWhole(first, last, count, sum);
    }

    private SeriesSamples find(Labels labels) {
        int slot = labels.hashCode() & (SLOTS - 1);
        SeriesSamples found = recent[slot];
        if (found != null && (isSame(found.labels, labels) || found.labels.equals(labels))) {
            return found;
        }
        found = series.get(labels);
        if (found == null) {
            found = create(labels);
            series.put(labels, found);
        }
        recent[slot] = found;
        return found;
    }

    @SuppressWarnings("ReferenceEquality") // equal label sets are mostly one object, and this saves the comparison
    private static boolean isSame(Labels a, Labels b) {
        return a == b;
    }

    private SeriesSamples create(Labels labels) {
        budget.reserve(LeafPartial.labelBytes(labels));
        RangeFunction.SamplesFunction samples = function.samplesFunction();
        return samples == null ? new PaneSeries(labels, windows, function, budget) : new RawSeries(labels, windows, samples, budget);
    }

    /** Merges the result of another part of the same leaf and grid; it must not be used again. */
    public void merge(LeafPartial partial) {
        for (SeriesSamples other : partial.series()) {
            SeriesSamples own = series.get(other.labels);
            if (own == null) {
                series.put(other.labels, other);
            } else {
                own.merge(other);
            }
        }
    }

    /** Merges a copy of the result of another part, of the same leaf and grid, with other labels. */
    public void merge(LeafPartial partial, UnaryOperator<Labels> rename) {
        for (SeriesSamples other : partial.series()) {
            find(rename.apply(other.labels)).merge(other);
        }
    }

    /**
     * Merges a copy of what a result of the same leaf, perhaps of another grid, has of a stretch of time. Wherever in the stretch a window of
     * this grid begins or ends, one of the other grid must do so, too.
     *
     * @param from first moment of the stretch, nanoseconds
     * @param to its end, exclusive
     */
    public void mergeWithin(LeafPartial partial, long from, long to) {
        for (SeriesSamples other : partial.series()) {
            find(other.labels).mergeWithin(other, from, to);
        }
    }

    /** What was taken so far; the accumulator must not be used after. Series without samples in any window are left out. */
    public LeafPartial finish() {
        List<SeriesSamples> all = new ArrayList<>(series.size());
        for (SeriesSamples s : series.values()) {
            if (!s.isEmpty()) {
                all.add(s);
            }
        }
        return new LeafPartial(all);
    }
}
