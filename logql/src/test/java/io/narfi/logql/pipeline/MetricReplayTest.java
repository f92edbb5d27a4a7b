package io.narfi.logql.pipeline;

import static io.narfi.logql.pipeline.RecordedData.list;
import static io.narfi.logql.pipeline.RecordedData.map;
import static io.narfi.logql.pipeline.RecordedData.strings;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narfi.common.ApiException;
import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.logql.LogQl;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.engine.Evaluator;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.LeafAccumulator;
import io.narfi.logql.engine.LeafPartial;
import io.narfi.logql.engine.MemoryBudget;
import io.narfi.logql.engine.MetricResult;
import io.narfi.logql.engine.QueryPlanner;
import io.narfi.logql.engine.StepGrid;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Replays every recorded metric query in one process, each leaf in parts that go over the wire: the same series and values must come out. */
class MetricReplayTest {
    private static final int PARTS = 3;
    private static final double TOLERANCE = 1e-9;
    private static final long SECOND = 1_000_000_000L;

    /**
     * Loki cuts instant queries longer than an hour into hours and puts them together wrongly: averages of averages, minima and maxima of
     * hours instead of the whole, groupings applied too early, empty labels lost.
     */
    private static final Set<String> WRONG_INSTANT_SPLITS = Set.of(
            "label_format-051",
            "parsers-logfmt-070",
            "vector-aggregations-006",
            "vector-aggregations-010",
            "vector-aggregations-012",
            "vector-aggregations-014",
            "vector-aggregations-016",
            "vector-aggregations-058",
            "fuzz-1071",
            "fuzz-1129",
            "fuzz-1395");

    private final Map<Labels, EntryBatch> data = new LinkedHashMap<>();

    @Test
    void metricQueriesAnswerAsRecorded() throws IOException {
        assumeTrue(RecordedData.isThere(), "the recorded answers are not beside the repository");
        List<Map<String, Object>> cases = RecordedData.cases();
        load();
        int passed = 0;
        List<String> failures = new ArrayList<>();
        for (Map<String, Object> c : cases) {
            String id = String.valueOf(c.get("id"));
            if (WRONG_INSTANT_SPLITS.contains(id) || !isReplayable(c)) {
                continue;
            }
            String difference = replay(c);
            if (difference.isEmpty()) {
                passed++;
            } else {
                failures.add(id + " " + map(c.get("params")).get("query") + "\n  " + difference);
            }
        }
        assertThat(failures).as("%d passed", passed).isEmpty();
        assertThat(passed).isGreaterThan(1_050);
    }

    /** Levels are found at push, which is not this module's affair: they are a recording too, by time and a hash of the rest. */
    private void load() throws IOException {
        Map<String, String> levels = new HashMap<>();
        try (InputStream in = Objects.requireNonNull(MetricReplayTest.class.getResourceAsStream("levels.tsv"))) {
            for (String line : new String(in.readAllBytes(), UTF_8).split("\n")) {
                levels.put(line.substring(0, line.lastIndexOf('\t')), line.substring(line.lastIndexOf('\t') + 1));
            }
        }
        RecordedData.streams().forEach((labels, entries) -> {
            int n = entries.size();
            ByteArrayOutputStream lines = new ByteArrayOutputStream();
            int[] offsets = new int[n + 1];
            long[] timestamps = new long[n];
            int[] ids = new int[n];
            Labels[] metadata = new Labels[n];
            for (int i = 0; i < n; i++) {
                RecordedData.Entry e = entries.get(i);
                lines.writeBytes(e.line().getBytes(UTF_8));
                offsets[i + 1] = lines.size();
                timestamps[i] = e.timestamp();
                ids[i] = i;
                Map<String, String> pairs = new TreeMap<>(e.metadata());
                String key = e.timestamp() + "\t" + Integer.toHexString((labels + e.line() + e.metadata()).hashCode());
                pairs.put("detected_level", Objects.requireNonNull(levels.get(key), key));
                metadata[i] = Labels.of(pairs);
            }
            data.put(Labels.of(labels), new EntryBatch(timestamps, offsets, lines.toByteArray(), ids, metadata, 0, n));
        });
    }

