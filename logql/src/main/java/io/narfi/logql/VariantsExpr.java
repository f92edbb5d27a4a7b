package io.narfi.logql;

import java.util.List;

/** {@code variants(e1, e2, …) of (range)}: several metrics over one log range (logql.md §9.9). */
public record VariantsExpr(List<MetricExpr> variants, LogRange of) implements Expr {
    public VariantsExpr {
        variants = List.copyOf(variants);
    }
}
