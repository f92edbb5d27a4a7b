package io.narfi.logql;

import io.narfi.logql.MetricExpr.Binary;
import io.narfi.logql.MetricExpr.BinaryOp;
import io.narfi.logql.MetricExpr.LabelReplace;
import io.narfi.logql.MetricExpr.Literal;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.Vector;
import io.narfi.logql.MetricExpr.VectorAggregation;
import java.util.ArrayList;
import java.util.List;

/**
 * The layout of {@code format_query} (logql.md §11): what fits in 100 characters stays on a line, the rest is cut at operators,
 * parentheses and stages, two blanks a level.
 */
public final class PrettyPrinter {
    private static final int WIDTH = 100;

    private PrettyPrinter() {}

    public static String print(Expr expr) {
        return print(expr, 0);
    }

    private static String print(Expr expr, int level) {
        String line = expr.canonical();
        if (line.length() <= WIDTH && !(expr instanceof VariantsExpr)) {
            return indent(level) + line;
        }
        return switch (expr) {
            case LogExpr log -> print(log, level);
            case RangeAggregation range -> {
                List<String> parts = new ArrayList<>();
                Double parameter = range.parameter();
                if (parameter != null) {
                    parts.add(indent(level + 1) + CanonicalPrinter.number(parameter) + ',');
                }
                parts.add(print(range.range(), level + 1));
                yield enclosed(range.op().text(), parts, level) + CanonicalPrinter.trailing(range.grouping(), ", ");
            }
            case VectorAggregation aggregation -> {
                List<String> parts = new ArrayList<>();
                if (aggregation.parameter() > 0) {
                    parts.add(indent(level + 1) + aggregation.parameter() + ',');
                }
                parts.add(print(aggregation.inner(), level + 1));
                yield enclosed(aggregation.op().text() + CanonicalPrinter.leading(aggregation.grouping(), ", "), parts, level);
            }
            case Binary binary ->
                operand(binary.op(), binary.left(), false, level + 1) + '\n' + indent(level) + CanonicalPrinter.operator(binary) + '\n'
                        + operand(binary.op(), binary.right(), true, level + 1);
            case LabelReplace replace -> {
                List<String> parts = new ArrayList<>();
                parts.add(print(replace.inner(), level + 1) + ',');
                List<String> arguments = CanonicalPrinter.arguments(replace);
                for (int i = 0; i < arguments.size(); i++) {
                    parts.add(indent(level + 1) + arguments.get(i) + (i < arguments.size() - 1 ? "," : ""));
                }
                yield enclosed("label_replace", parts, level);
            }
            case Literal l -> indent(level) + line;
            case Vector v -> indent(level) + line;
            case VariantsExpr variants -> {
                List<String> parts = new ArrayList<>();
                for (int i = 0; i < variants.variants().size(); i++) {
                    parts.add(print(variants.variants().get(i), level + 1) + (i < variants.variants().size() - 1 ? "," : ""));
                }
                yield enclosed("variants", parts, level) + " of (\n" + print(variants.of(), level + 1) + '\n' + indent(level) + ')';
            }
        };
    }

    /** Parentheses stand only where precedence needs them. */
    private static String operand(BinaryOp parent, MetricExpr child, boolean right, int level) {
        if (!(child instanceof Binary binary) || child.canonical().length() <= WIDTH) {
            return print(child, level);
        }
        boolean power = parent == BinaryOp.POWER;
        int order = precedence(binary.op()) - precedence(parent);
        boolean needed = order < 0 || (order == 0 && right != power);
        return needed ? enclosed("", List.of(print(child, level + 1)), level) : print(child, level);
    }

    private static int precedence(BinaryOp op) {
        return switch (op) {
            case OR -> 1;
            case AND, UNLESS -> 2;
            case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> 3;
            case ADD, SUBTRACT -> 4;
            case MULTIPLY, DIVIDE, MODULO -> 5;
            case POWER -> 6;
        };
    }

    private static String enclosed(String head, List<String> parts, int level) {
        return indent(level) + head + "(\n" + String.join("\n", parts) + '\n' + indent(level) + ')';
    }

    private static String print(LogExpr log, int level) {
        StringBuilder out = new StringBuilder(indent(level)).append(CanonicalPrinter.selector(log.selector()));
        for (Stage stage : log.stages()) {
            out.append('\n').append(stage instanceof Stage.Decolorize ? "" : indent(level + 1)).append(stage.canonical());
        }
        return out.toString();
    }

    private static String print(LogRange range, int level) {
        StringBuilder out = new StringBuilder(print((Expr) range.log(), level));
        Unwrap unwrap = range.unwrap();
        if (unwrap != null) {
            CanonicalPrinter.unwrapStages(unwrap).forEach(s -> out.append('\n').append(indent(level + 1)).append(s));
        }
        return out.append(' ').append(CanonicalPrinter.window(range)).toString();
    }

    private static String indent(int level) {
        return "  ".repeat(level);
    }
}
