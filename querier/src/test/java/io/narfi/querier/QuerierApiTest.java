package io.narfi.querier;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.Row;
import io.narfi.querier.data.RunningQuerier;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The endpoints over HTTP, on a few rows in a segment and a block. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class QuerierApiTest {
    private static final long T0 = 1_793_491_200L * Durations.SECOND;
    /** Behind the range of most requests. */
    private static final long LATER = T0 + 3 * Durations.HOUR;

    private static final String S = "1793491200000000000";
    private static final String E = "1793498400000000000";
    private static final Labels WEB = Labels.of("app", "web", "env", "prod");
    private static final Labels DB = Labels.of("app", "db", "env", "dev", "host", "<h&1>");
    private static final String JSON = "application/json; charset=UTF-8";
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String NOTHING_SELECTIVE = "parse error : queries require at least one regexp or equality matcher that does not "
            + "have an empty-compatible value. For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will";

    private RunningQuerier querier;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        Bucket bucket = new Bucket(folder);
        Row first = new Row(WEB, T0, "first \"line\"", Labels.EMPTY);
        Row second = new Row(WEB, T0 + 60 * Durations.SECOND, "second <b>", Labels.of("trace", "t1"));
        Row third = new Row(DB, T0 + 30 * Durations.SECOND, "third", Labels.of("detected_level", "info"));
        bucket.blocks("fake", List.of(first, second), List.of());
        bucket.segment(Map.of("fake", List.of(second, third), "other", List.of(first)));
        List<Row> twins = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            for (String line : List.of("one", "two")) {
                twins.add(new Row(Labels.of("app", "twins"), LATER + i * Durations.SECOND, line, Labels.EMPTY));
            }
        }
        bucket.blocks("fake", twins, List.of());
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1_793_500_000L));
        QuerierConfig config = QuerierConfig.defaults(256 << 20, 2);
        querier = new RunningQuerier(bucket, config, Limits.defaults(), false, RunningQuerier.noCaller(), clock);
    }

    @AfterAll
    void stop() throws Exception {
        querier.stop();
    }

    @Test
    void answersALogQueryToTheByte() throws Exception {
        HttpResponse<String> r = querier.get("/loki/api/v1/query_range", "query", "{app=~\".+\"}", "start", S, "end", E);
        assertThat(r.statusCode()).isEqualTo(200);
        assertThat(r.headers().firstValue("Content-Type")).hasValue(JSON);
        assertThat(withoutStats(r.body())).isEqualTo("{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":["
                + "{\"stream\":{\"app\":\"db\",\"detected_level\":\"info\",\"env\":\"dev\",\"host\":\"<h&1>\"},"
                + "\"values\":[[\"1793491230000000000\",\"third\"]]},"
                + "{\"stream\":{\"app\":\"web\",\"env\":\"prod\",\"trace\":\"t1\"},"
                + "\"values\":[[\"1793491260000000000\",\"second \\u003cb\\u003e\"]]},"
                + "{\"stream\":{\"app\":\"web\",\"env\":\"prod\"},"
                + "\"values\":[[\"1793491200000000000\",\"first \\\"line\\\"\"]]}],\"stats\":{}}}\n");
        assertThat(r.body()).contains("\"totalEntriesReturned\":3").contains("\"totalPostFilterLines\":3").contains("\"totalStreams\":2");
        // The copy of the second line in the segment.
        assertThat(r.body()).contains("\"totalDuplicates\":1,").containsPattern("\"compressedBytes\":[1-9]").containsPattern("\"chunksDownloadTime\":[1-9]");
        HttpResponse<String> posted = querier.post("/loki/api/v1/query_range", "query", "{app=~\".+\"}", "start", S, "end", E);
        assertThat(withoutStats(posted.body())).isEqualTo(withoutStats(r.body()));
    }

    @Test
    void categorizesLabelsWhenAsked() throws Exception {
        HttpResponse<String> r = querier.getWith(
                "X-Loki-Response-Encoding-Flags",
                "categorize-labels",
                "/loki/api/v1/query_range",
                "query",
                "{app=\"web\"}",
                "start",
                S,
                "end",
                E,
                "direction",
                "forward");
        assertThat(withoutStats(r.body())).isEqualTo("{\"status\":\"success\",\"data\":{\"resultType\":\"streams\","
                + "\"encodingFlags\":[\"categorize-labels\"],\"result\":[{\"stream\":{\"app\":\"web\",\"env\":\"prod\"},\"values\":["
                + "[\"1793491200000000000\",\"first \\\"line\\\"\",{}],"
                + "[\"1793491260000000000\",\"second \\u003cb\\u003e\",{\"structuredMetadata\":{\"trace\":\"t1\"}}]]}],\"stats\":{}}}\n");
    }

    @Test
    void hasEveryFieldOfTheStats() throws Exception {
        String body = querier.get("/loki/api/v1/query_range", "query", "{app=\"none\"}", "start", S, "end", E).body();
        assertThat(body)
                .startsWith("{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[],\"stats\":{\"summary\":")
                .contains("\"querier\":{\"store\":{\"totalChunksRef\":0", "\"ingester\":{\"totalReached\":0", "\"cache\":{\"chunk\":{")
                .contains("\"dataobj\":{", "\"instantMetricResult\":{", "\"index\":{\"totalChunks\":0")
                .endsWith("\"bloomFilterTime\":0}}}}\n");
    }

    @Test
    void givesRowsThatStagesMadeEqualOnce() throws Exception {
        String[] params = {"query", "{app=\"twins\"} | line_format \"same\"", "start", "" + LATER, "end", "" + (LATER + Durations.HOUR), "limit", "3"};
        assertThat(withoutStats(querier.get("/loki/api/v1/query_range", params).body()))
                .contains("\"values\":[[\"1793502002000000000\",\"same\"],[\"1793502001000000000\",\"same\"],"
                        + "[\"1793502000000000000\",\"same\"]]");
    }

    @Test
    void keepsStartInAndEndOut() throws Exception {
        String end = Long.toString(T0 + 60 * Durations.SECOND);
        String body = querier.get("/loki/api/v1/query_range", "query", "{app=\"web\"}", "start", S, "end", end).body();
        assertThat(body).contains("first").doesNotContain("second");
        body = querier.get("/loki/api/v1/query_range", "query", "{app=\"web\"}", "start", end, "end", E).body();
        assertThat(body).contains("second").doesNotContain("first");
        body = querier.get("/loki/api/v1/query_range", "query", "{app=\"web\"}", "start", S, "end", S).body();
        assertThat(body).contains("\"result\":[]");
    }

    @Test
    void listsLabels() throws Exception {
        assertThat(querier.get("/loki/api/v1/labels", "start", S, "end", E).body())
                .isEqualTo("{\"status\":\"success\",\"data\":[\"app\",\"env\",\"host\"]}\n");
        assertThat(querier.post("/loki/api/v1/label", "start", S, "end", E, "query", "{app=\"web\"}").body())
                .isEqualTo("{\"status\":\"success\",\"data\":[\"app\",\"env\"]}\n");
        assertThat(querier.get("/loki/api/v1/label/app/values", "start", S, "end", E).body())
                .isEqualTo("{\"status\":\"success\",\"data\":[\"db\",\"web\"]}\n");
        HttpResponse<String> none = querier.get("/loki/api/v1/label/%C3%BC/values", "start", S, "end", E);
        assertThat(none.body()).isEqualTo("{\"status\":\"success\"}\n");
        assertThat(none.headers().firstValue("Content-Type")).hasValue(JSON);
        assertThat(querier.get("/loki/api/v1/labels", "start", "1700000000", "end", "1700000001").body())
                .isEqualTo("{\"status\":\"success\"}\n");
    }

    @Test
    void listsSeries() throws Exception {
        assertThat(querier.get("/loki/api/v1/series", "start", S, "end", E, "match[]", "{app=\"web\"}").body())
                .isEqualTo("{\"status\":\"success\",\"data\":[{\"app\":\"web\",\"env\":\"prod\"}]}\n");
        String all = "{\"status\":\"success\",\"data\":[{\"app\":\"db\",\"env\":\"dev\",\"host\":\"<h&1>\"},"
                + "{\"app\":\"web\",\"env\":\"prod\"}]}\n";
        assertThat(querier.get("/loki/api/v1/series", "start", S, "end", E).body()).isEqualTo(all);
        assertThat(querier.get("/loki/api/v1/series", "start", S, "end", E, "match", "{ }").body()).isEqualTo(all);
        assertThat(querier.post("/loki/api/v1/series", "start", S, "end", E, "match[]", "{env=\"dev\"}", "match", "{app=\"web\"}")
                        .body())
                .isEqualTo(all);
        assertThat(querier.get("/loki/api/v1/series", "start", S, "end", E, "match[]", "{app=\"none\"}").body())
                .isEqualTo("{\"status\":\"success\",\"data\":[]}\n");
    }

    @Test
    void sumsUpTheIndex() throws Exception {
        assertThat(querier.get("/loki/api/v1/index/stats", "start", S, "end", E, "query", "{app=\"db\"}").body())
                .isEqualTo("{\"streams\":1,\"chunks\":1,\"bytes\":5,\"entries\":1}\n");
        assertThat(querier.get("/loki/api/v1/index/stats", "start", S, "end", E, "query", "{app=\"none\"}").body())
                .isEqualTo("{\"streams\":0,\"chunks\":0,\"bytes\":0,\"entries\":0}\n");
    }

    @Test
    void formatsQueries() throws Exception {
        HttpResponse<String> ok = querier.get("/loki/api/v1/format_query", "query", "{app=\"x\"}|=\"<\"");
        assertThat(ok.statusCode()).isEqualTo(200);
        assertThat(ok.headers().firstValue("Content-Type")).hasValue("application/json; charset=utf-8");
        assertThat(ok.body()).isEqualTo("{\"status\":\"success\",\"data\":\"{app=\\\"x\\\"} |= \\\"\\u003c\\\"\"}\n");
        HttpResponse<String> bad = querier.get("/loki/api/v1/format_query");
        assertThat(bad.statusCode()).isEqualTo(400);
        assertThat(bad.body()).isEqualTo("{\"status\":\"invalid-query\",\"error\":\"parse error : syntax error: unexpected $end\"}\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "query_range ; query={app=\"x\"}&limit=5001 ; max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)",
                "query_range ; query={app=\"x\"}&start=1700000000 ; the query time range exceeds the limit (query length: 25971h46m40s, limit: 30d1h)",
                "query_range ; query= ; parse error : syntax error: unexpected $end",
                "query_range ; query={app=\"x\"}&direction=x ; invalid direction 'x'",
                "query_range ; query={app=\"x\"}&start=1793498400&end=1793491200 ; end timestamp must not be before or equal to start time",
                "query ; query={app=\"x\"} ; log queries are not supported as an instant query type, please change your query to a range query type",
                "query ; query={app=\"x\"}&limit=x ; strconv.Atoi: parsing \"x\": invalid syntax",
                "query ; query=1&time=abc ; strconv.ParseInt: parsing \"abc\": invalid syntax",
                "labels ; start=abc ; could not parse 'start' parameter: strconv.ParseInt: parsing \"abc\": invalid syntax",
                "labels ; query={ ; parse error at line 1, col 2: syntax error: unexpected $end, expecting IDENTIFIER or }",
                "labels ; query={app=\"x\"} |= \"y\" ; only label matchers are supported",
                "labels ; since=zz ; could not parse 'since' parameter: not a valid duration string: \"zz\"",
                "label/app/values ; start=1793498400&end=1793491200 ; this data is no longer available, it is past now - max_query_lookback (0s)",
                "series ; match[]= ; parse error : syntax error: unexpected $end",
                "series ; match[]=rate({app=\"x\"}[5m]) ; only label matchers are supported",
                "series ; match[]={app=\"x\"}&match[]={} ; 0 matchers in group: {}",
                "series ; start=1793498400&end=1793491200&match[]={app=\"x\"} ; this data is no longer available, it is past now - max_query_lookback (0s)",
                "index/stats ; start=1793491200 ; parse error : syntax error: unexpected $end",
                "index/stats ; query={app=\"x\"} |= \"y\" ; only label matchers are supported",
            })
    void refuses(String path, String params, String message) throws Exception {
        List<String> pairs = new ArrayList<>();
        for (String pair : params.split("&", -1)) {
            int eq = pair.indexOf('=');
            pairs.add(pair.substring(0, eq));
            pairs.add(pair.substring(eq + 1));
        }
        if (!params.contains("start=")) {
            pairs.addAll(List.of("start", S));
        }
        if (!params.contains("end=")) {
            pairs.addAll(List.of("end", E));
        }
        HttpResponse<String> r = querier.get("/loki/api/v1/" + path, pairs.toArray(String[]::new));
        assertThat(r.body()).isEqualTo(message);
        assertThat(r.statusCode()).isEqualTo(400);
        assertThat(r.headers().firstValue("Content-Type")).hasValue(TEXT);
    }

    @Test
    void refusesSelectorsThatSelectNothing() throws Exception {
        for (String[] request : new String[][] {{"series", "match[]"}, {"labels", "query"}, {"query_range", "query"}}) {
            HttpResponse<String> r =
                    querier.get("/loki/api/v1/" + request[0], "start", S, "end", E, request[1], "{app=~\".*\"}");
            assertThat(r.body()).isEqualTo(NOTHING_SELECTIVE);
            assertThat(r.statusCode()).isEqualTo(400);
        }
    }

    @Test
    void answersNothingOnInternalStreams() throws Exception {
        HttpResponse<String> r = querier.get("/loki/api/v1/query_range", "query", "{__pattern__=\"x\"}", "start", S, "end", E);
        assertThat(withoutStats(r.body()))
                .isEqualTo("{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[],\"stats\":{}}}\n");
    }

    private static String withoutStats(String body) {
        int from = body.indexOf("\"stats\":{");
        int depth = 0;
        for (int i = from + 8; i < body.length(); i++) {
            depth += body.charAt(i) == '{' ? 1 : body.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return body.substring(0, from) + "\"stats\":{}" + body.substring(i + 1);
            }
        }
        return body;
    }
}
