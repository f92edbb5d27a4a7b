package io.narfi.logql.engine;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/** Makes the answer from the last matrix (logql.md §4): order, series limit, points. */
final class ResultShape {
    private ResultShape() {}

    static MetricResult literal(double value, StepGrid grid) {
        if (grid.isInstant()) {
            return new MetricResult.Scalar(grid.timeMillis(0), value);
        }
        double[] values = new double[grid.count()];
        long[] times = new long[grid.count()];
        Arrays.fill(values, value);
        Arrays.setAll(times, grid::timeMillis);
        return new MetricResult.Matrix(List.of(new MetricResult.Series(Labels.EMPTY, times, values)));
    }

    static MetricResult of(StepMatrix matrix, StepGrid grid, boolean keepOrder, int maxSeries) {
        return grid.isInstant() ? vector(matrix, grid, keepOrder, maxSeries) : matrix(matrix, grid, maxSeries);
    }

    private static MetricResult vector(StepMatrix matrix, StepGrid grid, boolean keepOrder, int maxSeries) {
        List<MetricResult.Sample> samples = new ArrayList<>();
        for (StepRow row : matrix.rows()) {
            if (row.has(0)) {
                samples.add(new MetricResult.Sample(row.labels(), row.value(0)));
            }
        }
        checkLimit(samples.size(), maxSeries);
        if (!keepOrder) {
            samples.sort(Comparator.comparing(MetricResult.Sample::labels));
        }
        return new MetricResult.Vector(grid.timeMillis(0), samples);
    }

    private static MetricResult matrix(StepMatrix matrix, StepGrid grid, int maxSeries) {
        TreeMap<Labels, List<StepRow>> byLabels = new TreeMap<>();
        int first = 0;
        for (StepRow row : matrix.rows()) {
            if (!row.isEmpty()) {
                byLabels.computeIfAbsent(row.labels(), l -> new ArrayList<>()).add(row);
                first += row.has(0) ? 1 : 0;
            }
        }
        checkLimit(Math.max(first, byLabels.size()), maxSeries);
        List<MetricResult.Series> series = new ArrayList<>(byLabels.size());
        byLabels.forEach((labels, rows) -> series.add(series(labels, rows, grid)));
        return new MetricResult.Matrix(series);
    }

    private static MetricResult.Series series(Labels labels, List<StepRow> rows, StepGrid grid) {
        int size = rows.stream().mapToInt(StepRow::size).sum();
        long[] times = new long[size];
        double[] values = new double[size];
        int i = 0;
        for (int k = 0; k < grid.count(); k++) {
            for (StepRow row : rows) {
                if (row.has(k)) {
                    times[i] = grid.timeMillis(k);
                    values[i++] = row.value(k);
                }
            }
        }
        return new MetricResult.Series(labels, times, values);
    }

    private static void checkLimit(int series, int maxSeries) {
        if (series > maxSeries) {
            throw ApiException.badRequest("maximum number of series (" + maxSeries + ") reached for a single query; consider reducing query "
                    + "cardinality by adding more specific stream selectors, reducing the time range, or aggregating results with functions "
                    + "like sum(), count() or topk()");
        }
    }
}