    /** Other forms of times, and what is refused before a query runs, are for the tests of the HTTP API. */
    private static boolean isReplayable(Map<String, Object> c) {
        Map<String, String> params = strings(c.get("params"));
        String path = String.valueOf(c.get("path"));
        if (!params.containsKey("query") || !(path.endsWith("/query") || path.endsWith("/query_range"))) {
            return false;
        }
        boolean plain = path.endsWith("/query")
                ? params.getOrDefault("time", "").matches("[0-9]+")
                : (params.getOrDefault("start", "") + params.getOrDefault("end", "")).matches("[0-9]{20,}")
                        && params.getOrDefault("step", "").matches("([0-9]+|[0-9]+[smh])");
        if (!plain) {
            return false;
        }
        if (c.get("body") instanceof String body) {
            return List.of("pipeline error", "multiple matches", "found duplicate", "maximum number of series", "approx_topk is").stream()
                    .anyMatch(body::startsWith);
        }
        String type = String.valueOf(map(map(c.get("body")).get("data")).get("resultType"));
        return List.of("matrix", "vector", "scalar").contains(type);
    }

    private String replay(Map<String, Object> c) {
        Map<String, String> params = strings(c.get("params"));
        StepGrid grid = String.valueOf(c.get("path")).endsWith("/query") ? StepGrid.instant(nanos(params.getOrDefault("time", ""))) : aligned(params);
        try {
            MetricExpr expr = (MetricExpr) LogQl.parse(String.valueOf(params.get("query")));
            MetricResult result = Evaluator.evaluate(QueryPlanner.plan(expr), grid, this::leaf, MemoryBudget.UNLIMITED, 500);
            if (c.get("body") instanceof String body) {
                return "answered, but expected: " + body;
            }
            return compare(map(map(c.get("body")).get("data")), result, Double.parseDouble(strings(c).getOrDefault("tolerance", "" + TOLERANCE)));
        } catch (ApiException e) {
            return e.text().equals(c.get("body")) ? "" : "refused: " + e.text();
        }
    }

    private static long nanos(String time) {
        return time.length() <= 10 ? Long.parseLong(time) * SECOND : Long.parseLong(time);
    }

    /** Range queries are moved to multiples of their step. */
    private static StepGrid aligned(Map<String, String> params) {
        String text = String.valueOf(params.get("step"));
        long unit = text.endsWith("h") ? 3600 * SECOND : text.endsWith("m") ? 60 * SECOND : SECOND;
        long step = Long.parseLong(text.replaceAll("[smh]", "")) * unit;
        long start = nanos(String.valueOf(params.get("start")));
        long end = nanos(String.valueOf(params.get("end")));
        return new StepGrid(start / step * step, Math.ceilDiv(end, step) * step, step);
    }

    private LeafPartial leaf(Leaf leaf, StepGrid grid) {
        SampleExtractor extractor = SampleExtractor.compile(leaf.range(), leaf.parent());
        List<LeafAccumulator> parts = new ArrayList<>();
        for (int i = 0; i < PARTS; i++) {
            parts.add(new LeafAccumulator(leaf, grid, MemoryBudget.UNLIMITED));
        }
        int[] next = {0};
        data.forEach((labels, all) -> {
            if (leaf.selector().stream().allMatch(m -> m.matches(labels))) {
                int from = all.firstAtOrAfter(leaf.from(grid));
                EntryBatch batch = all.slice(from, Math.max(from, all.firstAtOrAfter(leaf.to(grid))));
                StreamExtractor stream = extractor.forStream(labels);
                int middle = (batch.start + batch.end) / 2;
                while (middle < batch.end && middle > batch.start && batch.timestamps[middle] == batch.timestamps[middle - 1]) {
                    middle++;
                }
                stream.process(batch.slice(batch.start, middle), parts.get(next[0]++ % PARTS));
                stream.process(batch.slice(middle, batch.end), parts.get(next[0]++ % PARTS));
            }
        });
        LeafAccumulator merged = new LeafAccumulator(leaf, grid, MemoryBudget.UNLIMITED);
        parts.forEach(p -> merged.merge(LeafPartial.decode(p.finish().encode(), leaf, grid, MemoryBudget.UNLIMITED)));
        return merged.finish();
    }

