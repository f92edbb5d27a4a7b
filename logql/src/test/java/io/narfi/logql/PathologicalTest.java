package io.narfi.logql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.QueryPlanner;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.logql.pipeline.SampleExtractor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Queries made to hurt, each up to the greatest length: refused, or compiled and run over a line in time. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD, unit = TimeUnit.SECONDS)
class PathologicalTest {
    private static final int MOST = LogQl.MAX_LENGTH - 100;

    /** A query with a name for the report. */
    record Query(String name, String text) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Query> queries() {
        List<Query> out = new ArrayList<>();
        out.add(new Query("parentheses", "(".repeat(10_000) + "vector(1)" + ")".repeat(10_000)));
        out.add(new Query("open parentheses", "(".repeat(MOST)));
        out.add(new Query("braces", "{".repeat(MOST)));
        out.add(new Query("functions", "sum(".repeat(MOST / 5) + "1" + ")".repeat(MOST / 5)));
        out.add(new Query("additions", filled("vector(1)", "+vector(1)", "")));
        out.add(new Query("powers", filled("vector(1)", "^vector(2)", "")));
        out.add(new Query("literals", filled("1", "+1", "")));
        out.add(new Query("signs", filled("1", "-", "1")));
        out.add(new Query("matchers", filled("{a=\"b\"", ",a=\"b\"", "}")));
        out.add(new Query("line filters", filled("{a=\"b\"}", "|=\"x\"", "")));
        out.add(new Query("alternatives of a line filter", filled("{a=\"b\"}|=\"x\"", " or \"y\"", "")));
        out.add(new Query("regex line filters", filled("{a=\"b\"}", "|~\"x+\"", "")));
        out.add(new Query("label filters", filled("{a=\"b\"}|c=\"d\"", " or c=\"d\"", "")));
        out.add(new Query("grouped label filters", "{a=\"b\"}|" + "(".repeat(9_000) + "c=\"d\"" + ")".repeat(9_000)));
        out.add(new Query("parsers", filled("{a=\"b\"}", "|json", "")));
        out.add(new Query("extractions", filled("{a=\"b\"}|json x=\"y\"", ",x=\"y\"", "")));
        out.add(new Query("formats", filled("{a=\"b\"}", "|line_format \"{{.a}}{{.a}}\"", "")));
        out.add(new Query("drops", filled("{a=\"b\"}|drop x", ",x", "")));
        out.add(new Query("groups", filled("sum by (a", ",a", ")(rate({a=\"b\"}[1m]))")));
        out.add(new Query("windows", filled("rate({a=\"b\"}[1m", "1s", "])")));
        out.add(new Query("comments", filled("{a=\"b\"}", "/**/", "")));
        out.add(new Query("a long string", filled("{a=\"b\"}|=\"", "x", "\"")));
        out.add(new Query("escapes", filled("{a=\"b\"}|=\"", "\\\\", "\"")));
        out.add(new Query("a json path", filled("{a=\"b\"}|json x=\"a", ".a", "\"")));
        out.add(new Query("a json index", filled("{a=\"b\"}|json x=\"a[", "9", "]\"")));
        out.add(new Query("a pattern", filled("{a=\"b\"}|pattern \"<a>", "x<_>", "\"")));
        out.add(new Query("a pattern filter", filled("{a=\"b\"}|>\"<_>", "x<_>", "\"")));
        out.add(new Query("ip", filled("{a=\"b\"}|=ip(\"", "1", "\")")));
        String[] templates = {"{{if .a}}", "{{(", "{{range .}}", "{{.a}}", "{{with $x := .a}}", "{{.a|printf \"%s\"}}", "{{define \"t\"}}{{template \"t\"}}{{end}}"};
        for (String template : templates) {
            out.add(new Query("template " + template, filled("{a=\"b\"}|line_format `", template, "`")));
        }
        out.add(new Query("a template that calls itself", "{a=\"b\"}|line_format `{{define \"t\"}}{{template \"t\" .}}{{template \"t\" .}}{{end}}{{template \"t\" .}}`"));
        out.add(new Query("a template that grows", "{a=\"b\"}|line_format `{{repeat 1000000000 .a}}`"));
        String blocks = "{{if .a}}".repeat(150) + "{{template \"t\" .}}" + "{{end}}".repeat(150);
        String[] loops = {
            "{{range 1000000000}}{{end}}",
            "{{range 1000000000}}{{$x := repeat 4000000 \"a\"}}{{end}}",
            "{{$s := repeat 4000000 \"a\"}}{{range 1000000000}}{{$x := contains \"b\" $s}}{{end}}",
            "{{$s := repeat 4000000 \"a\"}}{{range 1000000000}}{{$x := regexReplaceAll \"a*b\" $s \"c\"}}{{end}}",
            "{{$s := repeat 4000000 \"a\"}}{{$x := regexReplaceAll \"a\" $s \"b\"}}",
            "{{$s := repeat 300000 \"a\"}}{{$x := regexReplaceAll \"a\" $s \"b\"}}",
            "{{$s := repeat 400000 \"a\"}}{{$x := count \"(a|b)+?\" $s}}",
            "{{$s := repeat 4000000 \"a\"}}{{range 1000000000}}{{$x := eq $s $s}}{{end}}",
            "{{$s := repeat 400000 \"a,\"}}{{range 1000000000}}{{$x := split \",\" $s}}{{end}}",
            "{{$a := 1}}" + "{{$x := 1}}".repeat(9_000) + "{{range 1000000000}}{{$y := $a}}{{end}}",
            "{{define \"t\"}}{{end}}" + "{{$x := 1}}".repeat(9_000) + "{{range 1000000000}}{{template \"t\"}}{{end}}",
            "{{define \"t\"}}" + blocks + "{{end}}{{template \"t\" .}}",
        };
        for (String loop : loops) {
            out.add(new Query("loop " + loop.substring(Math.max(0, loop.length() - 60)), "{a=\"b\"}|line_format `" + loop + "`"));
        }
        out.add(new Query("a template that pads", "{a=\"b\"}|line_format `{{printf \"%999999999d\" 1}}`"));
        for (String regex : List.of(
                "(".repeat(10_000) + "a" + ")".repeat(10_000),
                "a{1000}{1000}",
                "(a{1000}){1000}",
                "((a{10}){10}){10}",
                "(((a{10}){10}){10}){10}",
                "(a*)*".repeat(10_000),
                "(x+x+)+y",
                "(a|a)*".repeat(10_000),
                "a?".repeat(10_000) + "a".repeat(10_000),
                "a|b".repeat(40_000),
                alternation(),
                "(?i)" + "[a-\\x{10ffff}]".repeat(8_000),
                "(?i)[\\x{80}-\\x{10ffff}]",
                "[^a]".repeat(10_000),
                "\\pL".repeat(40_000),
                "(?i)\\pL".repeat(15_000),
                ".{0,1000}".repeat(10_000),
                ideographs(),
                "(?:.{1000}){1000}")) {
            String name = regex.substring(0, Math.min(20, regex.length()));
            out.add(new Query("filter " + name, "{a=\"b\"} |~ `" + regex + "`"));
            out.add(new Query("selector " + name, "{a=~`" + regex + "`}"));
            out.add(new Query("label " + name, "{a=\"b\"} | c=~`" + regex + "`"));
            out.add(new Query("parser " + name, "{a=\"b\"} | regexp `(?P<x>" + regex + ")`"));
            out.add(new Query("replace " + name, "label_replace(rate({a=\"b\"}[1m]),\"x\",\"$1\",\"a\",`" + regex + "`)"));
        }
        return out;
    }

