package io.narfi.logql.engine;

import io.narfi.common.Labels;
import io.narfi.logql.Grouping;
import io.narfi.logql.MetricExpr.VectorAggregation;
import io.narfi.logql.MetricExpr.VectorOp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Aggregations over the series of a vector, at each step (logql.md §9.5). */
final class VectorAggregations {
    private VectorAggregations() {}

    static StepMatrix apply(VectorAggregation node, StepMatrix matrix, MemoryBudget budget) {
        return switch (node.op()) {
            case SORT -> sorted(matrix, false);
            case SORT_DESC -> sorted(matrix, true);
            case TOPK, APPROX_TOPK -> TopK.apply(groups(node.grouping(), matrix).values(), node.parameter(), true, matrix.steps(), budget);
            case BOTTOMK -> TopK.apply(groups(node.grouping(), matrix).values(), node.parameter(), false, matrix.steps(), budget);
            case SUM, AVG, MAX, MIN, COUNT, STDDEV, STDVAR -> {
                List<StepRow> rows = new ArrayList<>();
                for (Map.Entry<Labels, List<StepRow>> group : groups(node.grouping(), matrix).entrySet()) {
                    budget.check();
                    budget.reserve(StepRow.bytes(matrix.steps()));
                    rows.add(new Fold(node.op(), matrix.steps()).of(group.getKey(), group.getValue()));
                }
                yield new StepMatrix(matrix.steps(), rows);
            }
        };
    }

    private static Map<Labels, List<StepRow>> groups(@Nullable Grouping grouping, StepMatrix matrix) {
        Map<Labels, List<StepRow>> groups = new LinkedHashMap<>();
        boolean without = grouping != null && grouping.without();
        Set<String> names = grouping == null ? Set.of() : new HashSet<>(grouping.labels());
        for (StepRow row : matrix.rows()) {
            groups.computeIfAbsent(key(row.labels(), without, names), k -> new ArrayList<>()).add(row);
        }
        return groups;
    }

    private static Labels key(Labels labels, boolean without, Set<String> names) {
        if (!without && names.isEmpty()) {
            return Labels.EMPTY;
        }
        List<String> pairs = new ArrayList<>(2 * labels.size());
        for (int i = 0; i < labels.size(); i++) {
            String name = labels.name(i);
            boolean kept = without ? !names.contains(name) && !name.equals("__name__") : names.contains(name);
            if (kept) {
                pairs.add(name);
                pairs.add(labels.value(i));
            }
        }
        return Labels.ofSorted(pairs.toArray(new String[0]));
    }

    /** By the value of the first step, not a number last; only instant queries show it. */
    private static StepMatrix sorted(StepMatrix matrix, boolean descending) {
        List<StepRow> rows = new ArrayList<>(matrix.rows());
        Comparator<Double> byValue = descending ? Comparator.reverseOrder() : Comparator.naturalOrder();
        rows.removeIf(r -> r.isEmpty());
        if (matrix.steps() == 1) {
            rows.sort(Comparator.comparing((StepRow r) -> Double.isNaN(r.value(0))).thenComparing(r -> r.value(0) + 0.0, byValue));
        }
        return new StepMatrix(matrix.steps(), rows);
    }

    /** Folds the rows of one group into one row. */
    private static final class Fold {
        private final VectorOp op;
        private final StepRow seen;
        private final double[] counts;
        private final double[] values;
        private final double[] means;

        Fold(VectorOp op, int steps) {
            this.op = op;
            this.seen = new StepRow(Labels.EMPTY, steps);
            this.counts = new double[steps];
            this.values = new double[steps];
            this.means = new double[op == VectorOp.STDDEV || op == VectorOp.STDVAR ? steps : 0];
        }

        StepRow of(Labels labels, List<StepRow> rows) {
            for (StepRow row : rows) {
                for (int k = 0; k < counts.length; k++) {
                    if (row.has(k)) {
                        add(k, row.value(k));
                        seen.set(k, 0);
                    }
                }
            }
            StepRow result = new StepRow(labels, counts.length);
            for (int k = 0; k < counts.length; k++) {
                if (seen.has(k)) {
                    result.set(k, value(k));
                }
            }
            return result;
        }

        private void add(int k, double v) {
            boolean first = counts[k]++ == 0;
            switch (op) {
                case SUM -> values[k] = first ? v : values[k] + v;
                case AVG -> values[k] = first ? v : runningMean(values[k], v, counts[k]);
                case MAX -> values[k] = first || Double.isNaN(values[k]) || v > values[k] ? v : values[k];
                case MIN -> values[k] = first || Double.isNaN(values[k]) || v < values[k] ? v : values[k];
                case COUNT -> {}
                case STDDEV, STDVAR -> {
                    double delta = v - means[k];
                    means[k] += delta / counts[k];
                    values[k] += delta * (v - means[k]);
                }
                case BOTTOMK, TOPK, APPROX_TOPK, SORT, SORT_DESC -> throw new IllegalStateException("no fold: " + op);
            }
        }

        /** An infinite mean stays while finite values or infinities of its sign follow. */
        private static double runningMean(double mean, double v, double count) {
            if (Double.isInfinite(mean)) {
                if (Double.isInfinite(v) && (mean > 0) == (v > 0)) {
                    return mean;
                }
                if (!Double.isInfinite(v) && !Double.isNaN(v)) {
                    return mean;
                }
            }
            return mean + (v / count - mean / count);
        }

        private double value(int k) {
            return switch (op) {
                case SUM, AVG, MAX, MIN -> values[k];
                case COUNT -> counts[k];
                case STDVAR -> values[k] / counts[k];
                case STDDEV -> Math.sqrt(values[k] / counts[k]);
                case BOTTOMK, TOPK, APPROX_TOPK, SORT, SORT_DESC -> throw new IllegalStateException("no fold: " + op);
            };
        }
    }
}
