package io.narfi.logql;

import org.jspecify.annotations.Nullable;

/**
 * The input of a range aggregation.
 *
 * @param log the selector and the stages
 * @param unwrap the label that gives the samples' values, null if lines or bytes are counted
 * @param rangeNanos length of the window, 0 or more
 * @param offsetNanos how far the window lies in the past; negative looks forward
 */
public record LogRange(LogExpr log, @Nullable Unwrap unwrap, long rangeNanos, long offsetNanos) {
    public LogRange {
        if (rangeNanos < 0) {
            throw new IllegalArgumentException("negative range: " + rangeNanos);
        }
    }
}
