package io.narfi.logql.engine;

import io.narfi.logql.MetricExpr.BinaryOp;
import io.narfi.logql.MetricExpr.Matching;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** {@code and}, {@code or}, {@code unless}: elements of one side, chosen by the signatures of the other (logql.md §9.8). */
final class SetOperations {
    private SetOperations() {}

    static StepMatrix apply(BinaryOp op, Matching matching, StepMatrix left, StepMatrix right, MemoryBudget budget) {
        Signatures signatures = new Signatures(matching);
        int[] leftIds = signatures.of(left.rows());
        int[] rightIds = signatures.of(right.rows());
        List<StepRow> rows = new ArrayList<>();
        switch (op) {
            case AND -> keep(left, leftIds, right, rightIds, true, signatures, rows, budget);
            case UNLESS -> keep(left, leftIds, right, rightIds, false, signatures, rows, budget);
            case OR -> {
                rows.addAll(left.rows());
                keep(right, rightIds, left, leftIds, false, signatures, rows, budget);
            }
            default -> throw new IllegalArgumentException("no set operator: " + op.text());
        }
        return new StepMatrix(left.steps(), rows);
    }

    /** Adds the elements whose signature the other side has at the same step, or has not. */
    private static void keep(
            StepMatrix matrix,
            int[] ids,
            StepMatrix other,
            int[] otherIds,
            boolean present,
            Signatures signatures,
            List<StepRow> out,
            MemoryBudget budget) {
        int steps = matrix.steps();
        BitSet[] bySignature = new BitSet[signatures.count()];
        for (int i = 0; i < otherIds.length; i++) {
            if (bySignature[otherIds[i]] == null) {
                bySignature[otherIds[i]] = new BitSet(steps);
            }
            for (int k = 0; k < steps; k++) {
                if (other.rows().get(i).has(k)) {
                    bySignature[otherIds[i]].set(k);
                }
            }
        }
        for (int i = 0; i < ids.length; i++) {
            StepRow row = matrix.rows().get(i);
            BitSet match = bySignature[ids[i]];
            budget.check();
            budget.reserve(StepRow.bytes(steps));
            StepRow kept = new StepRow(row.labels(), steps);
            for (int k = 0; k < steps; k++) {
                if (row.has(k) && (match != null && match.get(k)) == present) {
                    kept.set(k, row.value(k));
                }
            }
            if (!kept.isEmpty()) {
                out.add(kept);
            }
        }
    }
}
