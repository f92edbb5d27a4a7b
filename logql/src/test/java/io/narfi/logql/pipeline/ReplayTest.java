package io.narfi.logql.pipeline;

import static io.narfi.logql.pipeline.RecordedData.list;
import static io.narfi.logql.pipeline.RecordedData.map;
import static io.narfi.logql.pipeline.RecordedData.strings;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narfi.common.ApiException;
import io.narfi.common.EntryBatch;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.logql.Expr;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.Stage;
import io.narfi.logql.regex.Utf8;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Replays every recorded log query in one process: the same streams, lines and errors must come out. */
class ReplayTest {
    /** An entry of an answer. */
    private record Row(long timestamp, String line, Map<String, String> metadata, Map<String, String> parsed) {}

    private static final Map<String, String> LOKIS_OWN_BUGS = Map.of(
            "label-filters-025", "Loki rounds 1MiB to 1MB between its processes", "label-filters-085", "Loki rounds 1024B to 1kB between its processes");

    private final Map<Labels, EntryBatch> data = new LinkedHashMap<>();

    @Test
    void logQueriesAnswerAsRecorded() throws IOException {
        assumeTrue(RecordedData.isThere(), "the recorded answers are not beside the repository");
        List<Map<String, Object>> cases = RecordedData.cases();
        load(cases);
        Map<String, int[]> score = new TreeMap<>();
        StringBuilder report = new StringBuilder();
        for (Map<String, Object> c : cases) {
            String difference = LOKIS_OWN_BUGS.containsKey(String.valueOf(c.get("id"))) ? null : replay(c);
            if (difference == null) {
                continue;
            }
            String id = String.valueOf(c.get("id"));
            int[] count = score.computeIfAbsent(id.replaceAll("-\\d+$", ""), _ -> new int[2]);
            count[difference.isEmpty() ? 0 : 1]++;
            if (!difference.isEmpty()) {
                report.append(id).append("  ").append(map(c.get("params")).get("query")).append('\n').append(difference).append("\n\n");
            }
        }
        score.forEach((file, count) -> report.append(file).append(": ").append(count[0]).append(" pass, ").append(count[1]).append(" fail\n"));
        Files.writeString(Path.of("target/replay.txt"), report);
        assertThat(score.values().stream().mapToInt(n -> n[0]).sum()).isGreaterThan(500);
        assertThat(score.values().stream().mapToInt(n -> n[1]).sum()).as(report.toString()).isZero();
    }

    /** Levels come from the answers themselves: how they are found is not this module's affair. */
    private void load(List<Map<String, Object>> cases) {
        Map<String, String> levels = new HashMap<>();
        for (Map<String, Object> c : cases) {
            if (!isLogAnswer(c) || !(parse(c) instanceof LogExpr log) || String.valueOf(map(c.get("params")).get("query")).contains("detected_level=`")) {
                continue;
            }
            for (Object stream : list(map(map(c.get("body")).get("data")).get("result"))) {
                Map<String, String> labels = strings(map(stream).get("stream"));
                for (Object value : list(map(stream).get("values"))) {
                    List<Object> v = list(value);
                    Map<String, String> all = new TreeMap<>(labels);
                    all.putAll(v.size() > 2 ? strings(map(v.get(2)).get("structuredMetadata")) : Map.of());
                    String level = all.get("label-detected".equals(all.get("style")) ? "detected_level_extracted" : "detected_level");
                    if (level != null) {
                        boolean changed = log.stages().stream().anyMatch(ReplayTest::changesLine);
                        levels.put(v.get(0) + " " + labels.get("service_name") + (changed ? "" : " " + v.get(1)), level);
                    }
                }
            }
        }
        RecordedData.streams().forEach((labels, entries) -> {
            byte[][] lines = new byte[entries.size()][];
            long[] timestamps = new long[lines.length];
            int[] ids = new int[lines.length];
            Labels[] metadata = new Labels[lines.length];
            for (int i = 0; i < lines.length; i++) {
                RecordedData.Entry e = entries.get(i);
                lines[i] = e.line().getBytes(UTF_8);
                timestamps[i] = e.timestamp();
                ids[i] = i;
                Map<String, String> pairs = new TreeMap<>(e.metadata());
                String level = levels.get(e.timestamp() + " " + labels.get("service_name") + " " + e.line());
                level = level == null ? levels.get(e.timestamp() + " " + labels.get("service_name")) : level;
                pairs.put("detected_level", level == null ? pairs.getOrDefault("detected_level", "unknown") : level);
                metadata[i] = Labels.of(pairs);
            }
            EntryBatch plain = Batches.of(null, lines);
            data.put(Labels.of(labels), new EntryBatch(timestamps, plain.offsets, plain.lines, ids, metadata, 0, lines.length));
        });
    }

    private static boolean changesLine(Stage stage) {
        return stage instanceof Stage.LineFormat || stage instanceof Stage.Unpack || stage instanceof Stage.Decolorize;
    }

    private static boolean isLogAnswer(Map<String, Object> c) {
        return "200".equals(c.get("status"))
                && map(c.get("params")).get("query") instanceof String
                && String.valueOf(c.get("path")).endsWith("/query_range")
                && "streams".equals(map(map(c.get("body")).get("data")).get("resultType"));
    }

    private static Expr parse(Map<String, Object> c) {
        return LogQl.parse(String.valueOf(map(c.get("params")).get("query")));
    }

