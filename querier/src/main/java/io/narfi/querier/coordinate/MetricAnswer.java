package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import io.narfi.logql.engine.MetricResult;
import java.util.List;

/**
 * The answer of a metric query.
 *
 * @param warnings texts for the client, mostly none
 * @param splits slices of time that were worked on
 * @param tasks tasks that were started
 */
public record MetricAnswer(MetricResult result, List<String> warnings, int splits, int tasks) {
    public MetricAnswer {
        requireNonNull(result, "result is null");
        warnings = List.copyOf(warnings);
    }

    /** Number of points in the result. */
    public long samples() {
        return switch (result) {
            case MetricResult.Scalar scalar -> 1;
            case MetricResult.Vector vector -> vector.samples().size();
            case MetricResult.Matrix matrix ->
                matrix.series().stream().mapToLong(s -> s.values().length).sum();
        };
    }
}
