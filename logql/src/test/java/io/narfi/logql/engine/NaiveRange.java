package io.narfi.logql.engine;

import io.narfi.common.Labels;
import io.narfi.logql.MetricExpr.RangeAggregation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Range functions as the contract words them (logql.md §9.4): every window scans all samples. */
final class NaiveRange {
    record Sample(Labels series, long time, double value) {}

    private NaiveRange() {}

    static Map<Labels, Double[]> evaluate(RangeAggregation range, StepGrid grid, List<Sample> samples) {
        TreeMap<Labels, Double[]> result = new TreeMap<>();
        long r = range.range().rangeNanos();
        double seconds = r / 1e9;
        for (int k = 0; k < grid.count(); k++) {
            long end = grid.time(k) - range.range().offsetNanos();
            TreeMap<Labels, List<Sample>> windows = new TreeMap<>();
            for (Sample s : samples) {
                if (s.time() > end - r && s.time() <= end) {
                    windows.computeIfAbsent(s.series(), l -> new ArrayList<>()).add(s);
                }
            }
            for (var e : windows.entrySet()) {
                e.getValue().sort(Comparator.comparingLong(Sample::time).thenComparingDouble(Sample::value));
                double[] x = e.getValue().stream().mapToDouble(Sample::value).toArray();
                long[] t = e.getValue().stream().mapToLong(Sample::time).toArray();
                result.computeIfAbsent(e.getKey(), l -> new Double[grid.count()])[k] = apply(range, seconds, t, x);
            }
        }
        return result;
    }

    private static double apply(RangeAggregation range, double seconds, long[] t, double[] x) {
        int n = x.length;
        double sum = 0;
        double mean = 0;
        double min = x[0];
        double max = x[0];
        double m2 = 0;
        double welford = 0;
        for (int i = 0; i < n; i++) {
            sum += x[i];
            boolean staysInfinite = Double.isInfinite(mean) && !Double.isNaN(x[i]) && x[i] != -mean;
            mean = staysInfinite ? mean : mean + x[i] / (i + 1) - mean / (i + 1);
            min = x[i] < min || Double.isNaN(min) ? x[i] : min;
            max = x[i] > max || Double.isNaN(max) ? x[i] : max;
            double delta = x[i] - welford;
            welford += delta / (i + 1);
            m2 += delta * (x[i] - welford);
        }
        return switch (range.op()) {
            case COUNT_OVER_TIME, ABSENT_OVER_TIME -> n;
            case RATE -> (range.range().unwrap() == null ? n : sum) / seconds;
            case BYTES_OVER_TIME, SUM_OVER_TIME -> sum;
            case BYTES_RATE -> sum / seconds;
            case AVG_OVER_TIME -> mean;
            case MIN_OVER_TIME -> min;
            case MAX_OVER_TIME -> max;
            case STDVAR_OVER_TIME -> m2 / n;
            case STDDEV_OVER_TIME -> Math.sqrt(m2 / n);
            case FIRST_OVER_TIME -> x[0];
            case LAST_OVER_TIME -> x[n - 1];
            case QUANTILE_OVER_TIME -> quantile(range.parameter() == null ? 0 : range.parameter(), x);
            case RATE_COUNTER -> rateCounter(seconds, t, x);
        };
    }

    private static double quantile(double q, double[] x) {
        if (q < 0 || q > 1) {
            return q < 0 ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        List<Double> sorted = new ArrayList<>();
        for (double v : x) {
            sorted.add(v);
        }
        sorted.sort((a, b) -> a.isNaN() ? (b.isNaN() ? 0 : -1) : b.isNaN() ? 1 : Double.compare(a, b));
        double rank = q * (x.length - 1);
        int low = (int) rank;
        int high = Math.min(x.length - 1, low + 1);
        return sorted.get(low) * (1 - (rank - low)) + sorted.get(high) * (rank - low);
    }

    private static double rateCounter(double seconds, long[] t, double[] x) {
        int n = x.length;
        if (n < 2) {
            return 0;
        }
        double inc = x[n - 1] - x[0];
        for (int i = 0; i < n; i++) {
            double before = i == 0 ? 0 : x[i - 1];
            inc += x[i] < before ? before : 0;
        }
        double s = (t[n - 1] - t[0]) / 1000.0;
        double a = s / (n - 1);
        double toStart = inc > 0 && x[0] >= 0 ? Math.min(seconds, s * (x[0] / inc)) : seconds;
        double e = s + (toStart < 1.1 * a ? toStart : a / 2) + (0 < 1.1 * a ? 0 : a / 2);
        return inc * (e / s) / seconds;
    }
}
