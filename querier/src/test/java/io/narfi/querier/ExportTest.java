package io.narfi.querier;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.RandomRows;
import io.narfi.querier.data.Row;
import io.narfi.querier.data.RunningQuerier;
import io.narfi.querier.data.TestConfig;
import io.narfi.storage.catalog.DeleteStep;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code /narfi/api/v1/export}: every line once, in order, from anywhere on, within bounds of memory. */
@Timeout(180)
class ExportTest {
    private static final String PATH = "/narfi/api/v1/export";
    private static final String START = Long.toString(RandomRows.START);
    private static final String END = Long.toString(RandomRows.END);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A line of an export. */
    private record Line(long time, Labels labels, String text) {}

    /** What came: lines, and after how many of them which position was told. */
    private record Export(List<Line> lines, Map<Integer, String> positions, JsonNode last) {}

    @TempDir
    private Path folder;

    private final FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore());
    private final long seed = System.nanoTime();
    private @Nullable Bucket bucket;
    private @Nullable RunningQuerier started;

    @AfterEach
    void stop() throws Exception {
        store.heal();
        if (started != null) {
            started.stop();
        }
    }

    private Bucket bucket() throws IOException {
        if (bucket == null) {
            bucket = new Bucket(folder, store);
        }
        return bucket;
    }

    private RunningQuerier querier(TestConfig config) throws Exception {
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(RandomRows.END / Durations.SECOND));
        RunningQuerier q = new RunningQuerier(bucket(), config.build(), Limits.defaults(), false, RunningQuerier.noCaller(), clock);
        started = q;
        return q;
    }

    private static TestConfig config() {
        return TestConfig.of(512 << 20);
    }

    private static Export export(RunningQuerier querier, String query, String... more) throws Exception {
        List<String> params = new ArrayList<>(List.of("query", query, "start", START, "end", END, "positions", "true"));
        params.addAll(List.of(more));
        HttpResponse<String> response = querier.get(PATH, params.toArray(String[]::new));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return parse(response.body());
    }

    private static Export parse(String body) throws IOException {
        List<Line> lines = new ArrayList<>();
        Map<Integer, String> positions = new java.util.TreeMap<>();
        JsonNode last = JSON.nullNode();
        for (String text : body.split("\n")) {
            last = JSON.readTree(text);
            if (last.has("position")) {
                positions.put(lines.size(), last.get("position").asText());
            } else {
                Instant time = Instant.parse(last.get("timestamp").asText());
                long nanos = time.getEpochSecond() * Durations.SECOND + time.getNano();
                lines.add(new Line(nanos, labels(last.get("labels")), last.get("line").asText()));
            }
        }
        return new Export(lines, positions, last);
    }

    private static Labels labels(JsonNode node) {
        Map<String, String> map = new java.util.TreeMap<>();
        node.properties().forEach(e -> map.put(e.getKey(), e.getValue().asText()));
        return Labels.of(map);
    }

    private static Line line(Row row) {
        Map<String, String> all = new java.util.TreeMap<>(row.stream().toMap());
        all.putAll(row.metadata().toMap());
        return new Line(row.time(), Labels.of(all), row.line());
    }

    /** Rows of few times, so that many share one, in streams that differ in how much they have. */
    private static List<Row> crowded(Random random, int count) {
        Set<Row> rows = new HashSet<>();
        while (rows.size() < count) {
            Labels stream = Labels.of("app", "a" + random.nextInt(3), "pod", "p" + (int) Math.sqrt(random.nextInt(400)));
            long time = RandomRows.START + random.nextInt(40) * 37L * Durations.MINUTE + random.nextInt(3);
            rows.add(new Row(stream, time, "line " + random.nextInt(1_000_000), random.nextInt(4) == 0 ? Labels.of("trace", "t" + random.nextInt(5)) : Labels.EMPTY));
        }
        return new ArrayList<>(rows);
    }

    @Test
    void everyLineOnceInOrderAndFromEachPositionOn() throws Exception {
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Row> rows = crowded(random, 30_000);
        // Half in segments, and some of these in blocks too, as a push that was repeated.
        List<Row> segments = rows.subList(0, 12_000);
        for (int i = 0; i < 12_000; i += 4_000) {
            var _ = bucket().segment(Map.of("fake", segments.subList(i, i + 4_000)));
        }
        var _ = bucket().blocks("fake", rows.subList(9_000, 20_000), List.of());
        var _ = bucket().blocks("fake", rows.subList(18_000, 30_000), List.of());
        RunningQuerier querier = querier(config());
        Export whole = export(querier, "{app=~\".+\"}");
        assertThat(whole.last().path("complete").asBoolean()).isTrue();
        assertThat(whole.last().path("rows").asInt()).isEqualTo(30_000);
        assertThat(whole.lines()).isSortedAccordingTo(Comparator.comparingLong(Line::time));
        assertThat(whole.lines()).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(rows.stream().map(ExportTest::line).toList());
        assertThat(whole.positions().size()).isGreaterThan(5);
        for (Map.Entry<Integer, String> position : whole.positions().entrySet()) {
            if (random.nextInt(3) == 0) {
                Export rest = export(querier, "{app=~\".+\"}", "position", position.getValue());
                assertThat(rest.lines()).as("from %s, seed %d", position, seed)
                        .containsExactlyInAnyOrderElementsOf(whole.lines().subList(position.getKey(), 30_000));
            }
        }
        Export filtered = export(querier, "{app=\"a1\"} |= \"77\" | trace=\"t1\"");
        assertThat(filtered.lines()).containsExactlyInAnyOrderElementsOf(rows.stream()
                .filter(r -> r.stream().getOrEmpty("app").equals("a1") && r.line().contains("77") && r.metadata().getOrEmpty("trace").equals("t1"))
                .map(ExportTest::line)
                .toList());
    }

    @Test
    void aPositionStaysGoodWhenCompactionMovesTheRows() throws Exception {
        List<Row> rows = crowded(new Random(seed), 20_000);
        List<SegmentId> segments = new ArrayList<>();
        for (int i = 0; i < rows.size(); i += 5_000) {
            segments.add(bucket().segment(Map.of("fake", rows.subList(i, i + 5_000))));
        }
        RunningQuerier querier = querier(config());
        Export before = export(querier, "{app=~\".+\"}");
        int middle = before.positions().keySet().stream().filter(n -> n >= 10_000).findFirst().orElseThrow();
        var _ = bucket().blocks("fake", rows, segments);
        Export after = export(querier, "{app=~\".+\"}", "position", requireNonNull(before.positions().get(middle)));
        List<Line> both = new ArrayList<>(before.lines().subList(0, middle));
        both.addAll(after.lines());
        assertThat(both).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(rows.stream().map(ExportTest::line).toList());
    }

    @Test
    void deletedLinesAreLeftOut() throws Exception {
        Random random = new Random(seed);
        List<Row> rows = crowded(random, 20_000);
        var _ = bucket().segment(Map.of("fake", rows.subList(0, 7_000)));
        var _ = bucket().blocks("fake", rows.subList(6_000, 20_000), List.of());
        RunningQuerier querier = querier(config());
        Export before = export(querier, "{app=~\".+\"}");
        bucket().delete("fake", "{app=\"a1\"}", RandomRows.START, RandomRows.END);
        long from = RandomRows.START + 10 * 37L * Durations.MINUTE + 1;
        long to = RandomRows.START + 30 * 37L * Durations.MINUTE;
        bucket().delete("fake", "{app=~\".+\"} |= \"7\"", from, to);
        List<Row> left = rows.stream()
                .filter(r -> !r.stream().getOrEmpty("app").equals("a1") && !(r.line().contains("7") && r.time() >= from && r.time() <= to))
                .toList();
        Export after = export(querier, "{app=~\".+\"}");
        assertThat(after.lines()).as("seed %d", seed).hasSizeLessThan(14_000)
                .containsExactlyInAnyOrderElementsOf(left.stream().map(ExportTest::line).toList());
        assertThat(after.last().path("rows").asInt()).isEqualTo(left.size());
        // A position that was told before the delete is as good as any.
        int middle = before.positions().keySet().stream().filter(n -> n >= 10_000).findFirst().orElseThrow();
        Export rest = export(querier, "{app=~\".+\"}", "position", requireNonNull(before.positions().get(middle)));
        Set<Line> gone = new HashSet<>(before.lines());
        gone.removeAll(after.lines());
        assertThat(rest.lines()).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(
                before.lines().subList(middle, 20_000).stream().filter(l -> !gone.contains(l)).toList());
        // Cancelled, they are back.
        bucket().step(DeleteStep.Kind.CANCEL, bucket().deletes("fake"));
        assertThat(export(querier, "{app=~\".+\"}").lines()).isEqualTo(before.lines());
    }

    @Test
    void anyNumberOfLinesOfOneTime() throws Exception {
        List<Row> rows = new ArrayList<>();
        long time = RandomRows.START + Durations.HOUR;
        for (int i = 0; i < 9_000; i++) {
            rows.add(new Row(Labels.of("app", "one"), time, "line " + i, Labels.EMPTY));
        }
        for (int i = 0; i < 3_000; i++) {
            rows.add(new Row(Labels.of("app", "many", "n", "" + i), time, "line", Labels.EMPTY));
        }
        rows.add(new Row(Labels.of("app", "one"), time + 1, "after", Labels.EMPTY));
        var _ = bucket().blocks("fake", rows, List.of());
        Export export = export(querier(config()), "{app=~\".+\"}");
        assertThat(export.lines()).containsExactlyInAnyOrderElementsOf(rows.stream().map(ExportTest::line).toList());
        assertThat(export.lines().getLast().text()).isEqualTo("after");
        assertThat(export.last().path("complete").asBoolean()).isTrue();
    }

    @Test
    void moreThanFitsInTheMemoryOfAQuery() throws Exception {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            // First short ones, that promise a large piece, then long ones.
            int length = i < 2_000 ? 10 : 60_000;
            rows.add(new Row(Labels.of("app", "a" + i % 3), RandomRows.START + i, ("x" + i + " ").repeat(length).substring(0, length), Labels.EMPTY));
        }
        for (int i = 0; i < 3_000; i += 500) {
            var _ = bucket().segment(Map.of("fake", rows.subList(i, i + 500)));
        }
        long memory = 48L << 20;
        RunningQuerier querier = querier(config().queryMemory(memory));
        Export export = export(querier, "{app=~\".+\"}");
        assertThat(export.last().path("complete").asBoolean()).as(export.last().toString()).isTrue();
        assertThat(export.lines()).hasSize(3_000).isSortedAccordingTo(Comparator.comparingLong(Line::time));
        assertThat(export.lines().stream().mapToLong(l -> l.text().length()).sum()).isGreaterThan(memory);
        assertThat(querier.registry().get("narfi_query_memory_bytes").gauge().value()).isZero();
        assertThat(querier.registry().get("narfi_export_lines_total").counter().count()).isEqualTo(3_000);
    }

    @Test
    void theFormats() throws Exception {
        Row plain = new Row(Labels.of("app", "a"), RandomRows.START + 1, "one <b>", Labels.of("trace", "t"));
        Row field = new Row(Labels.of("app", "a"), RandomRows.START + 1_500_000_000L, "n=7", Labels.EMPTY);
        var _ = bucket().blocks("fake", List.of(plain, field), List.of());
        RunningQuerier querier = querier(config());
        String[] params = {"query", "{app=\"a\"} | regexp `n=(?P<n>.)`", "start", START, "end", END};
        HttpResponse<String> jsonl = querier.post(PATH, params);
        assertThat(jsonl.headers().firstValue("Content-Type")).contains("application/x-ndjson; charset=utf-8");
        assertThat(jsonl.body()).isEqualTo("""
                {"labels":{"app":"a","trace":"t"},"line":"one \\u003cb\\u003e","timestamp":"2024-10-04T00:00:00.000000001Z"}
                {"labels":{"app":"a","n":"7"},"line":"n=7","timestamp":"2024-10-04T00:00:01.5Z"}
                """);
        HttpResponse<String> apart = querier.getWith("X-Loki-Response-Encoding-Flags", "categorize-labels", PATH, params);
        assertThat(apart.body().lines()).containsExactly(
                "{\"labels\":{\"app\":\"a\"},\"structuredMetadata\":{\"trace\":\"t\"},\"line\":\"one \\u003cb\\u003e\",\"timestamp\":\"2024-10-04T00:00:00.000000001Z\"}",
                "{\"labels\":{\"app\":\"a\"},\"parsed\":{\"n\":\"7\"},\"line\":\"n=7\",\"timestamp\":\"2024-10-04T00:00:01.5Z\"}");
        HttpResponse<String> raw = querier.get(PATH, "query", "{app=\"a\"}", "start", START, "end", END, "format", "raw", "direction", "FORWARD");
        assertThat(raw.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
        assertThat(raw.body()).isEqualTo("one <b>\nn=7\n");
        assertThat(querier.get(PATH, "query", "{app=\"none\"}", "start", START, "end", END).body()).isEmpty();
        assertThat(export(querier, "{app=\"none\"}").last().toString())
                .isEqualTo("{\"position\":\"" + END + "_0000000000000000\",\"complete\":true,\"rows\":0}");
    }

    @Test
    void whatIsRefused() throws Exception {
        RunningQuerier querier = querier(config());
        assertRefused(querier, "only log queries can be exported", "query", "rate({a=\"b\"}[1m])");
        assertRefused(querier, "parse error at line 1, col 2: syntax error: unexpected $end, expecting IDENTIFIER or }", "query", "{");
        assertRefused(querier, "unknown format of an export, jsonl and raw are known: xml", "query", "{a=\"b\"}", "format", "xml");
        assertRefused(querier, "an export has no direction but forward", "query", "{a=\"b\"}", "direction", "backward");
        assertRefused(querier, "not a position of an export: x", "query", "{a=\"b\"}", "position", "x");
        assertRefused(querier, "the position lies outside of the range: 5_0000000000000000", "query", "{a=\"b\"}", "position", "5_0000000000000000");
        assertRefused(querier, "end timestamp must not be before or equal to start time", "query", "{a=\"b\"}", "start", "10", "end", "9");
    }

    private static void assertRefused(RunningQuerier querier, String text, String... params) throws Exception {
        HttpResponse<String> response = querier.get(PATH, params);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).isEqualTo(text);
    }

    @Test
    void aFailureInTheMiddleIsSeen() throws Exception {
        // Two days, the second of which cannot be read.
        List<Row> first = new ArrayList<>();
        List<Row> second = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            first.add(new Row(Labels.of("app", "a"), RandomRows.START + i, "first " + i, Labels.EMPTY));
            second.add(new Row(Labels.of("app", "a"), RandomRows.START + Durations.DAY + i, "second " + i, Labels.EMPTY));
        }
        var _ = bucket().blocks("fake", first, List.of());
        String broken = bucket().blocks("fake", second, List.of()).getFirst().key();
        RunningQuerier querier = querier(config().smallTasks());
        store.on(Operation.GET_RANGE).keys(broken).failBefore();
        String[] params = {"query", "{app=\"a\"}", "start", START, "end", END};
        assertThatThrownBy(() -> querier.get(PATH, params)).isInstanceOf(IOException.class);
        // Who asked for positions also learns why, and from where on to try again.
        HttpResponse<String> response = querier.get(PATH, "query", "{app=\"a\"}", "start", START, "end", END, "positions", "true");
        assertThat(response.statusCode()).isEqualTo(200);
        Export cut = parse(response.body());
        assertThat(cut.last().has("complete")).isFalse();
        assertThat(cut.lines()).isNotEmpty().allMatch(l -> l.text().startsWith("first "));
        assertThat(cut.last().get("error").asText()).isNotEmpty();
        assertThat(cut.last().get("status").asInt()).isEqualTo(500);
        store.heal();
        Export rest = export(querier, "{app=\"a\"}", "position", cut.last().get("position").asText());
        List<Line> both = new ArrayList<>(cut.lines());
        both.addAll(rest.lines());
        List<Row> all = new ArrayList<>(first);
        all.addAll(second);
        assertThat(both).containsExactlyElementsOf(all.stream().map(ExportTest::line).toList());
    }
}
