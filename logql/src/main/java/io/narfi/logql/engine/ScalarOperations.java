package io.narfi.logql.engine;

import io.narfi.logql.Arithmetic;
import io.narfi.logql.MetricExpr.Binary;
import io.narfi.logql.MetricExpr.BinaryOp;
import java.util.ArrayList;
import java.util.List;

/** A vector and a number: element by element, labels stay (logql.md §9.8). */
final class ScalarOperations {
    private ScalarOperations() {}

    /** @param scalarIsLeft which side the number is on */
    static StepMatrix apply(Binary node, double scalar, boolean scalarIsLeft, StepMatrix matrix, MemoryBudget budget) {
        BinaryOp op = node.op();
        boolean filters = op.isComparison() && !node.matching().bool();
        List<StepRow> rows = new ArrayList<>(matrix.rows().size());
        for (StepRow row : matrix.rows()) {
            budget.check();
            budget.reserve(StepRow.bytes(matrix.steps()));
            StepRow out = new StepRow(row.labels(), matrix.steps());
            for (int k = 0; k < matrix.steps(); k++) {
                if (!row.has(k)) {
                    continue;
                }
                double v = row.value(k);
                double a = scalarIsLeft ? scalar : v;
                double b = scalarIsLeft ? v : scalar;
                if (!filters) {
                    out.set(k, Arithmetic.apply(op, a, b));
                } else if (Arithmetic.compare(op, a, b)) {
                    out.set(k, v);
                }
            }
            if (!out.isEmpty()) {
                rows.add(out);
            }
        }
        return new StepMatrix(matrix.steps(), rows);
    }
}
