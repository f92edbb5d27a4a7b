package io.narfi.logql;

import io.narfi.common.LabelMatcher;
import io.narfi.logql.LabelFilter.Comparison;
import io.narfi.logql.MetricExpr.BinaryOp;
import io.narfi.logql.MetricExpr.Cardinality;
import io.narfi.logql.MetricExpr.Matching;
import io.narfi.logql.MetricExpr.RangeOp;
import io.narfi.logql.MetricExpr.VectorOp;
import io.narfi.logql.Stage.Extraction;
import io.narfi.logql.Stage.LabelFormatItem;
import io.narfi.logql.Stage.LabelSpec;
import io.narfi.logql.Stage.LineArgument;
import io.narfi.logql.Stage.LineOp;
import io.narfi.logql.lr.Grammar;
import io.narfi.logql.lr.Grammar.Values;
import io.narfi.logql.lr.ParseTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The rules of LogQL (logql.md §2.1) and its parse table. The precedences and the ambiguity of label filters are Loki's: a comma or mere
 * juxtaposition takes everything that follows as its right side.
 */
final class LogQlGrammar {
    static final ParseTable TABLE = new ParseTable(new LogQlGrammar().grammar);

    private final Grammar grammar = new Grammar(Arrays.stream(Token.values()).map(Token::text).toList());

    private LogQlGrammar() {
        grammar.left("or")
                .left("and", "unless")
                .left("==", "!=", "<", "<=", ">", ">=")
                .left("+", "-")
                .left("*", "/", "%")
                .right("^");
        queries();
        stages();
        labelFilters();
        metrics();
        ranges();
        binaryOperations();
        lists();
    }

    private void rule(String left, String right, Grammar.Action action) {
        grammar.rule(left, right, action);
    }

    private void same(String left, String... rights) {
        for (String right : rights) {
            grammar.rule(left, right, v -> v.get(0));
        }
    }

    private static TreeBuilder builder(Values v) {
        return v.context();
    }

    private void queries() {
        same("root", "expr");
        same("expr", "logExpr", "metricExpr", "variantsExpr");
        rule("logExpr", "selector", v -> new LogExpr(v.get(0), List.of()));
        rule("logExpr", "selector pipeline", v -> new LogExpr(v.get(0), v.get(1)));
        rule("logExpr", "( logExpr )", v -> v.get(1));
        rule("selector", "{ matchers }", v -> v.get(1));
        rule("selector", "{ }", v -> List.of());
        list("matchers", "matcher", ",");
        rule("matcher", "IDENTIFIER = STRING", v -> builder(v).matcher(v.get(0), LabelMatcher.Op.EQUAL, v.get(2)));
        rule("matcher", "IDENTIFIER != STRING", v -> builder(v).matcher(v.get(0), LabelMatcher.Op.NOT_EQUAL, v.get(2)));
        rule("matcher", "IDENTIFIER =~ STRING", v -> builder(v).matcher(v.get(0), LabelMatcher.Op.REGEX, v.get(2)));
        rule("matcher", "IDENTIFIER !~ STRING", v -> builder(v).matcher(v.get(0), LabelMatcher.Op.NOT_REGEX, v.get(2)));
        rule("variantsExpr", "variants ( metricExprs ) of ( logRange )", v -> new VariantsExpr(v.get(2), v.get(6)));
        list("metricExprs", "metricExpr", ",");
    }

