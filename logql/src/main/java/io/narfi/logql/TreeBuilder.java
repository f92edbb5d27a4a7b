package io.narfi.logql;

import com.google.re2j.PatternSyntaxException;
import io.narfi.common.LabelMatcher;
import io.narfi.common.RegularExpressions;
import io.narfi.logql.MetricExpr.Binary;
import io.narfi.logql.MetricExpr.BinaryOp;
import io.narfi.logql.MetricExpr.LabelReplace;
import io.narfi.logql.MetricExpr.Literal;
import io.narfi.logql.MetricExpr.Matching;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.RangeOp;
import io.narfi.logql.MetricExpr.Vector;
import io.narfi.logql.MetricExpr.VectorAggregation;
import io.narfi.logql.MetricExpr.VectorOp;
import io.narfi.logql.regex.Regex;
import io.narfi.logql.regex.RegexSyntaxException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Builds the nodes of one query's tree. What Loki refuses while it parses is thrown at once; what it refuses afterwards is remembered
 * with its node, for {@link Validator}.
 */
final class TreeBuilder {
    /** Deepest nesting of operators, so that who walks a tree may recurse. */
    static final int MAX_DEPTH = 300;

    private final IdentityHashMap<Object, String> errors = new IdentityHashMap<>();
    private final IdentityHashMap<Object, Integer> depths = new IdentityHashMap<>();

    /** What is wrong with a node itself, null if nothing. */
    @Nullable String error(MetricExpr node) {
        return errors.get(node);
    }

    LabelMatcher matcher(String name, LabelMatcher.Op op, String value) {
        if (op == LabelMatcher.Op.REGEX || op == LabelMatcher.Op.NOT_REGEX) {
            checkRegex(value);
        }
        try {
            return new LabelMatcher(name, op, value);
        } catch (PatternSyntaxException e) {
            throw new ParseException(String.valueOf(e.getMessage()));
        }
    }

    private static void checkRegex(String regex) {
        try {
            Regex.compile(regex);
        } catch (RegexSyntaxException e) {
            throw new ParseException(String.valueOf(e.getMessage()));
        }
    }

    Stage regexp(String pattern) {
        StageChecks.regexp(pattern);
        return new Stage.Regexp(pattern);
    }

    Stage pattern(String pattern) {
        StageChecks.pattern(pattern);
        return new Stage.Pattern(pattern);
    }

    LabelFilter and(LabelFilter left, LabelFilter right) {
        return nested(new LabelFilter.And(left, right), left, right);
    }

    LabelFilter or(LabelFilter left, LabelFilter right) {
        return nested(new LabelFilter.Or(left, right), left, right);
    }

    static Unwrap filtered(Unwrap unwrap, LabelFilter filter) {
        List<LabelFilter> filters = new ArrayList<>(unwrap.filters());
        filters.add(filter);
        return new Unwrap(unwrap.label(), unwrap.conversion(), filters);
    }

