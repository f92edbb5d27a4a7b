package io.narfi.logql;

import io.narfi.common.LabelMatcher;
import io.narfi.logql.MetricExpr.Binary;
import io.narfi.logql.MetricExpr.LabelReplace;
import io.narfi.logql.MetricExpr.Literal;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.Vector;
import io.narfi.logql.MetricExpr.VectorAggregation;
import java.util.List;

/** The checks after parsing (logql.md §3.2), depth first, left before right. */
final class Validator {
    private static final String EMPTY_SELECTOR =
            "queries require at least one regexp or equality matcher that does not have an empty-compatible value. "
                    + "For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will";

    private final TreeBuilder builder;

    Validator(TreeBuilder builder) {
        this.builder = builder;
    }

    void check(Expr expr) {
        switch (expr) {
            case LogExpr log -> selector(log.selector());
            case MetricExpr metric -> metric(metric);
            case VariantsExpr variants -> {
                variants.variants().forEach(this::metric);
                selector(variants.of().log().selector());
            }
        }
    }

    private void metric(MetricExpr node) {
        String error = builder.error(node);
        if (error != null) {
            throw new ParseException(error);
        }
        switch (node) {
            case RangeAggregation range -> selector(range.range().log().selector());
            case VectorAggregation aggregation -> metric(aggregation.inner());
            case LabelReplace replace -> metric(replace.inner());
            case Binary binary -> {
                metric(binary.left());
                metric(binary.right());
            }
            case Literal l -> {}
            case Vector v -> {}
        }
    }

    private static void selector(List<LabelMatcher> matchers) {
        if (matchers.stream().allMatch(m -> m.matches(""))) {
            throw new ParseException(EMPTY_SELECTOR);
        }
    }
}
