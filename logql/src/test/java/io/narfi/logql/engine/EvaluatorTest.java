package io.narfi.logql.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.logql.LogQl;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.engine.MetricResult.Matrix;
import io.narfi.logql.engine.MetricResult.Scalar;
import io.narfi.logql.engine.MetricResult.Vector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nodes above the leaves, with the contract's examples (logql.md §9.5 to 9.8, 12). */
class EvaluatorTest {
    private static final StepGrid NOW = StepGrid.instant(1_000_000_000_000L);

    /** Series of the selector {@code {s="name"}}: labels and value; the value is summed from one sample. */
    private static final Map<String, List<Object[]>> DATA = Map.of(
            "v", rows("app=a,env=x", 1, "app=b,env=x", 2, "app=b,env=y", 3),
            "one", rows("app=a,owner=me", 10, "app=b,owner=you", 20),
            "nan", rows("app=a", Double.NaN, "app=b", 1),
            "empty", rows("app=a", 1, "app=a,env=", 2),
            "nothing", rows());

    private static List<Object[]> rows(Object... labelsAndValues) {
        List<Object[]> rows = new ArrayList<>();
        for (int i = 0; i < labelsAndValues.length; i += 2) {
            TreeMap<String, String> labels = new TreeMap<>();
            for (String pair : labelsAndValues[i].toString().split(",")) {
                String[] parts = pair.split("=", -1);
                labels.put(parts[0], parts[1]);
            }
            rows.add(new Object[] {Labels.of(labels), ((Number) labelsAndValues[i + 1]).doubleValue()});
        }
        return rows;
    }

    private static MetricResult evaluate(String query, StepGrid grid) {
        String full = query.replaceAll("\\b(v|one|nan|empty|nothing)\\b(?!\")", "sum_over_time({s=\"$1\"}|unwrap n[5m])");
        QueryPlan plan = QueryPlanner.plan((MetricExpr) LogQl.parse(full));
        LeafEvaluator leaves = (leaf, g) -> {
            LeafAccumulator accumulator = new LeafAccumulator(leaf, g, MemoryBudget.UNLIMITED);
            for (Object[] row : DATA.getOrDefault(leaf.selector().getFirst().value(), List.of())) {
                accumulator.add((Labels) row[0], NOW.start(), (Double) row[1]);
            }
            return accumulator.finish();
        };
        return Evaluator.evaluate(plan, grid, leaves, MemoryBudget.UNLIMITED, 500);
    }

