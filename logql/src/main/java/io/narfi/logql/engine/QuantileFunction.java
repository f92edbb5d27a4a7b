package io.narfi.logql.engine;

import java.util.Arrays;

/** The q-quantile, linear between the two nearest ranks; NaN is the smallest value. */
final class QuantileFunction implements RangeFunction.SamplesFunction {
    private final double q;

    QuantileFunction(double q) {
        this.q = q;
    }

    @Override
    public double apply(long[] times, double[] values, int from, int to) {
        return of(q, Arrays.copyOfRange(values, from, to));
    }

    /** Sorts its argument, which must not be empty. */
    static double of(double q, double[] values) {
        if (q < 0) {
            return Double.NEGATIVE_INFINITY;
        }
        if (q > 1) {
            return Double.POSITIVE_INFINITY;
        }
        nanFirst(values);
        int n = values.length;
        double rank = q * (n - 1);
        double floor = Math.floor(rank);
        int lower = Math.max(0, (int) floor);
        int upper = Math.min(n - 1, lower + 1);
        double weight = rank - floor;
        return values[lower] * (1 - weight) + values[upper] * weight;
    }

    private static void nanFirst(double[] values) {
        Arrays.sort(values);
        int nans = 0;
        while (nans < values.length && Double.isNaN(values[values.length - 1 - nans])) {
            nans++;
        }
        if (nans > 0) {
            System.arraycopy(values, 0, values, nans, values.length - nans);
            Arrays.fill(values, 0, nans, Double.NaN);
        }
    }
}
