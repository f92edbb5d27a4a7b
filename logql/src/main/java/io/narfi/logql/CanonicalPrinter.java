package io.narfi.logql;

import io.narfi.common.ByteSizes;
import io.narfi.common.Durations;
import io.narfi.common.LabelMatcher;
import io.narfi.logql.MetricExpr.Binary;
import io.narfi.logql.MetricExpr.Cardinality;
import io.narfi.logql.MetricExpr.LabelReplace;
import io.narfi.logql.MetricExpr.Literal;
import io.narfi.logql.MetricExpr.Matching;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.Vector;
import io.narfi.logql.MetricExpr.VectorAggregation;
import io.narfi.logql.pipeline.LabelRegex;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The text form in which Loki quotes and passes on queries (logql.md §11). Sizes lose precision here, as there: {@code 2.5KiB} prints as
 * {@code 2.6kB}; all else parses to an equal tree.
 */
final class CanonicalPrinter {
    private CanonicalPrinter() {}

    static String print(Expr expr) {
        return switch (expr) {
            case LogExpr log -> print(log);
            case RangeAggregation range -> print(range);
            case VectorAggregation aggregation -> print(aggregation);
            case Binary binary -> print(binary);
            case Literal literal -> number(literal.value());
            case Vector vector -> "vector(" + String.format(Locale.ROOT, "%f", vector.value()) + ')';
            case LabelReplace replace -> "label_replace(" + print(replace.inner()) + ',' + String.join(",", arguments(replace)) + ')';
            case VariantsExpr variants ->
                "variants(" + join(variants.variants(), CanonicalPrinter::print, ", ") + ") of (" + print(variants.of()) + ')';
        };
    }

    private static String print(RangeAggregation range) {
        return range.op().text() + '(' + parameter(range.parameter()) + print(range.range()) + ')' + trailing(range.grouping(), ",");
    }

    private static String print(VectorAggregation aggregation) {
        return aggregation.op().text() + leading(aggregation.grouping(), ",") + '(' + parameter(aggregation.parameter())
                + print(aggregation.inner()) + ')';
    }

    private static String print(Binary binary) {
        return '(' + print(binary.left()) + ' ' + operator(binary) + ' ' + print(binary.right()) + ')';
    }

    private static String print(LogExpr log) {
        StringBuilder out = new StringBuilder(selector(log.selector()));
        for (Stage stage : log.stages()) {
            out.append(' ').append(print(stage));
        }
        return out.toString();
    }

    static String selector(List<LabelMatcher> matchers) {
        return '{' + join(matchers, CanonicalPrinter::matcher, ", ") + '}';
    }

    private static String matcher(LabelMatcher matcher) {
        return matcher.name() + matcher.op().text() + ByteText.quote(matcher.value());
    }

    /** An expression that Loki does not simplify stands in backticks if it can. */
    private static String labelMatcher(LabelMatcher matcher) {
        boolean regex = matcher.op() == LabelMatcher.Op.REGEX || matcher.op() == LabelMatcher.Op.NOT_REGEX;
        String value = matcher.value();
        if (regex && value.indexOf('`') < 0 && value.indexOf('\r') < 0 && LabelRegex.staysRegex(value)) {
            return matcher.name() + matcher.op().text() + '`' + value + '`';
        }
        return matcher(matcher);
    }

    static String print(LogRange range) {
        StringBuilder out = new StringBuilder(print(range.log()));
        Unwrap unwrap = range.unwrap();
        if (unwrap != null) {
            unwrapStages(unwrap).forEach(s -> out.append(' ').append(s));
        }
        return out.append(window(range)).toString();
    }

    /** {@code | unwrap …} and the filters after it. */
    static List<String> unwrapStages(Unwrap unwrap) {
        String label = unwrap.conversion() == Unwrap.Conversion.NONE
                ? unwrap.label()
                : unwrap.conversion().text() + '(' + unwrap.label() + ')';
        return Stream.concat(
                        Stream.of("| unwrap " + label),
                        unwrap.filters().stream().map(f -> "| " + print(f)))
                .toList();
    }

    static String window(LogRange range) {
        String window = '[' + Durations.formatPrometheus(range.rangeNanos()) + ']';
        return range.offsetNanos() == 0 ? window : window + " offset " + Durations.formatGo(range.offsetNanos());
    }