    private static String text(MetricResult result) {
        return switch (result) {
            case Scalar s -> "scalar " + s.value();
            case Vector v -> String.join(" ", v.samples().stream().map(s -> s.labels().toString().replace("\"", "'") + s.value()).toList());
            case Matrix m -> m.series().toString();
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\u0001',
            value = {
                "sum(v) ~ {}6.0",
                "sum by (app)(v) ~ {app='a'}1.0 {app='b'}5.0",
                "sum without (app)(v) ~ {env='x'}3.0 {env='y'}3.0",
                "sum by (zone)(v) ~ {}6.0",
                "avg(v) ~ {}2.0",
                "count by (env)(v) ~ {env='x'}2.0 {env='y'}1.0",
                "min(nan) ~ {}1.0",
                "max(nan) ~ {}1.0",
                "stdvar(v) ~ {}0.6666666666666666",
                "sum by (env)(empty) ~ {}1.0 {env=''}2.0",
                "topk(2, v) ~ {app='b', env='x'}2.0 {app='b', env='y'}3.0",
                "topk by (app)(1, v) ~ {app='a', env='x'}1.0 {app='b', env='y'}3.0",
                "bottomk(1, v) ~ {app='a', env='x'}1.0",
                "topk(1, nan) ~ {app='b'}1.0",
                "sort_desc(v) ~ {app='b', env='y'}3.0 {app='b', env='x'}2.0 {app='a', env='x'}1.0",
                "sort(nan) ~ {app='b'}1.0 {app='a'}NaN",
                "sort_desc(nan) ~ {app='b'}1.0 {app='a'}NaN",
                "sort_desc(topk(2, v)) ~ {app='b', env='y'}3.0 {app='b', env='x'}2.0",
                "v * 2 ~ {app='a', env='x'}2.0 {app='b', env='x'}4.0 {app='b', env='y'}6.0",
                "v > 1 ~ {app='b', env='x'}2.0 {app='b', env='y'}3.0",
                "2 == v ~ {app='b', env='x'}2.0",
                "1 < v ~ {app='b', env='x'}2.0 {app='b', env='y'}3.0",
                "v > bool 1 ~ {app='a', env='x'}0.0 {app='b', env='x'}1.0 {app='b', env='y'}1.0",
                "2 > vector(1) ~ {}1.0",
                "vector(1) > vector(0) ~ {}1.0",
                "vector(1) % 0 ~ {}NaN",
                "1 > 2 ~ scalar 0.0",
                "-2^2 ~ scalar 4.0",
                "v + v ~ {app='a', env='x'}2.0 {app='b', env='x'}4.0 {app='b', env='y'}6.0",
                "v == v ~ {app='a', env='x'}1.0 {app='b', env='x'}2.0 {app='b', env='y'}3.0",
                "nan == nan ~ {app='b'}1.0",
                "nan != nan ~ {app='a'}NaN",
                "v * on (app) group_left one ~ {app='a', env='x'}10.0 {app='b', env='x'}40.0 {app='b', env='y'}60.0",
                "one / on (app) group_right v ~ {app='a', env='x'}10.0 {app='b', env='x'}10.0 {app='b', env='y'}6.666666666666667",
                "sum by (app)(v) * on (app) one ~ {app='a'}10.0 {app='b'}100.0",
                "one * ignoring (owner) sum by (app)(v) ~ {app='a'}10.0 {app='b'}100.0",
                "v and on (app) (one > 10) ~ {app='b', env='x'}2.0 {app='b', env='y'}3.0",
                "v unless on (app) (one > 10) ~ {app='a', env='x'}1.0",
                "(v > 2) or on (app) one ~ {app='a', owner='me'}10.0 {app='b', env='y'}3.0",
                "sum(nothing) or vector(0) ~ {}0.0",
                "sum(nothing) ~ ",
                "label_replace(v, \"app\", \"\", \"app\", \".*\") ~ {env='x'}1.0 {env='x'}2.0 {env='y'}3.0",
                "label_replace(one, \"x\", \"$1_y\", \"app\", \"(.*)\") ~ {app='a', owner='me'}10.0 {app='b', owner='you'}20.0",
                "label_replace(one, \"x\", \"${1}_y$$\", \"app\", \"(a)\") ~ {app='a', owner='me', x='a_y$'}10.0 {app='b', owner='you'}20.0",
                "label_replace(one, \"x\", \"${n}-$0\", \"owner\", \"(?P<n>.).*\") ~ {app='a', owner='me', x='m-me'}10.0 {app='b', owner='you', x='y-you'}20.0",
                "absent_over_time({s=\"nothing\",s=\"b\",c=\"d\",e!=\"f\"}[1m]) ~ {c='d'}1.0",
                "absent_over_time({s=\"v\"}[1m]) ~ ",
            })
    void evaluates(String query, String expected) {
        assertThat(text(evaluate(query, NOW))).isEqualTo(expected == null ? "" : expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\u0001',
            value = {
                "v + on (app) one ~ multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
                "one + on (app) v ~ found duplicate series on the right hand-side;many-to-many matching not allowed: matching labels must be unique"
                        + " on one side",
                "v + on (app) group_right one ~ found duplicate series on the left hand-side;many-to-many matching not allowed: matching labels must"
                        + " be unique on one side",
                // both elements of b lose their env
                "v * on (app) group_left (owner, env) one ~ multiple matches for labels: grouping labels must ensure unique matches",
                "sum(1) ~ unexpected expr type (*syntax.LiteralExpr) for Evaluator type (*logql.DefaultEvaluator)",
                "approx_topk(2, v) ~ approx_topk is not enabled. See -limits.shard_aggregations",
            })
    void failsAsLokiDoes(String query, String text) {
        assertThatThrownBy(() -> evaluate(query, NOW)).isInstanceOfSatisfying(ApiException.class, e -> {
            assertThat(e.status()).isEqualTo(500);
            assertThat(e.text()).isEqualTo(text);
        });
    }

    @Test
    void rangeResultsHavePointsWhereThereAreValues() {
        StepGrid grid = new StepGrid(NOW.start() - 600_000_000_000L, NOW.start() + 600_000_000_000L, 300_000_000_000L);
        Matrix matrix = (Matrix) evaluate("sum by (app)(v)", grid);
        assertThat(matrix.series()).hasSize(2);
        assertThat(matrix.series().getFirst().times()).containsExactly(1_000_000L);
        assertThat(matrix.series().getFirst().values()).containsExactly(1);
        Matrix literal = (Matrix) evaluate("7", grid);
        assertThat(literal.series().getFirst().times()).containsExactly(400_000, 700_000, 1_000_000, 1_300_000, 1_600_000);
        Matrix twice = (Matrix) evaluate("label_replace(v, \"app\", \"\", \"app\", \".*\")", grid);
        assertThat(twice.series().getFirst().times()).containsExactly(1_000_000L, 1_000_000L);
        Matrix absent = (Matrix) evaluate("absent_over_time({s=\"v\"}[5m])", grid);
        assertThat(absent.series().getFirst().times()).containsExactly(400_000, 700_000, 1_300_000, 1_600_000);
    }

    @Test
    void boundsSeriesOfTheResultOnly() {
        LeafEvaluator many = (leaf, grid) -> {
            LeafAccumulator accumulator = new LeafAccumulator(leaf, grid, MemoryBudget.UNLIMITED);
            for (int i = 0; i < 501; i++) {
                accumulator.add(Labels.of("i", Integer.toString(i)), NOW.start(), 1);
            }
            return accumulator.finish();
        };
        QueryPlan plan = QueryPlanner.plan((MetricExpr) LogQl.parse("count_over_time({a=\"b\"}[1m])"));
        assertThatThrownBy(() -> Evaluator.evaluate(plan, NOW, many, MemoryBudget.UNLIMITED, 500))
                .hasMessageStartingWith("maximum number of series (500) reached for a single query; consider reducing query cardinality by adding");
        assertThat(Evaluator.evaluate(plan, NOW, many, MemoryBudget.UNLIMITED, 501)).isInstanceOf(Vector.class);
        QueryPlan count = QueryPlanner.plan((MetricExpr) LogQl.parse("count(count_over_time({a=\"b\"}[1m]))"));
        assertThat(text(Evaluator.evaluate(count, NOW, many, MemoryBudget.UNLIMITED, 1))).isEqualTo("{}501.0");
    }

    @Test
    void refusesLinesThatAStageFailedOn() {
        LeafEvaluator failed = (leaf, grid) -> {
            LeafAccumulator accumulator = new LeafAccumulator(leaf, grid, MemoryBudget.UNLIMITED);
            accumulator.add(Labels.of("a", "b", "__error__", "JSONParserErr"), NOW.start(), 1);
            accumulator.add(Labels.of("__error__", "JSONParserErr", "__preserve_error__", "true"), NOW.start(), 1);
            return accumulator.finish();
        };
        QueryPlan plan = QueryPlanner.plan((MetricExpr) LogQl.parse("sum(rate({a=\"b\"} | json [1m]))"));
        assertThatThrownBy(() -> Evaluator.evaluate(plan, NOW, failed, MemoryBudget.UNLIMITED, 500)).isInstanceOfSatisfying(ApiException.class, e -> {
            assertThat(e.status()).isEqualTo(400);
            assertThat(e.text()).isEqualTo("""
                    pipeline error: 'JSONParserErr' for series: '{__error__="JSONParserErr", a="b"}'.
                    Use a label filter to intentionally skip this error. (e.g | __error__!="JSONParserErr").
                    To skip all potential errors you can match empty errors.(e.g __error__="")
                    The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )
                    """);
        });
    }

    @Test
    void memoryIsBounded() {
        long[] left = {10_000};
        MemoryBudget budget = bytes -> {
            left[0] -= bytes;
            if (left[0] < 0) {
                throw ApiException.badRequest("too much");
            }
        };
        for (String query : List.of("quantile_over_time(0.5,{a=\"b\"}|unwrap v[1m])", "count_over_time({a=\"b\"}[1m])")) {
            left[0] = 10_000;
            Leaf leaf = QueryPlanner.plan((MetricExpr) LogQl.parse(query)).leaves().getFirst();
            LeafAccumulator accumulator = new LeafAccumulator(leaf, NOW, budget);
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 1000; i++) {
                            accumulator.add(Labels.of("i", Integer.toString(i % 100)), NOW.start() - i, i);
                        }
                    })
                    .hasMessage("too much");
        }
    }

    @Test
    void evaluationEndsWithTheQuery() {
        MemoryBudget over = new MemoryBudget() {
            @Override
            public void reserve(long bytes) {}

            @Override
            public void check() {
                throw new ApiException(504, "time is up");
            }
        };
        LeafEvaluator leaves = (leaf, grid) -> {
            LeafAccumulator accumulator = new LeafAccumulator(leaf, grid, MemoryBudget.UNLIMITED);
            accumulator.add(Labels.EMPTY, NOW.start(), 1);
            return accumulator.finish();
        };
        for (String query : List.of(
                "quantile_over_time(0.5,{a=\"b\"}|unwrap v[1m])",
                "rate({a=\"b\"}[1m])",
                "vector(1) + 1",
                "vector(1) + vector(1)",
                "vector(1) and vector(1)",
                "topk(1, vector(1))",
                "sum(vector(1))")) {
            QueryPlan plan = QueryPlanner.plan((MetricExpr) LogQl.parse(query));
            assertThatThrownBy(() -> Evaluator.evaluate(plan, NOW, leaves, over, 500)).as(query).hasMessage("time is up");
        }
    }

    @Test
    void explainsPlans() {
        QueryPlan plan = QueryPlanner.plan((MetricExpr) LogQl.parse("topk(2, sum by (a)(rate({a=\"b\"}[1m]))) / on () group_left "
                + "sum(quantile_over_time(0.5, {a=\"b\"} | unwrap v [1m]) by (x)) + sum by (a)(rate({a=\"b\"}[1m]))"));
        assertThat(plan.leaves()).hasSize(2);
        assertThat(plan.explain()).isEqualTo("""
                +
                  /
                    topk 2
                      sum by (a)
                        leaf 0
                    sum
                      leaf 1
                  sum by (a)
                    leaf 0
                leaf 0: rate({a="b"}[1m])
                  series by (a); split by time and by stream; parts hold a cell per series and pane
                leaf 1: quantile_over_time(0.5,{a="b"} | unwrap v[1m]) by (x)
                  series by (x); split by time and by stream; parts hold their samples
                """);
    }
}
