package io.narfi.fuzz;

import io.narfi.common.ApiException;
import io.narfi.logql.Expr;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.PrettyPrinter;
import io.narfi.logql.VariantsExpr;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.QueryPlanner;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.logql.pipeline.SampleExtractor;
import java.nio.charset.StandardCharsets;

/** A query: parsed, printed, parsed again, planned and compiled. */
public final class LogQlTarget {
    private LogQlTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        Expr expr;
        try {
            expr = LogQl.parse(new String(data, StandardCharsets.UTF_8));
        } catch (ApiException refused) {
            return;
        }
        String printed = expr.canonical();
        try {
            var _ = LogQl.parse(printed).canonical();
            var _ = LogQl.parse(PrettyPrinter.print(expr));
        } catch (ApiException refused) {
            // Some of what Loki prints it does not read: numbers with an exponent, or a bare name before a line filter.
        }
        try {
            compile(expr);
        } catch (ApiException refused) {
            // A stage or an operation that the parser does not check.
        }
    }

    private static void compile(Expr expr) {
        switch (expr) {
            case LogExpr log -> {
                var _ = Pipeline.compile(log.stages());
            }
            case MetricExpr metric -> {
                for (Leaf leaf : QueryPlanner.plan(metric).leaves()) {
                    var _ = SampleExtractor.compile(leaf.range(), leaf.parent());
                }
            }
            case VariantsExpr variants -> {
                for (MetricExpr variant : variants.variants()) {
                    compile(variant);
                }
            }
        }
    }
}