    private void stages() {
        list("pipeline", "stage", "");
        same("stage", "lineFilter");
        rule("stage", "| logfmtStage", v -> v.get(1));
        rule("stage", "| jsonStage", v -> v.get(1));
        rule("stage", "| regexp STRING", v -> builder(v).regexp(v.get(2)));
        rule("stage", "| pattern STRING", v -> builder(v).pattern(v.get(2)));
        rule("stage", "| unpack", v -> new Stage.Unpack());
        rule("stage", "| labelFilter", v -> new Stage.Filter(v.get(1)));
        rule("stage", "| line_format STRING", v -> new Stage.LineFormat(v.get(2)));
        rule("stage", "| label_format labelFormats", v -> new Stage.LabelFormat(v.get(2)));
        rule("stage", "| decolorize", v -> new Stage.Decolorize());
        rule("stage", "| drop labelSpecs", v -> new Stage.Drop(v.get(2)));
        rule("stage", "| keep labelSpecs", v -> new Stage.Keep(v.get(2)));

        // The operator is a symbol of its own, or the precedence of != would keep "or" from continuing a filter.
        for (LineOp op : LineOp.values()) {
            rule("lineOp", op.text(), v -> op);
        }
        rule("lineFilter", "lineOp lineArguments", v -> new Stage.LineFilter(v.get(0), v.get(1)));
        list("lineArguments", "lineArgument", "or");
        rule("lineArgument", "STRING", v -> new LineArgument(false, v.get(0)));
        rule("lineArgument", "ip ( STRING )", v -> new LineArgument(true, v.get(2)));

        rule("jsonStage", "json", v -> new Stage.Json(List.of()));
        rule("jsonStage", "json extractions", v -> new Stage.Json(v.get(1)));
        rule("logfmtStage", "logfmt", v -> logfmt(List.of(), List.of()));
        rule("logfmtStage", "logfmt flags", v -> logfmt(v.get(1), List.of()));
        rule("logfmtStage", "logfmt extractions", v -> logfmt(List.of(), v.get(1)));
        rule("logfmtStage", "logfmt flags extractions", v -> logfmt(v.get(1), v.get(2)));
        list("flags", "FUNCTION_FLAG", "");
        list("extractions", "extraction", ",");
        rule("extraction", "IDENTIFIER = STRING", v -> new Extraction(v.get(0), v.get(2)));
        rule("extraction", "IDENTIFIER", v -> new Extraction(v.get(0), v.get(0)));
        list("labelFormats", "labelFormat", ",");
        rule("labelFormat", "IDENTIFIER = IDENTIFIER", v -> new LabelFormatItem(v.get(0), true, v.get(2)));
        rule("labelFormat", "IDENTIFIER = STRING", v -> new LabelFormatItem(v.get(0), false, v.get(2)));
        list("labelSpecs", "labelSpec", ",");
        rule("labelSpec", "IDENTIFIER", v -> new LabelSpec(v.get(0), null));
        rule("labelSpec", "matcher", v -> new LabelSpec(v.<LabelMatcher>get(0).name(), v.get(0)));
    }

    private static Stage logfmt(List<String> flags, List<Extraction> extractions) {
        return new Stage.Logfmt(flags.contains("--strict"), flags.contains("--keep-empty"), extractions);
    }

    private void labelFilters() {
        rule("labelFilter", "matcher", v -> new LabelFilter.TextFilter(v.get(0)));
        for (Comparison op : Comparison.values()) {
            comparison(op, op.text());
        }
        comparison(Comparison.EQUAL, "=");
        rule("labelFilter", "IDENTIFIER = ip ( STRING )", v -> new LabelFilter.IpFilter(v.get(0), false, v.get(4)));
        rule("labelFilter", "IDENTIFIER != ip ( STRING )", v -> new LabelFilter.IpFilter(v.get(0), true, v.get(4)));
        rule("labelFilter", "( labelFilter )", v -> v.get(1));
        rule("labelFilter", "labelFilter labelFilter", v -> builder(v).and(v.get(0), v.get(1)));
        rule("labelFilter", "labelFilter and labelFilter", v -> builder(v).and(v.get(0), v.get(2)));
        rule("labelFilter", "labelFilter , labelFilter", v -> builder(v).and(v.get(0), v.get(2)));
        rule("labelFilter", "labelFilter or labelFilter", v -> builder(v).or(v.get(0), v.get(2)));
    }

