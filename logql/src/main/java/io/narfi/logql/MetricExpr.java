package io.narfi.logql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A query that returns numbers (logql.md §9). */
public sealed interface MetricExpr extends Expr {
    /**
     * A function over the samples in a window.
     *
     * @param parameter the quantile of {@code quantile_over_time}, else null
     * @param grouping null if none was written, which differs from {@code by ()}
     */
    record RangeAggregation(RangeOp op, @Nullable Double parameter, LogRange range, @Nullable Grouping grouping) implements MetricExpr {}

    /**
     * A function over the series of a vector.
     *
     * @param parameter the {@code k} of {@code topk} and its like, 1 or more, else 0
     * @param grouping null if none was written, or an empty {@code by ()}
     */
    record VectorAggregation(VectorOp op, long parameter, MetricExpr inner, @Nullable Grouping grouping) implements MetricExpr {}

    /** {@code left op right}; never between two literals, which the parser folds. */
    record Binary(BinaryOp op, Matching matching, MetricExpr left, MetricExpr right) implements MetricExpr {}

    /** A number, with its sign. */
    record Literal(double value) implements MetricExpr {}

    /** {@code vector(n)}. */
    record Vector(double value) implements MetricExpr {}

    /** {@code label_replace(inner, "target", "replacement", "source", "regex")}. */
    record LabelReplace(MetricExpr inner, String target, String replacement, String source, String regex) implements MetricExpr {}

    /**
     * How the two sides of a binary operation find each other.
     *
     * @param bool whether a comparison yields 0 or 1 instead of filtering
     * @param on true: only {@code labels} are compared; false: all but {@code labels}
     * @param labels the names of {@code on} or {@code ignoring}; empty with {@code on} false is the default
     * @param card which side may have several series for one of the other
     * @param include labels that {@code group_left} or {@code group_right} copies from the one side
     */
    record Matching(boolean bool, boolean on, List<String> labels, Cardinality card, List<String> include) {
        public static final Matching DEFAULT = new Matching(false, false, List.of(), Cardinality.ONE_TO_ONE, List.of());

        public Matching {
            labels = List.copyOf(labels);
            include = List.copyOf(include);
        }
    }

    /** {@code group_left} is many to one, {@code group_right} one to many. */
    enum Cardinality {
        ONE_TO_ONE,
        MANY_TO_ONE,
        ONE_TO_MANY
    }

    /** Functions over a window of samples. */
    enum RangeOp {
        RATE("rate"),
        RATE_COUNTER("rate_counter"),
        COUNT_OVER_TIME("count_over_time"),
        BYTES_RATE("bytes_rate"),
        BYTES_OVER_TIME("bytes_over_time"),
        AVG_OVER_TIME("avg_over_time"),
        SUM_OVER_TIME("sum_over_time"),
        MIN_OVER_TIME("min_over_time"),
        MAX_OVER_TIME("max_over_time"),
        STDVAR_OVER_TIME("stdvar_over_time"),
        STDDEV_OVER_TIME("stddev_over_time"),
        QUANTILE_OVER_TIME("quantile_over_time"),
        FIRST_OVER_TIME("first_over_time"),
        LAST_OVER_TIME("last_over_time"),
        ABSENT_OVER_TIME("absent_over_time");

        private final String text;

        RangeOp(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /** Functions over the series of a vector. */
    enum VectorOp {
        SUM("sum"),
        AVG("avg"),
        MAX("max"),
        MIN("min"),
        COUNT("count"),
        STDDEV("stddev"),
        STDVAR("stdvar"),
        BOTTOMK("bottomk"),
        TOPK("topk"),
        APPROX_TOPK("approx_topk"),
        SORT("sort"),
        SORT_DESC("sort_desc");

        private final String text;

        VectorOp(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /** Operators between two metrics. */
    enum BinaryOp {
        OR("or"),
        AND("and"),
        UNLESS("unless"),
        EQUAL("=="),
        NOT_EQUAL("!="),
        LESS("<"),
        LESS_OR_EQUAL("<="),
        GREATER(">"),
        GREATER_OR_EQUAL(">="),
        ADD("+"),
        SUBTRACT("-"),
        MULTIPLY("*"),
        DIVIDE("/"),
        MODULO("%"),
        POWER("^");

        private final String text;

        BinaryOp(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }

        public boolean isSet() {
            return this == OR || this == AND || this == UNLESS;
        }

        public boolean isComparison() {
            return switch (this) {
                case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> true;
                case OR, AND, UNLESS, ADD, SUBTRACT, MULTIPLY, DIVIDE, MODULO, POWER -> false;
            };
        }
    }
}
