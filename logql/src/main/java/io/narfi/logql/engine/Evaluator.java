package io.narfi.logql.engine;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.MetricExpr.Binary;
import io.narfi.logql.MetricExpr.LabelReplace;
import io.narfi.logql.MetricExpr.Literal;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.RangeOp;
import io.narfi.logql.MetricExpr.Vector;
import io.narfi.logql.MetricExpr.VectorAggregation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Evaluates a plan for all steps of a grid, bottom-up. For one thread and one query. */
public final class Evaluator {
    private final QueryPlan plan;
    private final StepGrid grid;
    private final LeafEvaluator leaves;
    private final MemoryBudget budget;
    private final Map<Leaf, StepMatrix> done = new HashMap<>();

    private Evaluator(QueryPlan plan, StepGrid grid, LeafEvaluator leaves, MemoryBudget budget) {
        this.plan = requireNonNull(plan, "plan is null");
        this.grid = requireNonNull(grid, "grid is null");
        this.leaves = requireNonNull(leaves, "leaves is null");
        this.budget = requireNonNull(budget, "budget is null");
    }

    /**
     * Evaluates a plan.
     *
     * @param maxSeries most series of the result
     * @throws ApiException 400 for lines with {@code __error__} or too many series, 500 for sides of an operator that do not match, in Loki's
     *     texts; and what the leaves throw
     */
    public static MetricResult evaluate(QueryPlan plan, StepGrid grid, LeafEvaluator leaves, MemoryBudget budget, int maxSeries) {
        if (plan.root() instanceof Literal literal) {
            return ResultShape.literal(literal.value(), grid);
        }
        StepMatrix matrix = new Evaluator(plan, grid, leaves, budget).matrix(plan.root());
        return ResultShape.of(matrix, grid, plan.isSorted(), maxSeries);
    }

    private StepMatrix matrix(MetricExpr node) {
        return switch (node) {
            case RangeAggregation range -> leaf(range);
            case VectorAggregation aggregation -> VectorAggregations.apply(aggregation, matrix(aggregation.inner()), budget);
            case Binary binary -> binary(binary);
            case LabelReplace replace -> LabelReplacement.apply(replace, matrix(replace.inner()));
            case Vector vector -> constant(vector.value());
            case Literal l -> throw new IllegalStateException("a literal where a vector must be: the planner refuses it");
        };
    }

    private StepMatrix leaf(RangeAggregation node) {
        Leaf leaf = plan.leaf(node);
        StepMatrix matrix = done.get(leaf);
        if (matrix == null) {
            matrix = leaves.evaluate(leaf, grid).matrix(grid, budget);
            PipelineErrors.check(matrix);
            if (node.op() == RangeOp.ABSENT_OVER_TIME) {
                matrix = absent(leaf, matrix);
            }
            done.put(leaf, matrix);
        }
        return matrix;
    }

    private StepMatrix absent(Leaf leaf, StepMatrix present) {
        StepRow row = new StepRow(AbsentLabels.of(leaf.selector()), grid.count());
        for (int k = 0; k < grid.count(); k++) {
            int step = k;
            if (present.rows().stream().noneMatch(r -> r.has(step))) {
                row.set(k, 1);
            }
        }
        return new StepMatrix(grid.count(), row.isEmpty() ? List.of() : List.of(row));
    }

    private StepMatrix constant(double value) {
        StepRow row = new StepRow(Labels.EMPTY, grid.count());
        for (int k = 0; k < grid.count(); k++) {
            row.set(k, value);
        }
        return new StepMatrix(grid.count(), List.of(row));
    }

    private StepMatrix binary(Binary node) {
        if (node.left() instanceof Literal literal) {
            return ScalarOperations.apply(node, literal.value(), true, matrix(node.right()), budget);
        }
        if (node.right() instanceof Literal literal) {
            return ScalarOperations.apply(node, literal.value(), false, matrix(node.left()), budget);
        }
        StepMatrix left = matrix(node.left());
        StepMatrix right = matrix(node.right());
        return node.op().isSet()
                ? SetOperations.apply(node.op(), node.matching(), left, right, budget)
                : new VectorMatching(node.op(), node.matching(), left, right, budget).apply();
    }
}