    private void comparison(Comparison op, String text) {
        rule("labelFilter", "IDENTIFIER " + text + " DURATION", v -> new LabelFilter.DurationFilter(v.get(0), op, v.<Long>get(2)));
        rule("labelFilter", "IDENTIFIER " + text + " BYTES", v -> new LabelFilter.BytesFilter(v.get(0), op, v.<Long>get(2)));
        rule(
                "labelFilter",
                "IDENTIFIER " + text + " NUMBER",
                v -> new LabelFilter.NumberFilter(v.get(0), op, TreeBuilder.numberOrZero(v.get(2))));
        rule(
                "labelFilter",
                "IDENTIFIER " + text + " + NUMBER",
                v -> new LabelFilter.NumberFilter(v.get(0), op, TreeBuilder.numberOrZero(v.get(3))));
        rule(
                "labelFilter",
                "IDENTIFIER " + text + " - NUMBER",
                v -> new LabelFilter.NumberFilter(v.get(0), op, -TreeBuilder.numberOrZero(v.get(3))));
    }

    private void metrics() {
        same("metricExpr", "rangeAggregation", "vectorAggregation", "binary", "scalar", "labelReplace", "vectorLiteral");
        rule("metricExpr", "( metricExpr )", v -> v.get(1));
        rule("scalar", "NUMBER", v -> builder(v).literal(v.get(0), false));
        rule("scalar", "+ NUMBER", v -> builder(v).literal(v.get(1), false));
        rule("scalar", "- NUMBER", v -> builder(v).literal(v.get(1), true));
        rule("vectorLiteral", "VECTOR ( NUMBER )", v -> builder(v).vector(v.get(2)));
        rule(
                "labelReplace",
                "label_replace ( metricExpr , STRING , STRING , STRING , STRING )",
                v -> builder(v).labelReplace(v.get(2), v.get(4), v.get(6), v.get(8), v.get(10)));

        rule("rangeAggregation", "rangeOp ( logRange )", v -> builder(v).range(v.get(0), null, v.get(2), null));
        rule("rangeAggregation", "rangeOp ( logRange ) grouping", v -> builder(v).range(v.get(0), null, v.get(2), v.get(4)));
        rule("rangeAggregation", "rangeOp ( NUMBER , logRange )", v -> builder(v).range(v.get(0), v.get(2), v.get(4), null));
        rule("rangeAggregation", "rangeOp ( NUMBER , logRange ) grouping", v -> builder(v).range(v.get(0), v.get(2), v.get(4), v.get(6)));
        for (RangeOp op : RangeOp.values()) {
            rule("rangeOp", op.name(), v -> op);
        }

        rule("vectorAggregation", "vectorOp ( metricExpr )", v -> builder(v).aggregate(v.get(0), null, v.get(2), null));
        rule("vectorAggregation", "vectorOp grouping ( metricExpr )", v -> builder(v).aggregate(v.get(0), null, v.get(3), v.get(1)));
        rule("vectorAggregation", "vectorOp ( metricExpr ) grouping", v -> builder(v).aggregate(v.get(0), null, v.get(2), v.get(4)));
        rule("vectorAggregation", "vectorOp ( NUMBER , metricExpr )", v -> builder(v).aggregate(v.get(0), v.get(2), v.get(4), null));
        rule(
                "vectorAggregation",
                "vectorOp ( NUMBER , metricExpr ) grouping",
                v -> builder(v).aggregate(v.get(0), v.get(2), v.get(4), v.get(6)));
        rule(
                "vectorAggregation",
                "vectorOp grouping ( NUMBER , metricExpr )",
                v -> builder(v).aggregate(v.get(0), v.get(3), v.get(5), v.get(1)));
        for (VectorOp op : VectorOp.values()) {
            rule("vectorOp", op.name(), v -> op);
        }
        rule("grouping", "by ( labels )", v -> new Grouping(false, v.get(2)));
        rule("grouping", "without ( labels )", v -> new Grouping(true, v.get(2)));
        rule("grouping", "by ( )", v -> new Grouping(false, List.of()));
        rule("grouping", "without ( )", v -> new Grouping(true, List.of()));
    }

