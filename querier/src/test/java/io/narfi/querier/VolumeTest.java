package io.narfi.querier;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.http.Caller;
import io.narfi.http.HttpCaller;
import io.narfi.http.HttpCallerConfig;
import io.narfi.querier.QuerierConfig.Endpoints;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.RandomRows;
import io.narfi.querier.data.Row;
import io.narfi.querier.data.RunningQuerier;
import io.narfi.querier.data.TestConfig;
import java.math.BigInteger;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is answered from indexes and directories is what every row counted by hand gives, with one process and with several. */
@Timeout(120)
class VolumeTest {
    private static final int QUERIES = 60;

    @TempDir
    private Path folder;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final ObjectMapper json = new ObjectMapper();
    private final HttpCaller caller = new HttpCaller(HttpCallerConfig.DEFAULT, new SimpleMeterRegistry());
    private final List<RunningQuerier> queriers = new ArrayList<>();
    private Set<Row> rows = Set.of();

    /** One alone; one whose tasks are small and done by another. */
    @BeforeEach
    void start() throws Exception {
        Bucket bucket = new Bucket(folder);
        List<Row> made = RandomRows.make(random, 12, 4000);
        RandomRows.spread(random, "fake", made, bucket);
        rows = new LinkedHashSet<>(made);
        queriers.add(querier(bucket, TestConfig.of(512 << 20), RunningQuerier.noCaller()));
        TestConfig small = TestConfig.of(512 << 20).smallTasks().peers(List.of("127.0.0.1:" + queriers.getFirst().port()));
        queriers.add(querier(bucket, small, caller));
    }

