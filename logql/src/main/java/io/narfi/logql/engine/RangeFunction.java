package io.narfi.logql.engine;

import io.narfi.logql.MetricExpr.RangeAggregation;
import org.jspecify.annotations.Nullable;

/** How a range function is computed: from cells that merge, or from the samples themselves (logql.md §9.4). */
final class RangeFunction {
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final RangeAggregation range;
    private final double seconds;

    RangeFunction(RangeAggregation range) {
        this.range = range;
        long nanos = range.range().rangeNanos();
        long whole = nanos / NANOS_PER_SECOND;
        this.seconds = whole + (double) (nanos % NANOS_PER_SECOND) / 1e9;
    }

    /** Whether {@link #cells} suffice. */
    boolean merges() {
        return samplesFunction() == null;
    }

    /** Empty cells. */
    Cells cells(int size) {
        return switch (range.op()) {
            case COUNT_OVER_TIME, ABSENT_OVER_TIME -> new CountCells(size, false, 1);
            case RATE -> range.range().unwrap() == null ? new CountCells(size, false, seconds) : new SumCells(size, false, seconds);
            case BYTES_OVER_TIME -> new CountCells(size, true, 1);
            case BYTES_RATE -> new CountCells(size, true, seconds);
            case SUM_OVER_TIME -> new SumCells(size, false, 1);
            case AVG_OVER_TIME -> new SumCells(size, true, 1);
            case MIN_OVER_TIME -> new ExtremeCells(size, false);
            case MAX_OVER_TIME -> new ExtremeCells(size, true);
            case FIRST_OVER_TIME -> new EdgeCells(size, false);
            case LAST_OVER_TIME -> new EdgeCells(size, true);
            case STDVAR_OVER_TIME -> new MomentCells(size, false);
            case STDDEV_OVER_TIME -> new MomentCells(size, true);
            case QUANTILE_OVER_TIME, RATE_COUNTER -> throw new IllegalStateException(range.op() + " needs the samples");
        };
    }

    /** The function over samples in time order, null if cells suffice. */
    @Nullable SamplesFunction samplesFunction() {
        return switch (range.op()) {
            case QUANTILE_OVER_TIME -> {
                Double q = range.parameter();
                yield new QuantileFunction(q == null ? Double.NaN : q);
            }
            case RATE_COUNTER -> new RateCounterFunction(seconds);
            case COUNT_OVER_TIME,
                    ABSENT_OVER_TIME,
                    RATE,
                    BYTES_OVER_TIME,
                    BYTES_RATE,
                    SUM_OVER_TIME,
                    AVG_OVER_TIME,
                    MIN_OVER_TIME,
                    MAX_OVER_TIME,
                    FIRST_OVER_TIME,
                    LAST_OVER_TIME,
                    STDVAR_OVER_TIME,
                    STDDEV_OVER_TIME -> null;
        };
    }

    /** A function over one or more samples. */
    interface SamplesFunction {
        /** @param from first sample, {@code to} the one after the last; times ascend */
        double apply(long[] times, double[] values, int from, int to);
    }
}