    static String operator(Binary binary) {
        Matching matching = binary.matching();
        StringBuilder out = new StringBuilder(binary.op().text());
        if (matching.bool()) {
            out.append(" bool");
        }
        if (matching.on() || !matching.labels().isEmpty() || matching.card() != Cardinality.ONE_TO_ONE) {
            out.append(matching.on() ? " on (" : " ignoring (").append(String.join(",", matching.labels())).append(')');
        }
        switch (matching.card()) {
            case ONE_TO_ONE -> {
                return out.toString();
            }
            case MANY_TO_ONE -> out.append(" group_left");
            case ONE_TO_MANY -> out.append(" group_right");
        }
        // Without names the parentheses stand only before one that would be taken for theirs, which Loki forgets.
        if (!matching.include().isEmpty() || binary.right() instanceof Binary) {
            out.append(" (").append(String.join(",", matching.include())).append(')');
        }
        return out.toString();
    }

    static List<String> arguments(LabelReplace replace) {
        return List.of(
                ByteText.quote(replace.target()),
                ByteText.quote(replace.replacement()),
                ByteText.quote(replace.source()),
                ByteText.quote(replace.regex()));
    }

    private static String parameter(@Nullable Double value) {
        return value == null ? "" : number(value) + ',';
    }

    private static String parameter(long k) {
        return k == 0 ? "" : k + ",";
    }

    /** Between a vector operator and its parenthesis. */
    static String leading(@Nullable Grouping grouping, String separator) {
        return grouping == null || (!grouping.without() && grouping.labels().isEmpty()) ? "" : trailing(grouping, separator);
    }

    /** After a range function. */
    static String trailing(@Nullable Grouping grouping, String separator) {
        if (grouping == null) {
            return "";
        }
        return (grouping.without() ? " without (" : " by (") + String.join(separator, grouping.labels()) + ')';
    }

    static String print(Stage stage) {
        return switch (stage) {
            case Stage.LineFilter f -> f.op().text() + ' ' + join(f.arguments(), CanonicalPrinter::argument, " or ");
            case Stage.Json json -> "| json" + extractions(json.extractions());
            case Stage.Logfmt logfmt ->
                "| logfmt" + (logfmt.strict() ? " --strict" : "") + (logfmt.keepEmpty() ? " --keep-empty" : "")
                        + extractions(logfmt.extractions());
            case Stage.Regexp regexp -> "| regexp " + ByteText.quote(regexp.pattern());
            case Stage.Pattern pattern -> "| pattern " + ByteText.quote(pattern.pattern());
            case Stage.Unpack u -> "| unpack";
            case Stage.Filter filter -> "| " + print(filter.filter());
            case Stage.LineFormat format -> "| line_format " + ByteText.quote(format.template());
            case Stage.LabelFormat format ->
                "| label_format "
                        + join(format.items(), i -> i.name() + '=' + (i.rename() ? i.value() : ByteText.quote(i.value())), ",");
            case Stage.Decolorize d -> "| decolorize";
            case Stage.Drop drop -> "| drop " + join(drop.labels(), CanonicalPrinter::label, ",");
            case Stage.Keep keep -> "| keep " + join(keep.labels(), CanonicalPrinter::label, ",");
        };
    }

    private static String argument(Stage.LineArgument argument) {
        String text = ByteText.quote(argument.text());
        return argument.ip() ? "ip(" + text + ')' : text;
    }

    private static String extractions(List<Stage.Extraction> extractions) {
        return extractions.isEmpty() ? "" : ' ' + join(extractions, e -> e.name() + '=' + ByteText.quote(e.expression()), ",");
    }

    private static String label(Stage.LabelSpec spec) {
        LabelMatcher matcher = spec.matcher();
        return matcher == null ? spec.name() : matcher(matcher);
    }

    static String print(LabelFilter filter) {
        return switch (filter) {
            case LabelFilter.And and -> "( " + print(and.left()) + " , " + print(and.right()) + " )";
            case LabelFilter.Or or -> "( " + print(or.left()) + " or " + print(or.right()) + " )";
            case LabelFilter.TextFilter text -> labelMatcher(text.matcher());
            case LabelFilter.NumberFilter f -> f.name() + f.comparison().text() + number(f.value());
            case LabelFilter.DurationFilter f -> f.name() + f.comparison().text() + Durations.formatGo(f.nanos());
            case LabelFilter.BytesFilter f -> f.name() + f.comparison().text() + ByteSizes.humanSi(f.bytes()).replace(" ", "");
            case LabelFilter.IpFilter f -> f.name() + (f.negated() ? "!=" : "=") + "ip(" + ByteText.quote(f.pattern()) + ')';
        };
    }

    /** The shortest decimal that reads back as the same number, without exponent. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0" : "0";
        }
        return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
    }

    private static <T> String join(List<T> elements, Function<T, String> print, String separator) {
        return elements.stream().map(print).collect(Collectors.joining(separator));
    }
}