    private static RunningQuerier querier(Bucket bucket, TestConfig config, Caller caller) throws Exception {
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(RandomRows.END / Durations.SECOND));
        Endpoints endpoints = new Endpoints(false, false, false, false, true);
        return new RunningQuerier(bucket, config.endpoints(endpoints).build(), Limits.defaults(), false, caller, clock);
    }

    @AfterEach
    void stop() throws Exception {
        for (RunningQuerier q : queriers) {
            q.stop();
        }
        caller.close();
    }

    private record Selector(String text, Map<String, String> wanted) {
        boolean takes(Labels stream) {
            return wanted.entrySet().stream().allMatch(e -> stream.getOrEmpty(e.getKey()).matches(e.getValue()));
        }
    }

    private static final List<Selector> SELECTORS = List.of(
            new Selector("{}", Map.of()),
            new Selector("{ }", Map.of()),
            new Selector("{env=\"prod\"}", Map.of("env", "prod")),
            new Selector("{app=~\"app-[0-2]\", env=~\".+\"}", Map.of("app", "app-[0-2]", "env", ".+")),
            new Selector("{pod=\"none\"}", Map.of("pod", "none")));

    @Test
    void equalsWhatCountingEveryRowGives() throws Exception {
        for (int i = 0; i < QUERIES; i++) {
            Selector selector = SELECTORS.get(random.nextInt(SELECTORS.size()));
            List<String> targets = List.of(List.<String>of(), List.of("app"), List.of("env", "pod"), List.of("nosuch")).get(random.nextInt(4));
            boolean byName = random.nextInt(3) == 0;
            int limit = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 100;
            long start = RandomRows.START + random.nextInt(3) * 17L * Durations.HOUR + (random.nextBoolean() ? random.nextLong(Durations.HOUR) : 0);
            long end = start + (1L + random.nextInt(36)) * Durations.HOUR + (random.nextBoolean() ? random.nextLong(Durations.HOUR) : 0);
            boolean ranged = random.nextInt(3) > 0;
            long step = List.of(7 * Durations.MINUTE, Durations.HOUR, 5 * Durations.HOUR, 100 * Durations.HOUR).get(random.nextInt(4));
            List<String> params = new ArrayList<>(List.of(
                    "query", selector.text, "start", "" + start, "end", "" + end, "limit", "" + limit, "aggregateBy", byName ? "labels" : "series"));
            if (!targets.isEmpty()) {
                params.addAll(List.of("targetLabels", String.join(",", targets)));
            }
            if (ranged) {
                params.addAll(List.of("step", step / Durations.SECOND + "s"));
            }
            JsonNode expected = expected(selector, targets, byName, limit, start, end, ranged ? step : Long.MAX_VALUE);
            for (RunningQuerier q : queriers) {
                HttpResponse<String> r = random.nextBoolean()
                        ? q.get("/loki/api/v1/index/volume" + (ranged ? "_range" : ""), params.toArray(String[]::new))
                        : q.post("/loki/api/v1/index/volume" + (ranged ? "_range" : ""), params.toArray(String[]::new));
                JsonNode found = json.readTree(r.body());
                assertThat(r.statusCode()).as("seed %d %s: %s", seed, params, r.body()).isEqualTo(200);
                assertThat(found.at("/data/resultType")).as("seed %d %s", seed, params).isEqualTo(expected.get("resultType"));
                assertThat(found.at("/data/result")).as("seed %d %s", seed, params).isEqualTo(expected.get("result"));
            }
        }
    }

    private record Point(String series, Labels labels, long millis, long bytes) {}

    private JsonNode expected(Selector selector, List<String> targets, boolean byName, int limit, long start, long end, long step) {
        Set<String> names = new TreeSet<>(targets.isEmpty() && !byName ? selector.wanted.keySet() : targets);
        Map<Long, Map<Labels, Long>> sums = new TreeMap<>();
        for (Row row : rows) {
            boolean inRange = row.time() >= start && row.time() <= end;
            if (!inRange || !selector.takes(row.stream()) || !targets.stream().allMatch(row.stream()::has)) {
                continue;
            }
            long stamp = end / Durations.SECOND * 1000;
            if (step != Long.MAX_VALUE) {
                long next = (row.time() / step + 1) * step;
                stamp = next < end ? (next - 1) / Durations.MILLISECOND : stamp;
                stamp = row.time() == end ? end / Durations.SECOND * 1000 : stamp;
            }
            Map<String, String> own = row.stream().toMap();
            own.keySet().removeIf(n -> !names.isEmpty() && !names.contains(n));
            List<Labels> series = byName ? own.keySet().stream().map(n -> Labels.of(n, "")).toList() : List.of(Labels.of(own));
            for (Labels one : series) {
                sums.computeIfAbsent(stamp, k -> new TreeMap<>()).merge(one, size(row), Long::sum);
            }
        }
        List<Point> points = new ArrayList<>();
        Comparator<Point> largest = Comparator.comparingLong(Point::bytes).reversed().thenComparing(Point::series);
        sums.forEach((stamp, bySeries) -> bySeries.entrySet().stream()
                .map(e -> new Point(e.getKey().toString(), e.getKey(), stamp, e.getValue()))
                .sorted(largest)
                .limit(limit)
                .forEach(points::add));
        boolean matrix = points.stream().map(Point::series).distinct().count() < points.size();
        var result = json.createArrayNode();
        if (!matrix) {
            points.sort(largest);
            for (Point p : points) {
                result.addObject().<com.fasterxml.jackson.databind.node.ObjectNode>set("metric", json.valueToTree(p.labels.toMap()))
                        .set("value", value(p));
            }
        } else {
            Map<String, List<Point>> bySeries = new TreeMap<>();
            points.forEach(p -> bySeries.computeIfAbsent(p.series, k -> new ArrayList<>()).add(p));
            bySeries.values().forEach(of -> {
                var one = result.addObject();
                one.set("metric", json.valueToTree(of.getFirst().labels.toMap()));
                var values = one.putArray("values");
                of.forEach(p -> values.add(value(p)));
            });
        }
        return json.createObjectNode().put("resultType", matrix ? "matrix" : "vector").set("result", result);
    }

    private JsonNode value(Point p) {
        var pair = json.createArrayNode();
        if (p.millis % 1000 == 0) {
            pair.add((int) (p.millis / 1000));
        } else {
            pair.add(p.millis / 1000.0);
        }
        return pair.add("" + p.bytes);
    }

    private static long size(Row row) {
        long bytes = row.line().getBytes(StandardCharsets.UTF_8).length;
        for (Map.Entry<String, String> e : row.metadata().toMap().entrySet()) {
            bytes += e.getKey().equals("detected_level") ? 0 : e.getKey().length() + e.getValue().length();
        }
        return bytes;
    }

    @Test
    void cutsShardsOfAboutTheTargetWithoutAGap() throws Exception {
        long streams = rows.stream().filter(r -> r.stream().getOrEmpty("env").equals("prod")).map(Row::stream).distinct().count();
        for (String target : List.of("1", "10KB", "20000", "1GiB")) {
            JsonNode first = null;
            for (RunningQuerier q : queriers) {
                String body = q.get(
                                "/loki/api/v1/index/shards",
                                "query", "{env=\"prod\"} |= \"level\"", "start", "" + RandomRows.START, "end", "" + RandomRows.END, "targetBytesPerShard", target)
                        .body();
                JsonNode answer = json.readTree(body);
                assertThat(answer.get("chunkGroups").isNull()).as(body).isTrue();
                assertThat(answer.at("/statistics/summary").isObject()).as(body).isTrue();
                JsonNode shards = answer.get("shards");
                BigInteger next = BigInteger.ZERO;
                long found = 0;
                for (JsonNode shard : shards) {
                    assertThat(shard.at("/bounds/min").bigIntegerValue()).isEqualTo(next);
                    next = shard.at("/bounds/max").bigIntegerValue().add(BigInteger.ONE);
                    found += shard.at("/stats/streams").asLong();
                    assertThat(shard.at("/stats/entries").asLong()).isPositive();
                }
                assertThat(next).isEqualTo(BigInteger.ONE.shiftLeft(64));
                assertThat(found).as("seed %d %s", seed, body).isEqualTo(streams);
                switch (target) {
                    case "1" -> assertThat(shards).hasSize((int) streams);
                    case "1GiB" -> assertThat(shards).hasSize(1);
                    default -> assertThat(shards.size()).isBetween(2, (int) streams);
                }
                first = first == null ? shards : first;
                assertThat(shards.size()).isEqualTo(first.size());
            }
        }
    }

    @Test
    void countsLabelsFieldsAndPatternsAlikeHoweverTheWorkIsDivided() throws Exception {
        String[] range = {"query", "{env=\"prod\"}", "start", "" + RandomRows.START, "end", "" + RandomRows.END, "step", "1h", "line_limit", "500"};
        for (String path : List.of("detected_labels", "detected_fields", "detected_field/status/values", "patterns")) {
            Set<JsonNode> answers = new HashSet<>();
            for (RunningQuerier q : queriers) {
                HttpResponse<String> r = q.get("/loki/api/v1/" + path, range);
                assertThat(r.statusCode()).as(r.body()).isEqualTo(200);
                assertThat(r.body()).hasSizeGreaterThan(40);
                answers.add(json.readTree(r.body()));
            }
            assertThat(answers).as("seed %d %s", seed, path).hasSize(1);
        }
        JsonNode labels = json.readTree(queriers.getLast().get("/loki/api/v1/detected_labels", range).body()).get("detectedLabels");
        for (JsonNode label : labels) {
            String name = label.get("label").asText();
            long values = rows.stream()
                    .filter(r -> r.stream().getOrEmpty("env").equals("prod"))
                    .map(r -> r.stream().getOrEmpty(name))
                    .distinct()
                    .count();
            assertThat(label.get("cardinality").asLong()).as("seed %d %s", seed, name).isEqualTo(values);
        }
        // Every line of these rows is of one shape: per level one pattern, and each row counts once.
        JsonNode patterns = json.readTree(queriers.getLast().get("/loki/api/v1/patterns", range).body()).get("data");
        long lines = 0;
        for (JsonNode pattern : patterns) {
            assertThat(pattern.get("pattern").asText()).contains("n=<_> status=<_>");
            for (JsonNode sample : pattern.get("samples")) {
                assertThat(sample.get(0).asLong() % 3600).isZero();
                lines += sample.get(1).asLong();
            }
        }
        long expected = rows.stream().filter(r -> r.stream().getOrEmpty("env").equals("prod")).count();
        assertThat(lines).as("seed %d", seed).isEqualTo(expected);
    }
}
