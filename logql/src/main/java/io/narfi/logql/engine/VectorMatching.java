package io.narfi.logql.engine;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.logql.Arithmetic;
import io.narfi.logql.MetricExpr.BinaryOp;
import io.narfi.logql.MetricExpr.Cardinality;
import io.narfi.logql.MetricExpr.Matching;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Arithmetic and comparison between two vectors, whose elements pair up by signature at each step (logql.md §9.8). */
final class VectorMatching {
    private static final int NONE = -1;

    private final BinaryOp op;
    private final Matching matching;
    private final int steps;
    /** The side that may have several elements for one of the other. */
    private final List<StepRow> many;

    private final List<StepRow> one;
    private final boolean swapped;
    private final Signatures signatures;
    private final int[] manyIds;
    private final int[] oneIds;
    private final RowBuilder out;
    private final MemoryBudget budget;
    private final Map<Long, StepRow> rows = new HashMap<>();

    VectorMatching(BinaryOp op, Matching matching, StepMatrix left, StepMatrix right, MemoryBudget budget) {
        this.op = op;
        this.matching = matching;
        this.steps = left.steps();
        this.swapped = matching.card() == Cardinality.ONE_TO_MANY;
        this.many = swapped ? right.rows() : left.rows();
        this.one = swapped ? left.rows() : right.rows();
        this.signatures = new Signatures(matching);
        this.manyIds = signatures.of(many);
        this.oneIds = signatures.of(one);
        this.out = new RowBuilder(steps, budget);
        this.budget = budget;
    }

    StepMatrix apply() {
        int[] oneBySignature = new int[signatures.count()];
        int[] usedAt = new int[signatures.count()];
        Arrays.fill(usedAt, NONE);
        for (int k = 0; k < steps; k++) {
            budget.check();
            Arrays.fill(oneBySignature, NONE);
            for (int i = 0; i < one.size(); i++) {
                if (one.get(i).has(k)) {
                    if (oneBySignature[oneIds[i]] != NONE) {
                        throw plainError("found duplicate series on the " + (swapped ? "left" : "right")
                                + " hand-side;many-to-many matching not allowed: matching labels must be unique on one side");
                    }
                    oneBySignature[oneIds[i]] = i;
                }
            }
            for (int i = 0; i < many.size(); i++) {
                int partner = many.get(i).has(k) ? oneBySignature[manyIds[i]] : NONE;
                if (partner != NONE) {
                    pair(k, i, partner, usedAt);
                }
            }
        }
        return out.matrix();
    }

    private void pair(int step, int manyRow, int oneRow, int[] usedAt) {
        double m = many.get(manyRow).value(step);
        double o = one.get(oneRow).value(step);
        double left = swapped ? o : m;
        double right = swapped ? m : o;
        double value;
        if (!op.isComparison()) {
            value = Arithmetic.apply(op, left, right);
        } else {
            boolean holds = Arithmetic.compare(op, left, right);
            if (!holds && !matching.bool()) {
                return;
            }
            value = matching.bool() ? (holds ? 1 : 0) : left;
        }
        if (matching.card() == Cardinality.ONE_TO_ONE) {
            int id = manyIds[manyRow];
            if (usedAt[id] == step) {
                throw plainError("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
            }
            usedAt[id] = step;
        }
        StepRow row = row(manyRow, oneRow);
        if (row.has(step)) {
            throw plainError("multiple matches for labels: grouping labels must ensure unique matches");
        }
        row.set(step, value);
    }

    private static ApiException plainError(String text) {
        return new ApiException(500, text);
    }

    private StepRow row(int manyRow, int oneRow) {
        long key = (long) manyRow << 32 | oneRow;
        StepRow row = rows.get(key);
        if (row == null) {
            row = out.row(labels(many.get(manyRow).labels(), one.get(oneRow).labels()));
            rows.put(key, row);
        }
        return row;
    }

    private Labels labels(Labels manyLabels, Labels oneLabels) {
        if (matching.card() == Cardinality.ONE_TO_ONE) {
            return signatures.reduce(manyLabels);
        }
        TreeMap<String, String> map = new TreeMap<>(manyLabels.toMap());
        for (String name : matching.include()) {
            put(map, name, oneLabels.get(name));
        }
        map.values().removeIf(String::isEmpty);
        return Labels.of(map);
    }

    private static void put(Map<String, String> map, String name, @Nullable String value) {
        if (value == null || value.isEmpty()) {
            map.remove(name);
        } else {
            map.put(name, value);
        }
    }
}