    private void ranges() {
        for (String window : List.of("RANGE", "RANGE offset DURATION")) {
            String closed = " " + window;
            rangeRule("selector" + closed);
            rangeRule("( selector )" + closed);
            for (String tail : List.of("unwrap_", "pipeline", "pipeline unwrap_")) {
                rangeRule("selector" + closed + " " + tail);
                rangeRule("selector " + tail + closed);
                rangeRule("( selector " + tail + " )" + closed);
            }
            rangeRule("( selector )" + closed + " unwrap_");
        }
        rule("logRange", "( logRange )", v -> v.get(1));
        rule("unwrap_", "| unwrap IDENTIFIER", v -> new Unwrap(v.get(2), Unwrap.Conversion.NONE, List.of()));
        rule("unwrap_", "| unwrap conversion ( IDENTIFIER )", v -> new Unwrap(v.get(4), v.get(2), List.of()));
        rule("unwrap_", "unwrap_ | labelFilter", v -> TreeBuilder.filtered(v.get(0), v.get(2)));
        rule("conversion", "BYTES_CONV", v -> Unwrap.Conversion.BYTES);
        rule("conversion", "DURATION_CONV", v -> Unwrap.Conversion.DURATION);
        rule("conversion", "DURATION_SECONDS_CONV", v -> Unwrap.Conversion.DURATION_SECONDS);
    }

    private void rangeRule(String right) {
        List<String> symbols = List.of(right.split(" "));
        int selector = symbols.indexOf("selector");
        int pipeline = symbols.indexOf("pipeline");
        int unwrap = symbols.indexOf("unwrap_");
        int range = symbols.indexOf("RANGE");
        int offset = symbols.indexOf("DURATION");
        rule(
                "logRange",
                right,
                v -> new LogRange(
                        new LogExpr(v.get(selector), pipeline < 0 ? List.of() : v.get(pipeline)),
                        unwrap < 0 ? null : v.get(unwrap),
                        v.<Long>get(range),
                        offset < 0 ? 0 : v.<Long>get(offset)));
    }

    private void binaryOperations() {
        for (BinaryOp op : BinaryOp.values()) {
            rule("binary", "expr " + op.text() + " modifier expr", v -> builder(v).binary(op, v.get(2), v.get(0), v.get(3)));
        }
        same("modifier", "bool_");
        rule("modifier", "bool_ matchOn", v -> matching(v.get(0), v.get(1), Cardinality.ONE_TO_ONE, List.of()));
        for (Cardinality card : List.of(Cardinality.MANY_TO_ONE, Cardinality.ONE_TO_MANY)) {
            String group = card == Cardinality.MANY_TO_ONE ? "group_left" : "group_right";
            rule("modifier", "bool_ matchOn " + group, v -> matching(v.get(0), v.get(1), card, List.of()));
            rule("modifier", "bool_ matchOn " + group + " ( )", v -> matching(v.get(0), v.get(1), card, List.of()));
            rule("modifier", "bool_ matchOn " + group + " ( labels )", v -> matching(v.get(0), v.get(1), card, v.get(4)));
        }
        rule("bool_", "", v -> Matching.DEFAULT);
        rule("bool_", "bool", v -> new Matching(true, false, List.of(), Cardinality.ONE_TO_ONE, List.of()));
        rule("matchOn", "on ( labels )", v -> new Grouping(false, v.get(2)));
        rule("matchOn", "on ( )", v -> new Grouping(false, List.of()));
        rule("matchOn", "ignoring ( labels )", v -> new Grouping(true, v.get(2)));
        rule("matchOn", "ignoring ( )", v -> new Grouping(true, List.of()));
    }

    private static Matching matching(Matching bool, Grouping on, Cardinality card, List<String> include) {
        return new Matching(bool.bool(), !on.without(), on.labels(), card, include);
    }

    private void lists() {
        list("labels", "IDENTIFIER", ",");
    }

    /** A list of one or more elements; its value is a list that grows in place, since each list is built once. */
    private void list(String name, String element, String separator) {
        rule(name, element, v -> new ArrayList<>(List.of(v.<Object>get(0))));
        rule(name, separator.isEmpty() ? name + " " + element : name + " " + separator + " " + element, v -> {
            List<Object> list = v.get(0);
            list.add(v.get(separator.isEmpty() ? 1 : 2));
            return list;
        });
    }
}