    /** Null if the case is none for this test, empty if it passes, else what differs. */
    private @Nullable String replay(Map<String, Object> c) {
        if (!isLogAnswer(c)) {
            String body = c.get("body") instanceof String s ? s : "";
            return body.startsWith("parse error : stage") ? replayError(c, body) : null;
        }
        if (!isPlain(map(c.get("params")))) {
            return null;
        }
        boolean categorized = List.of(strings(c.get("headers")).getOrDefault("X-Loki-Response-Encoding-Flags", "").split(",")).contains("categorize-labels");
        Map<Map<String, String>, List<Row>> expected = new HashMap<>();
        for (Object stream : list(map(map(c.get("body")).get("data")).get("result"))) {
            List<Row> rows = expected.computeIfAbsent(strings(map(stream).get("stream")), _ -> new ArrayList<>());
            for (Object value : list(map(stream).get("values"))) {
                List<Object> v = list(value);
                Map<String, Object> categories = v.size() > 2 ? map(v.get(2)) : Map.of();
                rows.add(new Row(Long.parseLong((String) v.get(0)), (String) v.get(1), strings(categories.get("structuredMetadata")), strings(categories.get("parsed"))));
            }
        }
        Map<Map<String, String>, List<Row>> actual;
        try {
            actual = run(c, (LogExpr) parse(c), categorized);
        } catch (RuntimeException e) {
            return "threw " + e + " at " + e.getStackTrace()[0];
        }
        expected.values().forEach(rows -> rows.sort(Comparator.comparing(Row::toString)));
        actual.values().forEach(rows -> rows.sort(Comparator.comparing(Row::toString)));
        return difference(expected, actual);
    }

    /** Other forms of times and limits are for the tests of the HTTP API. */
    private static boolean isPlain(Map<String, Object> params) {
        return !params.containsKey("interval")
                && !params.containsKey("since")
                && List.of("start", "end", "limit").stream().allMatch(p -> String.valueOf(params.get(p)).matches("[0-9]+(\\.[0-9]+)?"));
    }

    private static @Nullable String replayError(Map<String, Object> c, String body) {
        if (String.valueOf(map(c.get("params")).get("query")).matches("(?s).*(rate|over_time)\\(.*")) {
            return null;
        }
        try {
            Pipeline.compile(((LogExpr) parse(c)).stages());
            return "accepted, but expected: " + body;
        } catch (ApiException e) {
            return e.text().equals(body) ? "" : "expected: " + body + "\nactual:   " + e.text();
        } catch (RuntimeException e) {
            return "threw " + e + " at " + e.getStackTrace()[0];
        }
    }

    private Map<Map<String, String>, List<Row>> run(Map<String, Object> c, LogExpr log, boolean categorized) {
        Map<String, String> params = strings(c.get("params"));
        boolean backward = !"forward".equalsIgnoreCase(params.get("direction"));
        long from = nanos(params.getOrDefault("start", "0"));
        long to = nanos(params.getOrDefault("end", String.valueOf(Long.MAX_VALUE)));
        int limit = Integer.parseInt(params.getOrDefault("limit", "100"));
        record Found(Map<String, String> key, Row row) {}
        List<Found> found = new ArrayList<>();
        Pipeline pipeline = Pipeline.compile(log.stages());
        data.forEach((labels, all) -> {
            if (!log.selector().stream().allMatch((LabelMatcher m) -> m.matches(labels))) {
                return;
            }
            EntryBatch batch = all.slice(all.firstAtOrAfter(from), Math.max(all.firstAtOrAfter(from), all.firstAtOrAfter(to)));
            pipeline.forStream(labels).process(batch, backward, (_, ts, b, start, end, result) -> {
                String line = Utf8.toText(b, start, end);
                Row row = categorized ? new Row(ts, line, result.metadata().toMap(), result.parsed().toMap()) : new Row(ts, line, Map.of(), Map.of());
                Found next = new Found((categorized ? result.stream() : result.all()).toMap(), row);
                // Loki's merge drops entries that have become equal
                if (!found.contains(next)) {
                    found.add(next);
                }
                return true;
            });
        });
        Comparator<Found> order = Comparator.comparingLong(f -> f.row().timestamp());
        found.sort(backward ? order.reversed() : order);
        Map<Map<String, String>, List<Row>> out = new HashMap<>();
        for (Found f : found.subList(0, Math.min(limit, found.size()))) {
            out.computeIfAbsent(f.key(), _ -> new ArrayList<>()).add(f.row());
        }
        return out;
    }

    private static long nanos(String time) {
        return time.contains(".") ? Math.round(Double.parseDouble(time) * 1000) * 1_000_000 : time.length() <= 10 ? Long.parseLong(time) * 1_000_000_000L : Long.parseLong(time);
    }

    private static String difference(Map<Map<String, String>, List<Row>> expected, Map<Map<String, String>, List<Row>> actual) {
        if (expected.equals(actual)) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        int shown = 0;
        for (Map.Entry<Map<String, String>, List<Row>> e : expected.entrySet()) {
            if (!e.getValue().equals(actual.get(e.getKey())) && shown++ < 2) {
                out.append("  expected ").append(e.getKey()).append("\n    ").append(cut(e.getValue())).append('\n');
                if (actual.get(e.getKey()) != null) {
                    out.append("  actual there\n    ").append(cut(actual.get(e.getKey()))).append('\n');
                }
            }
        }
        for (Map.Entry<Map<String, String>, List<Row>> e : actual.entrySet()) {
            if (!expected.containsKey(e.getKey()) && shown++ < 5) {
                out.append("  actual   ").append(e.getKey()).append("\n    ").append(cut(e.getValue())).append('\n');
            }
        }
        return out.toString();
    }

    private static String cut(List<Row> rows) {
        String s = rows.toString();
        return s.length() > 700 ? s.substring(0, 700) + "…" : s;
    }
}
