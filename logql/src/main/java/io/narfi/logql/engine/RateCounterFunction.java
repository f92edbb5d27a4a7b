package io.narfi.logql.engine;

/**
 * The increase of a counter per second, with Prometheus's extrapolation as Loki computes it: its times are nanoseconds where milliseconds
 * were meant, so the extrapolation is tiny (logql.md §9.4).
 */
final class RateCounterFunction implements RangeFunction.SamplesFunction {
    private final double seconds;

    RateCounterFunction(double seconds) {
        this.seconds = seconds;
    }

    @Override
    public double apply(long[] times, double[] values, int from, int to) {
        int n = to - from;
        if (n < 2) {
            return 0;
        }
        double first = values[from];
        double increase = values[to - 1] - first;
        double previous = 0;
        for (int i = from; i < to; i++) {
            if (values[i] < previous) {
                increase += previous;
            }
            previous = values[i];
        }
        double sampled = (double) (times[to - 1] - times[from]) / 1000;
        double average = sampled / (n - 1);
        double toStart = seconds;
        if (increase > 0 && first >= 0) {
            toStart = Math.min(toStart, sampled * (first / increase));
        }
        double threshold = average * 1.1;
        double extrapolated = sampled + (toStart < threshold ? toStart : average / 2) + (0 < threshold ? 0 : average / 2);
        return increase * (extrapolated / sampled) / seconds;
    }
}
