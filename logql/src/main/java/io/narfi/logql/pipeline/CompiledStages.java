package io.narfi.logql.pipeline;

import io.narfi.common.ApiException;
import io.narfi.logql.LabelFilter;
import io.narfi.logql.Stage;
import io.narfi.logql.regex.RegexSyntaxException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Stages ready to run (§6.1): line filters that no {@code line_format} or {@code unpack} precedes come first and see the stored line; so do
 * those behind a label filter, which cannot change a line. The others run in order.
 *
 * @param withoutParsers the row stages for a query that needs no label, in which parsers do nothing
 */
record CompiledStages(
        List<TextTest> lineTests, List<RowStage.Factory> rowStages, List<RowStage.Factory> withoutParsers, Map<String, LabelTest> earlyTests) {
    CompiledStages {
        lineTests = List.copyOf(lineTests);
        rowStages = List.copyOf(rowStages);
        withoutParsers = List.copyOf(withoutParsers);
        earlyTests = Map.copyOf(earlyTests);
    }

    boolean isEmpty() {
        return lineTests.isEmpty() && rowStages.isEmpty();
    }

    /** @throws ApiException 400 with Loki's text if a stage cannot be built */
    static CompiledStages compile(List<Stage> written) {
        List<Stage> stages = lineFiltersFirst(written);
        List<TextTest> lineTests = new ArrayList<>();
        List<RowStage.Factory> rows = new ArrayList<>();
        Set<RowStage.Factory> parsers = Collections.newSetFromMap(new IdentityHashMap<>());
        Map<String, LabelTest> early = new HashMap<>();
        // where in rows the line filters go: behind the last stage that changes lines
        int barrier = 0;
        for (int i = 0; i < stages.size(); i++) {
            Stage stage = stages.get(i);
            if (stage instanceof Stage.LineFilter filter) {
                int at = i;
                TextTest test = checked(() -> LineFilters.compile(filter), () -> adjacentLineFilters(stages, at));
                if (test.isAlways()) {
                    continue;
                }
                if (barrier == 0) {
                    lineTests.add(test);
                } else {
                    rows.add(barrier++, _ -> entry -> test.test(entry.line, entry.lineFrom, entry.lineTo));
                }
                continue;
            }
            RowStage.Factory factory = checked(() -> RowStages.compile(stage), () -> List.of(stage));
            if (factory == null) {
                continue;
            }
            rows.add(factory);
            if (NeededLabels.isParser(stage)) {
                parsers.add(factory);
            }
            if (stage instanceof Stage.LineFormat || stage instanceof Stage.Unpack) {
                barrier = rows.size();
            }
            if (stage instanceof Stage.Filter(LabelFilter filter)) {
                LabelTest test = LabelFilters.single(filter);
                if (test != null) {
                    early.putIfAbsent(test.label(), test);
                }
            }
        }
        return new CompiledStages(lineTests, rows, rows.stream().filter(f -> !parsers.contains(f)).toList(), early);
    }

    /** Line filters stand before the other stages of their section; label filters, {@code line_format} and {@code unpack} end one. */
    private static List<Stage> lineFiltersFirst(List<Stage> stages) {
        List<Stage> out = new ArrayList<>();
        List<Stage> others = new ArrayList<>();
        for (Stage stage : stages) {
            if (stage instanceof Stage.LineFilter) {
                out.add(stage);
            } else {
                others.add(stage);
                if (stage instanceof Stage.Filter || stage instanceof Stage.LineFormat || stage instanceof Stage.Unpack) {
                    out.addAll(others);
                    others.clear();
                }
            }
        }
        out.addAll(others);
        return out;
    }

    /** Loki merges adjacent line filters, and names all of them when one is wrong. */
    private static List<Stage> adjacentLineFilters(List<Stage> stages, int at) {
        int from = at;
        int to = at + 1;
        while (from > 0 && stages.get(from - 1) instanceof Stage.LineFilter) {
            from--;
        }
        while (to < stages.size() && stages.get(to) instanceof Stage.LineFilter) {
            to++;
        }
        return stages.subList(from, to);
    }

    private static <T extends @org.jspecify.annotations.Nullable Object> T checked(Supplier<T> compile, Supplier<List<Stage>> where) {
        try {
            return compile.get();
        } catch (StageException | RegexSyntaxException e) {
            throw new ApiException(400, StageErrors.text(where.get(), e.getMessage()), e);
        }
    }
}
