package io.narfi.logql.engine;

import io.narfi.common.ApiException;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.MetricExpr.Binary;
import io.narfi.logql.MetricExpr.LabelReplace;
import io.narfi.logql.MetricExpr.Literal;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.Vector;
import io.narfi.logql.MetricExpr.VectorAggregation;
import io.narfi.logql.MetricExpr.VectorOp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Plans metric queries. */
public final class QueryPlanner {
    private final List<Leaf> leaves = new ArrayList<>();
    private final Map<Key, Leaf> known = new HashMap<>();
    private final IdentityHashMap<RangeAggregation, Leaf> byNode = new IdentityHashMap<>();

    private record Key(RangeAggregation range, @Nullable VectorAggregation parent) {}

    private QueryPlanner() {}

    /**
     * Plans a query.
     *
     * @throws ApiException 500 with Loki's text for what its parser takes and its engine does not
     */
    public static QueryPlan plan(MetricExpr root) {
        if (root instanceof VectorAggregation a && a.op() == VectorOp.APPROX_TOPK) {
            throw new ApiException(500, "approx_topk is not enabled. See -limits.shard_aggregations");
        }
        QueryPlanner planner = new QueryPlanner();
        planner.visit(root, null);
        return new QueryPlan(root, planner.leaves, planner.byNode);
    }

    private void visit(MetricExpr node, @Nullable VectorAggregation parent) {
        switch (node) {
            case RangeAggregation range -> {
                VectorAggregation pushed = parent != null && isPushedDown(parent, range) ? parent : null;
                Leaf leaf = known.computeIfAbsent(new Key(range, pushed), k -> {
                    Leaf added = new Leaf(leaves.size(), k.range(), k.parent());
                    leaves.add(added);
                    return added;
                });
                byNode.put(range, leaf);
            }
            case VectorAggregation aggregation -> {
                checkVector(aggregation.inner());
                visit(aggregation.inner(), aggregation);
            }
            case LabelReplace replace -> {
                checkVector(replace.inner());
                visit(replace.inner(), null);
            }
            case Binary binary -> {
                visit(binary.left(), null);
                visit(binary.right(), null);
            }
            case Literal l -> {}
            case Vector v -> {}
        }
    }

    private static void checkVector(MetricExpr inner) {
        if (inner instanceof Literal) {
            throw new ApiException(500, "unexpected expr type (*syntax.LiteralExpr) for Evaluator type (*logql.DefaultEvaluator)");
        }
    }

    /** Whether the grouping of a {@code sum} applies to samples already (logql.md §8.2). */
    static boolean isPushedDown(VectorAggregation outer, RangeAggregation range) {
        if (outer.op() != VectorOp.SUM || range.grouping() != null) {
            return false;
        }
        return switch (range.op()) {
            case COUNT_OVER_TIME, RATE, BYTES_OVER_TIME, BYTES_RATE, SUM_OVER_TIME -> true;
            case RATE_COUNTER,
                    AVG_OVER_TIME,
                    MIN_OVER_TIME,
                    MAX_OVER_TIME,
                    STDVAR_OVER_TIME,
                    STDDEV_OVER_TIME,
                    QUANTILE_OVER_TIME,
                    FIRST_OVER_TIME,
                    LAST_OVER_TIME,
                    ABSENT_OVER_TIME -> false;
        };
    }
}
