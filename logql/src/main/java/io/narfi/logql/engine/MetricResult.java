package io.narfi.logql.engine;

import io.narfi.common.Labels;
import java.util.List;

/** The answer to a metric query. Times are milliseconds since the epoch. */
public sealed interface MetricResult {
    /** A number, of an instant query that is a literal. */
    record Scalar(long time, double value) implements MetricResult {}

    /** One value for each series, of an instant query; in the order of the labels, or as {@code sort} left them. */
    record Vector(long time, List<Sample> samples) implements MetricResult {
        public Vector {
            samples = List.copyOf(samples);
        }
    }

    /** Series in the order of their labels, of a range query. */
    record Matrix(List<Series> series) implements MetricResult {
        public Matrix {
            series = List.copyOf(series);
        }
    }

    /** An element of a vector. */
    record Sample(Labels labels, double value) {}

    /** Points in the order of time; {@code label_replace} can make several of one time. */
    @SuppressWarnings("ArrayRecordComponent") // points are many, and only written out
    record Series(Labels labels, long[] times, double[] values) {}
}
