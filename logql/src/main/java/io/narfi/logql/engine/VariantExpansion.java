package io.narfi.logql.engine;

import io.narfi.common.ApiException;
import io.narfi.logql.Grouping;
import io.narfi.logql.LogRange;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.MetricExpr.Binary;
import io.narfi.logql.MetricExpr.BinaryOp;
import io.narfi.logql.MetricExpr.LabelReplace;
import io.narfi.logql.MetricExpr.Literal;
import io.narfi.logql.MetricExpr.Matching;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.Vector;
import io.narfi.logql.MetricExpr.VectorAggregation;
import io.narfi.logql.VariantsExpr;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code variants(e0, e1, …) of (range)} as an ordinary metric query: {@code e0 or e1 or …}, each over the lines of the common range
 * and with {@code __variant__="i"} on its series, which keeps them apart (logql.md §9.9). Selector and stages of the variants
 * themselves do not count, as in Loki; their unwrap, window and offset do.
 */
public final class VariantExpansion {
    /** The label that tells which variant a series comes from, counted from 0. */
    public static final String LABEL = "__variant__";

    private VariantExpansion() {}

    /** @throws ApiException 500 with Loki's text if a variant is neither a range aggregation nor a vector aggregation right over one */
    public static MetricExpr expand(VariantsExpr variants) {
        List<MetricExpr> marked = new ArrayList<>();
        for (MetricExpr variant : variants.variants()) {
            MetricExpr over = over(variant, variants.of());
            marked.add(new LabelReplace(over, LABEL, Integer.toString(marked.size()), "", ""));
        }
        return union(marked);
    }

    private static MetricExpr over(MetricExpr variant, LogRange of) {
        return variant instanceof VectorAggregation(var op, var parameter, var inner, Grouping grouping)
                ? new VectorAggregation(op, parameter, range(inner, of), grouping)
                : range(variant, of);
    }

    private static RangeAggregation range(MetricExpr expr, LogRange of) {
        if (expr instanceof RangeAggregation(var op, var parameter, LogRange range, var grouping)) {
            LogRange common = new LogRange(of.log(), range.unwrap(), range.rangeNanos(), range.offsetNanos());
            return new RangeAggregation(op, parameter, common, grouping);
        }
        throw new ApiException(500, "expected range aggregation expression but got *syntax." + lokiName(expr));
    }

    private static String lokiName(MetricExpr expr) {
        return switch (expr) {
            case RangeAggregation range -> "RangeAggregationExpr";
            case VectorAggregation vector -> "VectorAggregationExpr";
            case Binary binary -> "BinOpExpr";
            case Literal literal -> "LiteralExpr";
            case Vector vector -> "VectorExpr";
            case LabelReplace replace -> "LabelReplaceExpr";
        };
    }

    /** A balanced tree, so that many variants do not make a deep one. */
    private static MetricExpr union(List<MetricExpr> parts) {
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        int half = parts.size() / 2;
        return new Binary(
                BinaryOp.OR, Matching.DEFAULT, union(parts.subList(0, half)), union(parts.subList(half, parts.size())));
    }
}
