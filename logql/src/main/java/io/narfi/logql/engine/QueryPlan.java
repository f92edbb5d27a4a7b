package io.narfi.logql.engine;

import io.narfi.logql.MetricExpr;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.VectorAggregation;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Predicate;

/** A metric query as its leaves and the tree above them. */
public final class QueryPlan {
    private final MetricExpr root;
    private final List<Leaf> leaves;
    private final IdentityHashMap<RangeAggregation, Leaf> byNode;

    QueryPlan(MetricExpr root, List<Leaf> leaves, IdentityHashMap<RangeAggregation, Leaf> byNode) {
        this.root = root;
        this.leaves = List.copyOf(leaves);
        this.byNode = byNode;
    }

    public MetricExpr root() {
        return root;
    }

    /** The leaves, each at its index. Equal range aggregations of a query are one leaf. */
    public List<Leaf> leaves() {
        return leaves;
    }

    /** The leaf of a node of this plan's tree, by identity. */
    Leaf leaf(RangeAggregation node) {
        Leaf leaf = byNode.get(node);
        if (leaf == null) {
            throw new IllegalArgumentException("not in this plan: " + node);
        }
        return leaf;
    }

    /** Whether results keep the order of evaluation instead of that of labels (logql.md §4). */
    public boolean isSorted() {
        return contains(root, e -> e instanceof VectorAggregation a && (a.op() == MetricExpr.VectorOp.SORT || a.op() == MetricExpr.VectorOp.SORT_DESC));
    }

    private static boolean contains(MetricExpr e, Predicate<MetricExpr> test) {
        if (test.test(e)) {
            return true;
        }
        return switch (e) {
            case VectorAggregation a -> contains(a.inner(), test);
            case MetricExpr.LabelReplace r -> contains(r.inner(), test);
            case MetricExpr.Binary b -> contains(b.left(), test) || contains(b.right(), test);
            case RangeAggregation r -> false;
            case MetricExpr.Literal l -> false;
            case MetricExpr.Vector v -> false;
        };
    }

    /** The plan as text: the tree, one node a line, and how each leaf is computed and merged. */
    public String explain() {
        return PlanText.print(this);
    }
}
