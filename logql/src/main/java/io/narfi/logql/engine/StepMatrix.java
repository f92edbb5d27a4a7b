package io.narfi.logql.engine;

import java.util.List;

/** Series with values at the steps of a grid; what every node of a query's tree evaluates to. Equal labels may occur more than once. */
public record StepMatrix(int steps, List<StepRow> rows) {
    public StepMatrix {
        rows = List.copyOf(rows);
    }
}
