package io.narfi.logql.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BoundsTest {
    private static Pipeline pipeline(String stages) {
        return Pipeline.compile(((LogExpr) LogQl.parse("{a=\"b\"} " + stages)).stages());
    }

    private static List<Batches.Row> run(String stages, String... lines) {
        return Batches.run(pipeline(stages), Labels.EMPTY, Batches.of(lines));
    }

    @Test
    void deepJsonIsAParserError() {
        int max = JsonScanner.MAX_DEPTH;
        String name = "a" + "_a".repeat(max - 1);
        assertThat(run("| json", "{\"a\":".repeat(max) + "1" + "}".repeat(max)).getFirst().labels()).containsExactly(Map.entry(name, "1"));
        assertThat(run("| json", "{\"a\":".repeat(max + 1) + "1" + "}".repeat(max + 1)).getFirst().labels())
                .containsEntry("__error__", "JSONParserErr")
                .containsEntry("__error_details__", "JSON is nested deeper than 200 levels");
        String path = "a" + ".a".repeat(max);
        assertThat(run("| json x=\"" + path + "\"", "{\"a\":".repeat(max + 1) + "1" + "}".repeat(max + 1)).getFirst().labels())
                .containsEntry("__error_details__", "JSON is nested deeper than 200 levels")
                .containsEntry("x", "");
    }

    @Test
    void namesOfLinesAreForgotten() {
        LabelBuilder builder = new LabelBuilder(Labels.of("a", "b"), ParserHints.NONE);
        RowStage stage = new LogfmtStage(false, false);
        int most = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] line = ("key" + i + "=1 a=2").getBytes(java.nio.charset.StandardCharsets.UTF_8);
            builder.reset(i, line, 0, line.length, Labels.EMPTY);
            assertThat(stage.run(builder)).isTrue();
            assertThat(builder.find(builder.names.get("key" + i))).isTrue();
            assertThat(builder.find(builder.names.get("a_extracted"))).isTrue();
            most = Math.max(most, builder.names.size());
        }
        assertThat(most).isBetween(NameTable.MAX_NAMES, NameTable.MAX_NAMES + 10);
    }

    @Test
    void manyCombinationsOfLabelsStayRight() {
        String[] lines = new String[5 * ResultCache.SLOTS];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = "v=" + i % (3 * ResultCache.SLOTS);
        }
        List<Batches.Row> rows = run("| logfmt", lines);
        for (int i = 0; i < lines.length; i++) {
            assertThat(rows.get(i).labels()).isEqualTo(Map.of("v", String.valueOf(i % (3 * ResultCache.SLOTS))));
        }
    }

    @Test
    void repeatedCombinationsAreOneObject() {
        EntryBatch batch = Batches.of("v=1 w=x", "v=2 w=x", "v=1 w=x");
        List<ResultLabels> labels = new ArrayList<>();
        pipeline("| logfmt").forStream(Labels.of("s", "t")).process(batch, false, (_, _, _, _, _, l) -> labels.add(l));
        assertThat(labels.get(0)).isSameAs(labels.get(2)).isNotSameAs(labels.get(1));
    }

    @Test
    void backwardIsForwardReversedAndStopsEarly() {
        EntryBatch batch = Batches.of("v=1", "v=2", "x", "v=3");
        List<Integer> rows = new ArrayList<>();
        StreamPipeline p = pipeline("|= \"v\" | logfmt | v >= 2").forStream(Labels.EMPTY);
        assertThat(p.process(batch, true, (row, _, _, _, _, _) -> rows.add(row))).isTrue();
        assertThat(rows).containsExactly(3, 1);
        assertThat(p.process(batch, true, (_, _, _, _, _, _) -> false)).isFalse();
    }
}
