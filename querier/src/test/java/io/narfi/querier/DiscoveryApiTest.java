package io.narfi.querier;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.querier.QuerierConfig.Endpoints;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.Row;
import io.narfi.querier.data.RunningQuerier;
import io.narfi.querier.data.TestConfig;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The endpoints for looking around, over HTTP: answers to the byte, defaults, bad parameters, limits. */
@Timeout(60)
class DiscoveryApiTest {
    private static final long T0 = 1_793_491_200L * Durations.SECOND;
    private static final String S = "1793491200000000000";
    private static final String E = "1793498400000000000";
    private static final String WEB = "{app=\"web\"}";
    private static final List<String> ALL = List.of(
            "index/volume",
            "index/volume_range",
            "index/shards",
            "patterns",
            "detected_labels",
            "detected_fields",
            "detected_field/x/values");

    @TempDir
    private Path folder;

    private Bucket bucket;
    private final List<RunningQuerier> started = new ArrayList<>();
    private RunningQuerier querier;

    @BeforeEach
    void start() throws Exception {
        bucket = new Bucket(folder);
        Labels web = Labels.of("app", "web", "host", "1", "pod", "7");
        Labels db = Labels.of("app", "db", "flag", "1", "id", "123e4567-e89b-12d3-a456-426614174000");
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            rows.add(new Row(web, T0 + i * Durations.MINUTE, "GET /a/" + i + " took " + i + "ms", Labels.of("detected_level", "info")));
        }
        bucket.blocks("fake", rows, List.of());
        Row json = new Row(
                db, T0 + 90 * Durations.MINUTE, "{\"a\":{\"b c\":\"1536 B\"},\"app\":\"x\",\"n\":3,\"msg\":\"hello\"}", Labels.of("trace", "t1"));
        bucket.segment(Map.of("fake", List.of(json, rows.getFirst()), "other", List.of(json)));
        querier = querier("", true, false);
    }

    private RunningQuerier querier(String limits, boolean patterns, boolean auth) throws Exception {
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1_793_500_000L));
        QuerierConfig config = TestConfig.of(256 << 20).endpoints(new Endpoints(false, false, false, false, patterns)).build();
        Limits of = limits.isEmpty() ? Limits.defaults() : Limits.defaults().with(limits);
        RunningQuerier q = new RunningQuerier(bucket, config, of, auth, RunningQuerier.noCaller(), clock);
        started.add(q);
        return q;
    }

    @AfterEach
    void stop() throws Exception {
        for (RunningQuerier q : started) {
            q.stop();
        }
    }

    private String get(String path, String... params) throws Exception {
        return answer(querier, path, params);
    }

    private static String answer(RunningQuerier of, String path, String... params) throws Exception {
        List<String> all = new ArrayList<>(List.of("start", S, "end", E));
        all.addAll(List.of(params));
        HttpResponse<String> r = of.get("/loki/api/v1/" + path, all.toArray(String[]::new));
        HttpResponse<String> posted = of.post("/loki/api/v1/" + path, all.toArray(String[]::new));
        assertThat(posted.statusCode()).isEqualTo(r.statusCode());
        assertThat(posted.body().length()).isCloseTo(r.body().length(), org.assertj.core.data.Offset.offset(40));
        return r.statusCode() + " " + r.body();
    }

    @Test
    void addsUpVolumes() throws Exception {
        // 40 lines; the segment's copy of one of them counts once. The metadata "trace" counts, the level does not.
        assertThat(get("index/volume", "query", WEB))
                .startsWith("200 {\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
                        + "{\"metric\":{\"app\":\"web\"},\"value\":[1793498400,\"740\"]}],\"stats\":{\"summary\":{");
        assertThat(get("index/volume", "query", "{}"))
                .contains("{\"metric\":{\"app\":\"web\",\"host\":\"1\",\"pod\":\"7\"},\"value\":[1793498400,\"740\"]},{\"metric\":{\"app\":\"db\",");
        assertThat(get("index/volume", "query", "{app=~\".+\"}", "limit", "1")).contains("\"web\"").doesNotContain("\"db\"");
        assertThat(get("index/volume", "query", "{app=~\".+\"}", "limit", "0")).contains("\"web\"", "\"db\"");
        assertThat(get("index/volume", "query", "{app=~\".+\"}", "targetLabels", "flag")).contains("{\"metric\":{\"flag\":\"1\"},").doesNotContain("web");
        assertThat(get("index/volume", "query", "{app=\"none\"}")).contains("\"resultType\":\"vector\",\"result\":[],");
        assertThat(get("index/volume", "query", "{}", "aggregateBy", "labels")).contains("{\"metric\":{\"app\":\"\"},", "{\"metric\":{\"flag\":\"\"},");
    }

    @Test
    void rangesOfOnePointAreVectors() throws Exception {
        assertThat(get("index/volume_range", "query", WEB, "step", "1h")).contains("\"resultType\":\"vector\"", "[1793494799.999,\"740\"]");
        assertThat(get("index/volume_range", "query", WEB, "step", "20m"))
                .contains("\"resultType\":\"matrix\"", "\"values\":[[1793492399.999,\"360\"],[1793493599.999,\"380\"]]");
    }

    @Test
    void limitsVolumes() throws Exception {
        assertThat(answer(querier("volume_enabled: false", true, false), "index/volume", "query", WEB)).isEqualTo("404 not found");
        assertThat(answer(querier("volume_enabled: false", true, false), "index/volume_range", "query", WEB)).isEqualTo("404 not found");
        assertThat(answer(querier("volume_max_series: 1", true, false), "index/volume", "query", "{app=~\".+\"}"))
                .isEqualTo("500 the query hit the max number of series limit (limit: 1 series)");
        assertThat(answer(querier("volume_max_series: 2", true, false), "index/volume", "query", "{app=~\".+\"}")).startsWith("200 ");
    }

    @Test
    void detectsLabels() throws Exception {
        // The pod is shown though it is a number, the flag because it is a bit, and so is the host; the id is a UUID.
        String all = "200 {\"detectedLabels\":[{\"label\":\"app\",\"cardinality\":2},{\"label\":\"flag\",\"cardinality\":1},"
                + "{\"label\":\"host\",\"cardinality\":1},{\"label\":\"pod\",\"cardinality\":1}]}\n";
        assertThat(get("detected_labels")).isEqualTo(all);
        assertThat(get("detected_labels", "query", "{}")).isEqualTo(all);
        assertThat(get("detected_labels", "query", "{app=\"db\"}"))
                .isEqualTo("200 {\"detectedLabels\":[{\"label\":\"app\",\"cardinality\":1},{\"label\":\"flag\",\"cardinality\":1}]}\n");
        assertThat(get("detected_labels", "query", "{app=\"none\"}")).isEqualTo("200 {}\n");
    }

    @Test
    void detectsFields() throws Exception {
        assertThat(get("detected_fields", "query", "{app=\"db\"}"))
                .isEqualTo("200 {\"fields\":[{\"label\":\"trace\",\"type\":\"string\",\"cardinality\":1,\"parsers\":null},"
                        + "{\"label\":\"a_b_c\",\"type\":\"bytes\",\"cardinality\":1,\"parsers\":[\"json\"],\"jsonPath\":[\"a\",\"b c\"]},"
                        + "{\"label\":\"app_extracted\",\"type\":\"string\",\"cardinality\":1,\"parsers\":[\"json\"],\"jsonPath\":[\"app\"]},"
                        + "{\"label\":\"msg\",\"type\":\"string\",\"cardinality\":1,\"parsers\":[\"json\"],\"jsonPath\":[\"msg\"]},"
                        + "{\"label\":\"n\",\"type\":\"int\",\"cardinality\":1,\"parsers\":[\"json\"],\"jsonPath\":[\"n\"]}],\"limit\":1000}\n");
        assertThat(get("detected_fields", "query", "{app=\"db\"}", "limit", "1"))
                .isEqualTo("200 {\"fields\":[{\"label\":\"trace\",\"type\":\"string\",\"cardinality\":1,\"parsers\":null}],\"limit\":1}\n");
        assertThat(get("detected_fields", "query", "{app=\"db\"}", "field_limit", "2")).endsWith("\"limit\":2}\n");
        // Found by the query's own stage in a line that is neither JSON nor logfmt.
        assertThat(get("detected_fields", "query", WEB + " | pattern \"GET <path> took <took>\"", "line_limit", "1"))
                .contains("{\"label\":\"took\",\"type\":\"duration\",\"cardinality\":1,\"parsers\":null}");
        assertThat(get("detected_fields", "query", "{app=\"none\"}")).isEqualTo("200 {}\n");
    }

    @Test
    void listsValuesOfFields() throws Exception {
        assertThat(get("detected_field/a_b_c/values", "query", "{app=\"db\"}")).isEqualTo("200 {\"values\":[\"1.5kB\"],\"limit\":1000}\n");
        assertThat(get("detected_field/n/values", "query", "{app=\"db\"}", "limit", "5")).isEqualTo("200 {\"values\":[\"3\"],\"limit\":5}\n");
        assertThat(get("detected_field/took/values", "query", WEB + " | pattern \"GET <path> took <took>\"", "limit", "2", "line_limit", "10"))
                .isEqualTo("200 {\"values\":[\"39ms\",\"38ms\"],\"limit\":2}\n");
        assertThat(get("detected_field/none/values", "query", "{app=\"db\"}")).isEqualTo("200 {}\n");
    }

    @Test
    void findsPatterns() throws Exception {
        assertThat(get("patterns", "query", WEB, "step", "1h"))
                .isEqualTo("200 {\"status\":\"success\",\"data\":[{\"pattern\":\"GET <_> took <_>\",\"level\":\"info\","
                        + "\"samples\":[[1793491200,40]]}]}\n");
        // Less than 30 lines make no pattern.
        String none = "200 {\"status\":\"success\",\"data\":[]}\n";
        assertThat(get("patterns", "query", "{app=\"db\"}")).isEqualTo(none);
        assertThat(querier.get("/loki/api/v1/patterns", "query", WEB, "start", E, "end", S).body()).isEqualTo(none.substring(4));
        // Steps are at least ten seconds wide.
        assertThat(get("patterns", "query", WEB, "step", "1s")).contains("[[1793491200,1],[1793491260,1],");
        assertThat(answer(querier("", false, false), "patterns", "query", WEB)).isEqualTo("404 ");
    }

    @Test
    void answersTheOlderEndpoints() throws Exception {
        String[] range = {"start", S, "end", E};
        assertThat(querier.get("/api/prom/label", range).body()).isEqualTo("{\"values\":[\"app\",\"flag\",\"host\",\"id\",\"pod\"]}\n");
        assertThat(querier.post("/api/prom/label/app/values", range).body()).isEqualTo("{\"values\":[\"db\",\"web\"]}\n");
        assertThat(querier.get("/api/prom/label/none/values", range).body()).isEqualTo("{}\n");
        assertThat(querier.post("/api/prom/series", "start", S, "end", E, "match[]", WEB).body())
                .isEqualTo("{\"status\":\"success\",\"data\":[{\"app\":\"web\",\"host\":\"1\",\"pod\":\"7\"}]}\n");
        String[] query = {"start", S, "end", E, "query", WEB, "regexp", "/a/(3|12) ", "direction", "forward"};
        String labels = "{app=\\\"web\\\", detected_level=\\\"info\\\", host=\\\"1\\\", pod=\\\"7\\\"}";
        for (HttpResponse<String> r : List.of(querier.get("/api/prom/query", query), querier.post("/api/prom/query", query))) {
            assertThat(r.headers().firstValue("Content-Type")).hasValue("application/json; charset=UTF-8");
            assertThat(r.body())
                    .startsWith("{\"streams\":[{\"labels\":\"" + labels + "\",\"entries\":["
                            + "{\"ts\":\"2026-11-01T00:03:00Z\",\"line\":\"GET /a/3 took 3ms\"},"
                            + "{\"ts\":\"2026-11-01T00:12:00Z\",\"line\":\"GET /a/12 took 12ms\"}]}],\"stats\":{\"summary\":{");
        }
        HttpResponse<String> metric = querier.get("/api/prom/query", "start", S, "end", E, "query", "rate(" + WEB + "[5m])");
        assertThat(metric.body()).isEqualTo("legacy endpoints only support streams result type");
        assertThat(metric.statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "index/volume ; query={app=\"web\"}&limit=-1 ; limit must be a positive value",
                "index/volume ; query={app=\"web\"}&limit=x ; strconv.Atoi: parsing \"x\": invalid syntax",
                "index/volume ; query={app=\"web\"}&aggregateBy=x ; invalid aggregation option",
                "index/volume ; query={app=\"web\"} |= \"x\" ; only label matchers are supported",
                "index/volume ; limit=5 ; parse error : syntax error: unexpected $end",
                "index/volume_range ; query={app=\"web\"}&step=x ; cannot parse \"x\" to a valid duration",
                "index/volume_range ; query={app=\"web\"}&step=0 ; zero or negative query resolution step widths are not accepted. Try a positive integer",
                "index/volume_range ; query={app=\"web\"}&step=0.1 ; exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
                "index/shards ; query={app=\"web\"} ; targetBytesPerShard must be a positive value",
                "index/shards ; query={app=\"web\"}&targetBytesPerShard=0 ; targetBytesPerShard must be a positive value",
                "index/shards ; query={app=\"web\"}&targetBytesPerShard=7parsecs ; unhandled size name: parsecs",
                "index/shards ; query={app=\"web\"}&targetBytesPerShard=x ; strconv.ParseFloat: parsing \"\": invalid syntax",
                "index/shards ; query=rate({app=\"web\"}[5m])&targetBytesPerShard=1 ; only log selector is supported",
                "patterns ; step=1h ; parse error : syntax error: unexpected $end",
                "patterns ; query={app=\"web\"} |= \"x\" ; only label matchers are supported",
                "patterns ; query={app=\"web\"}&step=-1 ; zero or negative query resolution step widths are not accepted. Try a positive integer",
                "detected_labels ; query={ ; parse error at line 1, col 2: syntax error: unexpected $end, expecting IDENTIFIER or }",
                "detected_fields ; limit=5 ; parse error : syntax error: unexpected $end",
                "detected_fields ; query={app=\"web\"}&limit=-1 ; limit must be a positive value",
                "detected_fields ; query={app=\"web\"}&line_limit=0 ; limit must be a positive value",
                "detected_fields ; query={app=\"web\"}&line_limit=x ; strconv.Atoi: parsing \"x\": invalid syntax",
                "detected_fields ; query={app=\"web\"}&line_limit=5001 ; max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)",
                "detected_fields ; query=rate({app=\"web\"}[5m]) ; only log selector is supported",
                "detected_field/x/values ; line_limit=5 ; parse error : syntax error: unexpected $end",
            })
    void refuses(String path, String params, String message) throws Exception {
        List<String> pairs = new ArrayList<>();
        for (String pair : params.split("&", -1)) {
            int eq = pair.indexOf('=');
            pairs.add(pair.substring(0, eq));
            pairs.add(pair.substring(eq + 1));
        }
        assertThat(get(path, pairs.toArray(String[]::new))).isEqualTo("400 " + message);
    }

    @Test
    void refusesRangesThatAreNone() throws Exception {
        for (String path : ALL) {
            HttpResponse<String> r = querier.get("/loki/api/v1/" + path, "query", WEB, "start", E, "end", S, "targetBytesPerShard", "1");
            if (path.equals("patterns")) {
                assertThat(r.statusCode()).isEqualTo(200);
            } else {
                assertThat(r.statusCode() + " " + r.body()).as(path).isEqualTo("400 end timestamp must not be before or equal to start time");
            }
            r = querier.get("/loki/api/v1/" + path, "query", WEB, "start", "abc", "end", S, "targetBytesPerShard", "1");
            assertThat(r.statusCode() + " " + r.body())
                    .as(path)
                    .isEqualTo("400 could not parse 'start' parameter: strconv.ParseInt: parsing \"abc\": invalid syntax");
        }
    }

    @Test
    void holdsToLengthAndLookBack() throws Exception {
        RunningQuerier q = querier("max_query_length: 1h", true, false);
        for (String path : ALL) {
            if (!path.equals("patterns")) {
                assertThat(answer(q, path, "query", WEB, "targetBytesPerShard", "1"))
                        .as(path)
                        .isEqualTo("400 the query time range exceeds the limit (query length: 2h0m0s, limit: 1h)");
            }
        }
        q = querier("max_query_lookback: 10m", true, false);
        assertThat(answer(q, "detected_fields", "query", WEB)).isEqualTo("200 {}\n");
        assertThat(answer(q, "patterns", "query", WEB)).isEqualTo("200 {\"status\":\"success\",\"data\":[]}\n");
        assertThat(answer(q, "index/volume", "query", WEB))
                .isEqualTo("400 this data is no longer available, it is past now - max_query_lookback (10m)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/prom/query", "/api/prom/label", "/api/prom/label/x/values", "/api/prom/series"})
    void olderEndpointsNeedATenant(String path) throws Exception {
        RunningQuerier q = querier("", true, true);
        HttpResponse<String> r = q.get(path, "start", S, "end", E, "query", WEB);
        assertThat(r.statusCode() + " " + r.body().strip()).isEqualTo("401 no org id");
    }

    @Test
    void needsOneGoodTenant() throws Exception {
        RunningQuerier q = querier("", true, true);
        String[] params = {"query", "{app=~\".+\"}", "start", S, "end", E, "targetBytesPerShard", "1"};
        for (String path : ALL) {
            String full = "/loki/api/v1/" + path;
            assertThat(q.get(full, params).statusCode()).as(path).isEqualTo(401);
            assertThat(q.getWith("X-Scope-OrgID", "a/b", full, params).statusCode()).as(path).isEqualTo(400);
            assertThat(q.getWith("X-Scope-OrgID", "a|b", full, params).body()).as(path).isEqualTo("multiple org IDs present");
            assertThat(q.getWith("X-Scope-OrgID", "fake", full, params).statusCode()).as(path).isEqualTo(200);
        }
        assertThat(q.getWith("X-Scope-OrgID", "other", "/loki/api/v1/index/volume", params).body()).contains("\"db\"").doesNotContain("\"web\"");
        assertThat(q.getWith("X-Scope-OrgID", "nobody", "/loki/api/v1/index/volume", params).body()).contains("\"result\":[]");
    }
}