    private static String compare(Map<String, Object> data, MetricResult result, double tolerance) {
        List<String> want = new ArrayList<>();
        List<String> got = new ArrayList<>();
        List<Double> wantValues = new ArrayList<>();
        List<Double> gotValues = new ArrayList<>();
        switch (result) {
            case MetricResult.Scalar s -> {
                // Loki's own time of a scalar is wrong.
                wantValues.add(number(list(data.get("result")).get(1)));
                gotValues.add(s.value());
            }
            case MetricResult.Vector v -> {
                for (Object series : list(data.get("result"))) {
                    add(want, wantValues, map(series), list(map(series).get("value")));
                }
                v.samples().forEach(s -> {
                    got.add(s.labels() + " " + seconds(v.time()));
                    gotValues.add(s.value());
                });
            }
            case MetricResult.Matrix m -> {
                for (Object series : list(data.get("result"))) {
                    list(map(series).get("values")).forEach(p -> add(want, wantValues, map(series), list(p)));
                }
                m.series().forEach(s -> {
                    for (int i = 0; i < s.times().length; i++) {
                        got.add(s.labels() + " " + seconds(s.times()[i]));
                        gotValues.add(s.values()[i]);
                    }
                });
            }
        }
        return difference(new Points(want, wantValues).sorted(), new Points(got, gotValues).sorted(), tolerance);
    }

    private record Points(List<String> names, List<Double> values) {
        /** Order within a result is compared by the engine's own tests; equal values of {@code sort} come in any. */
        Points sorted() {
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < values.size(); i++) {
                order.add(i);
            }
            if (!names.isEmpty()) {
                order.sort((a, b) -> {
                    int byName = names.get(a).compareTo(names.get(b));
                    return byName != 0 ? byName : Double.compare(values.get(a), values.get(b));
                });
            }
            return new Points(names.isEmpty() ? names : order.stream().map(names::get).toList(), order.stream().map(values::get).toList());
        }
    }

    private static void add(List<String> names, List<Double> values, Map<String, Object> series, List<Object> point) {
        names.add(Labels.of(strings(series.get("metric"))) + " " + new BigDecimal(String.valueOf(point.get(0))).stripTrailingZeros().toPlainString());
        values.add(number(point.get(1)));
    }

    private static String seconds(long millis) {
        return BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString();
    }

    private static double number(Object text) {
        return Double.parseDouble(String.valueOf(text).replace("+Inf", "Infinity").replace("-Inf", "-Infinity"));
    }

    private static String difference(Points want, Points got, double tolerance) {
        if (!want.names().equals(got.names())) {
            List<String> missing = new ArrayList<>(want.names());
            missing.removeAll(got.names());
            List<String> extra = new ArrayList<>(got.names());
            extra.removeAll(want.names());
            return "missing " + missing + ", unexpected " + extra;
        }
        for (int i = 0; i < want.values().size(); i++) {
            double w = want.values().get(i);
            double g = got.values().get(i);
            boolean near = Double.compare(w, g) == 0 || w == g || Math.abs(w - g) <= tolerance * Math.max(Math.abs(w), Math.abs(g));
            if (!near) {
                return (want.names().isEmpty() ? "value" : want.names().get(i)) + ": " + g + ", expected " + w;
            }
        }
        return "";
    }
}
