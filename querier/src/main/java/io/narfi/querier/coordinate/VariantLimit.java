package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import io.narfi.logql.engine.MetricResult;
import io.narfi.logql.engine.VariantExpansion;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The result of a {@code variants} query without the variants that have too many series ({@code contract/logql.md} section 9.9).
 *
 * @param warnings one text for each variant left out
 */
record VariantLimit(MetricResult result, List<String> warnings) {
    VariantLimit {
        requireNonNull(result, "result is null");
        warnings = List.copyOf(warnings);
    }

    /** @param maxSeries most series of a variant, 0 for any number */
    static VariantLimit apply(MetricResult whole, int variants, int maxSeries) {
        List<Labels> series =
                switch (whole) {
                    case MetricResult.Scalar scalar -> List.of();
                    case MetricResult.Vector vector ->
                        vector.samples().stream().map(MetricResult.Sample::labels).toList();
                    case MetricResult.Matrix matrix ->
                        matrix.series().stream().map(MetricResult.Series::labels).toList();
                };
        int[] counts = new int[variants];
        series.forEach(labels -> counts[variant(labels)]++);
        List<String> warnings = new ArrayList<>();
        for (int i = 0; i < variants; i++) {
            if (maxSeries > 0 && counts[i] > maxSeries) {
                warnings.add("maximum of series (" + maxSeries + ") reached for variant (" + i + ")");
            }
        }
        return warnings.isEmpty()
                ? new VariantLimit(whole, List.of())
                : new VariantLimit(only(whole, labels -> counts[variant(labels)] <= maxSeries), warnings);
    }

    private static int variant(Labels labels) {
        return Integer.parseInt(labels.getOrEmpty(VariantExpansion.LABEL));
    }

    private static MetricResult only(MetricResult whole, Predicate<Labels> wanted) {
        return switch (whole) {
            case MetricResult.Scalar scalar -> scalar;
            case MetricResult.Vector vector ->
                new MetricResult.Vector(
                        vector.time(),
                        vector.samples().stream().filter(s -> wanted.test(s.labels())).toList());
            case MetricResult.Matrix matrix ->
                new MetricResult.Matrix(
                        matrix.series().stream().filter(s -> wanted.test(s.labels())).toList());
        };
    }
}
