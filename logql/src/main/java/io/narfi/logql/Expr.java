package io.narfi.logql;

/** A LogQL query: one that returns lines, one that returns numbers, or Loki's experimental {@code variants}. Equal trees are equal. */
public sealed interface Expr permits LogExpr, MetricExpr, VariantsExpr {
    /** The canonical text (logql.md §11), which parses to an equal tree. */
    default String canonical() {
        return CanonicalPrinter.print(this);
    }
}