    /** The number of a label filter: Loki takes what it cannot convert as 0. */
    static double numberOrZero(String text) {
        try {
            return Units.number(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    Literal literal(String text, boolean negative) {
        double value = literalValue(text, "literal");
        return new Literal(negative ? -value : value);
    }

    Vector vector(String text) {
        return new Vector(literalValue(text, "vectorExpr"));
    }

    private static double literalValue(String text, String what) {
        try {
            return Units.number(text);
        } catch (NumberFormatException e) {
            throw new ParseException("unable to parse " + what + " as a float: " + e.getMessage());
        }
    }

    MetricExpr labelReplace(MetricExpr inner, String target, String replacement, String source, String regex) {
        LabelReplace node = new LabelReplace(inner, target, replacement, source, regex);
        try {
            Regex.compile("^(?:" + regex + ")$");
            RegularExpressions.compile("^(?:" + regex + ")$");
        } catch (RegexSyntaxException | PatternSyntaxException e) {
            errors.put(node, "invalid regex in label_replace: " + e.getMessage());
        }
        return nested(node, inner);
    }

    MetricExpr range(RangeOp op, @Nullable String parameter, LogRange range, @Nullable Grouping grouping) {
        Double number = null;
        String error = null;
        if (parameter != null) {
            if (op == RangeOp.QUANTILE_OVER_TIME) {
                try {
                    number = Units.number(parameter);
                } catch (NumberFormatException e) {
                    error = "invalid parameter for operation " + op.text() + ": " + e.getMessage();
                }
            } else {
                error = "parameter " + parameter + " not supported for operation " + op.text();
            }
        } else if (op == RangeOp.QUANTILE_OVER_TIME) {
            error = "parameter required for operation " + op.text();
        }
        RangeAggregation node = new RangeAggregation(op, number, range, grouping);
        if (error == null) {
            error = rangeError(op, range, grouping);
        }
        if (error != null) {
            errors.put(node, error);
        }
        return node;
    }

    private static @Nullable String rangeError(RangeOp op, LogRange range, @Nullable Grouping grouping) {
        boolean groups =
                switch (op) {
                    case AVG_OVER_TIME,
                            STDDEV_OVER_TIME,
                            STDVAR_OVER_TIME,
                            QUANTILE_OVER_TIME,
                            MAX_OVER_TIME,
                            MIN_OVER_TIME,
                            FIRST_OVER_TIME,
                            LAST_OVER_TIME -> true;
                    case RATE, RATE_COUNTER, COUNT_OVER_TIME, BYTES_RATE, BYTES_OVER_TIME, SUM_OVER_TIME, ABSENT_OVER_TIME -> false;
                };
        if (grouping != null && !groups) {
            return "grouping not allowed for " + op.text() + " aggregation";
        }
        boolean unwrapped = range.unwrap() != null;
        return switch (op) {
            case RATE, ABSENT_OVER_TIME -> null;
            case COUNT_OVER_TIME, BYTES_RATE, BYTES_OVER_TIME -> unwrapped ? "invalid aggregation " + op.text() + " with unwrap" : null;
            case AVG_OVER_TIME,
                    SUM_OVER_TIME,
                    STDDEV_OVER_TIME,
                    STDVAR_OVER_TIME,
                    QUANTILE_OVER_TIME,
                    MAX_OVER_TIME,
                    MIN_OVER_TIME,
                    FIRST_OVER_TIME,
                    LAST_OVER_TIME,
                    RATE_COUNTER -> unwrapped ? null : "invalid aggregation " + op.text() + " without unwrap";
        };
    }

    MetricExpr aggregate(VectorOp op, @Nullable String parameter, MetricExpr inner, @Nullable Grouping grouping) {
        long k = 0;
        String error = null;
        switch (op) {
            case TOPK, BOTTOMK, APPROX_TOPK -> {
                if (parameter == null) {
                    error = "parameter required for operation " + op.text();
                } else {
                    try {
                        k = Long.parseLong(parameter);
                    } catch (NumberFormatException e) {
                        error = "invalid parameter " + op.text() + "(" + parameter + ",";
                    }
                    if (error == null && k <= 0) {
                        error = "invalid parameter (must be greater than 0) " + op.text() + "(" + parameter;
                    }
                }
                if (error == null && op == VectorOp.APPROX_TOPK && grouping != null) {
                    error = "grouping not allowed for " + op.text() + " aggregation";
                }
            }
            case SUM, AVG, MAX, MIN, COUNT, STDDEV, STDVAR, SORT, SORT_DESC -> {
                if (parameter != null) {
                    error = "unsupported parameter for operation " + op.text() + "(" + parameter + ",";
                } else if ((op == VectorOp.SORT || op == VectorOp.SORT_DESC) && grouping != null && !grouping.labels().isEmpty()) {
                    error = "sort and sort_desc doesn't allow grouping by ";
                }
            }
        }
        boolean collapses = grouping != null && !grouping.without() && grouping.labels().isEmpty();
        VectorAggregation node = new VectorAggregation(op, k, inner, collapses ? null : grouping);
        if (error != null) {
            errors.put(node, error);
        }
        return nested(node, inner);
    }

    MetricExpr binary(BinaryOp op, Matching matching, Expr left, Expr right) {
        String error = typeError(op, "left", left);
        if (error == null) {
            error = typeError(op, "right", right);
        }
        MetricExpr l = left instanceof MetricExpr m ? m : new Literal(0);
        MetricExpr r = right instanceof MetricExpr m ? m : new Literal(0);
        if (error == null && op.isSet()) {
            if (l instanceof Literal literal) {
                error = literalError(op, "left", literal);
            } else if (r instanceof Literal literal) {
                error = literalError(op, "right", literal);
            }
        }
        if (error == null && l instanceof Literal a && r instanceof Literal b) {
            return new Literal(Arithmetic.apply(op, a.value(), b.value()));
        }
        Binary node = new Binary(op, matching, l, r);
        if (error != null) {
            errors.put(node, error);
        }
        return nested(node, l, r);
    }

    private static @Nullable String typeError(BinaryOp op, String leg, Expr operand) {
        String type =
                switch (operand) {
                    case MetricExpr m -> null;
                    case LogExpr log -> log.stages().isEmpty() ? "MatchersExpr" : "PipelineExpr";
                    case VariantsExpr v -> "MultiVariantExpr";
                };
        return type == null ? null : "unexpected type for " + leg + " leg of binary operation (" + op.text() + "): *syntax." + type;
    }

    private static String literalError(BinaryOp op, String leg, Literal literal) {
        return "unexpected literal for " + leg + " leg of logical/set binary operation (" + op.text() + "): "
                + String.format(Locale.ROOT, "%f", literal.value());
    }

    private <T> T nested(T node, Object... children) {
        int depth = 1;
        for (Object child : children) {
            depth = Math.max(depth, depths.getOrDefault(child, 0) + 1);
        }
        if (depth > MAX_DEPTH) {
            Bound.QUERY_DEPTH.hit();
            throw new ParseException("the query is nested too deeply, more than " + MAX_DEPTH + " levels");
        }
        depths.put(node, depth);
        return node;
    }
}
