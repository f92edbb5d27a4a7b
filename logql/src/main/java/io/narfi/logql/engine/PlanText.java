package io.narfi.logql.engine;

import io.narfi.logql.Grouping;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.MetricExpr.Binary;
import io.narfi.logql.MetricExpr.LabelReplace;
import io.narfi.logql.MetricExpr.Literal;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.Vector;
import io.narfi.logql.MetricExpr.VectorAggregation;
import org.jspecify.annotations.Nullable;

/** Prints plans. */
final class PlanText {
    private final QueryPlan plan;
    private final StringBuilder out = new StringBuilder();

    private PlanText(QueryPlan plan) {
        this.plan = plan;
    }

    static String print(QueryPlan plan) {
        PlanText text = new PlanText(plan);
        text.node(plan.root(), 0);
        for (Leaf leaf : plan.leaves()) {
            text.leaf(leaf);
        }
        return text.out.toString();
    }

    private void node(MetricExpr node, int level) {
        out.append("  ".repeat(level));
        switch (node) {
            case RangeAggregation range -> out.append("leaf ").append(plan.leaf(range).index()).append('\n');
            case VectorAggregation a -> {
                out.append(a.op().text());
                if (a.parameter() > 0) {
                    out.append(' ').append(a.parameter());
                }
                grouping(a.grouping());
                out.append('\n');
                node(a.inner(), level + 1);
            }
            case LabelReplace r -> {
                out.append("label_replace ").append(r.target()).append('\n');
                node(r.inner(), level + 1);
            }
            case Binary b -> {
                out.append(b.op().text()).append('\n');
                node(b.left(), level + 1);
                node(b.right(), level + 1);
            }
            case Literal l -> out.append(l.canonical()).append('\n');
            case Vector v -> out.append(v.canonical()).append('\n');
        }
    }

    private void leaf(Leaf leaf) {
        out.append("leaf ").append(leaf.index()).append(": ").append(leaf.range().canonical()).append("\n  series");
        Grouping grouping = leaf.grouping();
        if (grouping == null) {
            out.append(" by all labels");
        } else {
            grouping(grouping);
        }
        out.append("; split by time and by stream; parts hold ");
        out.append(leaf.keepsSamples() ? "their samples" : "a cell per series and pane").append('\n');
    }

    private void grouping(@Nullable Grouping grouping) {
        if (grouping != null) {
            out.append(grouping.without() ? " without (" : " by (").append(String.join(", ", grouping.labels())).append(')');
        }
    }
}