    private static String filled(String before, String unit, String after) {
        return before + unit.repeat((MOST - before.length() - after.length()) / unit.length()) + after;
    }

    /** No two characters alike, so that each is a class of its own. */
    private static String ideographs() {
        return IntStream.range(0x4e00, 0x4e00 + 20_000).mapToObj(Character::toString).collect(Collectors.joining("|"));
    }

    private static String alternation() {
        StringBuilder out = new StringBuilder("word");
        for (int i = 0; out.length() < MOST - 100; i++) {
            out.append("|w").append(i * 7919).append("x*");
        }
        return out.toString();
    }

    @ParameterizedTest
    @MethodSource("queries")
    void endsInTime(Query query) {
        try {
            run(LogQl.parse(query.text()));
        } catch (ApiException refused) {
            assertThat(refused.status()).isBetween(400, 500);
            assertThat(refused.text()).isNotEmpty();
        }
    }

    private static void run(Expr expr) {
        byte[] line = ("{\"a\":\"" + "ax".repeat(2_000) + "\"}").getBytes(StandardCharsets.UTF_8);
        EntryBatch batch = new EntryBatch(new long[] {1}, new int[] {0, line.length}, line, null, null, 0, 1);
        switch (expr) {
            case LogExpr log -> Pipeline.compile(log.stages()).forStream(Labels.of("a", "b")).process(batch, false, (row, time, b, from, to, labels) -> true);
            case MetricExpr metric -> {
                for (Leaf leaf : QueryPlanner.plan(metric).leaves()) {
                    SampleExtractor.compile(leaf.range(), leaf.parent()).forStream(Labels.of("a", "b")).process(batch, (row, time, value, labels) -> true);
                }
            }
            case VariantsExpr variants -> throw new IllegalStateException("no variants here");
        }
    }

    @Test
    void boundsAreCounted() {
        long length = Bound.QUERY_LENGTH.hits();
        long depth = Bound.QUERY_DEPTH.hits();
        long output = Bound.TEMPLATE_OUTPUT.hits();
        assertThatThrownBy(() -> LogQl.parse("x".repeat(LogQl.MAX_LENGTH))).isInstanceOf(ParseException.class);
        assertThatThrownBy(() -> LogQl.parse("vector(1)" + "+vector(1)".repeat(1_000))).isInstanceOf(ParseException.class);
        run(LogQl.parse("{a=\"b\"} | line_format `{{repeat 1000000000 .a}}`"));
        assertThat(Bound.QUERY_LENGTH.hits()).isGreaterThan(length);
        assertThat(Bound.QUERY_DEPTH.hits()).isGreaterThan(depth);
        assertThat(Bound.TEMPLATE_OUTPUT.hits()).isGreaterThan(output);
        assertThat(Bound.TEMPLATE_OUTPUT.text()).isEqualTo("template_output");
    }
}
