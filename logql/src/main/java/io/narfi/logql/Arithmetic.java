package io.narfi.logql;

import io.narfi.logql.MetricExpr.BinaryOp;

/** Operators on two numbers as LogQL defines them: division and remainder by zero are NaN, comparisons 1 or 0 (logql.md §9.7). */
public final class Arithmetic {
    private Arithmetic() {}

    /** @throws IllegalArgumentException for a set operator */
    public static double apply(BinaryOp op, double a, double b) {
        return switch (op) {
            case ADD -> a + b;
            case SUBTRACT -> a - b;
            case MULTIPLY -> a * b;
            case DIVIDE -> b == 0 ? Double.NaN : a / b;
            case MODULO -> b == 0 ? Double.NaN : a % b;
            case POWER -> power(a, b);
            case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> compare(op, a, b) ? 1 : 0;
            case OR, AND, UNLESS -> throw new IllegalArgumentException("no arithmetic operator: " + op.text());
        };
    }

    /**
     * Whether a comparison holds.
     *
     * @throws IllegalArgumentException for other operators
     */
    public static boolean compare(BinaryOp op, double a, double b) {
        return switch (op) {
            case EQUAL -> a == b;
            case NOT_EQUAL -> a != b;
            case LESS -> a < b;
            case LESS_OR_EQUAL -> a <= b;
            case GREATER -> a > b;
            case GREATER_OR_EQUAL -> a >= b;
            case OR, AND, UNLESS, ADD, SUBTRACT, MULTIPLY, DIVIDE, MODULO, POWER ->
                throw new IllegalArgumentException("no comparison: " + op.text());
        };
    }

    /** As IEEE 754 and C define it: 1 to any power and, unlike Java, (-1) to an infinite one are 1. */
    private static double power(double a, double b) {
        if (a == 1 || (a == -1 && Double.isInfinite(b))) {
            return 1;
        }
        return Math.pow(a, b);
    }
}
