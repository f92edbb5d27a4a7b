package io.narfi.logql.engine;

import io.narfi.common.Labels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the elements of a result by label set, in the order of their first appearance. */
final class RowBuilder {
    private final int steps;
    private final MemoryBudget budget;
    private final Map<Labels, StepRow> rows = new LinkedHashMap<>();

    RowBuilder(int steps, MemoryBudget budget) {
        this.steps = steps;
        this.budget = budget;
    }

    StepRow row(Labels labels) {
        StepRow row = rows.get(labels);
        if (row == null) {
            budget.reserve(StepRow.bytes(steps));
            row = new StepRow(labels, steps);
            rows.put(labels, row);
        }
        return row;
    }

    StepMatrix matrix() {
        List<StepRow> all = new ArrayList<>(rows.values());
        all.removeIf(StepRow::isEmpty);
        return new StepMatrix(steps, all);
    }
}
