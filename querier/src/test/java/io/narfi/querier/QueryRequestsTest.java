package io.narfi.querier;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.querier.QuerierConfig.Endpoints;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.Row;
import io.narfi.querier.data.RunningQuerier;
import io.narfi.querier.data.TestConfig;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** What requests may say beside their query: forms, headers, limits of their own, and the limits of their tenant. */
@Timeout(120)
class QueryRequestsTest {
    private static final long NOW = 1_793_500_000L;
    private static final long T0 = 1_793_491_200L * Durations.SECOND;
    private static final String RANGE = "/loki/api/v1/query_range";
    private static final String INSTANT = "/loki/api/v1/query";
    private static final String S = "1793491200";
    private static final String E = "1793498400";
    private static final String[] WEB = {"query", "{app=\"web\"}", "start", S, "end", E};

    @TempDir
    private Path folder;

    private final List<RunningQuerier> started = new ArrayList<>();
    private Bucket bucket;

    @BeforeEach
    void fill() throws Exception {
        bucket = new Bucket(folder);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            rows.add(new Row(Labels.of("app", "web", "pod", "p" + i), T0 + i * Durations.MINUTE, "line " + i, Labels.EMPTY));
        }
        bucket.blocks("fake", rows, List.of());
        bucket.blocks("a", rows.subList(0, 2), List.of());
    }

    @AfterEach
    void stop() throws Exception {
        for (RunningQuerier querier : started) {
            querier.stop();
        }
    }

    private RunningQuerier start(String limits) throws Exception {
        return start(limits, Endpoints.DEFAULT, false);
    }

    private RunningQuerier start(String limits, Endpoints endpoints, boolean auth) throws Exception {
        QuerierConfig config = TestConfig.of(256 << 20).endpoints(endpoints).build();
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(NOW));
        RunningQuerier querier =
                new RunningQuerier(bucket, config, Limits.defaults().with(limits), auth, RunningQuerier.noCaller(), clock);
        started.add(querier);
        return querier;
    }

    private static void refused(HttpResponse<String> r, int status, String text) {
        assertThat(r.body()).isEqualTo(text);
        assertThat(r.statusCode()).isEqualTo(status);
        assertThat(r.headers().firstValue("Content-Type")).hasValue("text/plain; charset=utf-8");
    }

    @Test
    void takesTheBodyOfAFormBeforeTheUrl() throws Exception {
        RunningQuerier q = start("");
        HttpResponse<String> r = q.postTo(q.uri(RANGE, "query", "{app=\"none\"}", "start", S, "end", E), "query=%7Bapp%3D%22web%22%7D");
        assertThat(r.statusCode()).isEqualTo(200);
        assertThat(r.body()).contains("line 0", "line 3");
    }

    @Test
    void refusesFormsThatAreTooLarge() throws Exception {
        RunningQuerier q = start("");
        refused(q.postTo(q.uri(RANGE), "query=" + "x".repeat(10 << 20)), 400, "http: POST too large");
    }

    @Test
    void takesNothingFromBodiesThatAreNoForms() throws Exception {
        RunningQuerier q = start("");
        HttpRequest request = HttpRequest.newBuilder(q.uri(RANGE, WEB))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("query=%7Bapp%3D%22none%22%7D"))
                .build();
        assertThat(q.client().send(request, HttpResponse.BodyHandlers.ofString()).body()).contains("line 0");
    }

    @ParameterizedTest
    @CsvSource({"query_range", "query", "labels", "series", "index/stats"})
    void needsATenant(String path) throws Exception {
        RunningQuerier q = start("", Endpoints.DEFAULT, true);
        String[] params = {"query", "{app=\"web\"}", "start", S, "end", E};
        refused(q.get("/loki/api/v1/" + path, params), 401, "no org id\n");
        refused(q.getWith("X-Scope-OrgID", "a/b", "/loki/api/v1/" + path, params), 400, "tenant ID 'a/b' contains unsupported character '/'");
        refused(q.getWith("X-Scope-OrgID", "a|b", "/loki/api/v1/" + path, params), 500, "multiple org IDs present");
        HttpResponse<String> same = q.getWith("X-Scope-OrgID", "a|a:sub", "/loki/api/v1/labels", params);
        assertThat(same.body()).isEqualTo("{\"status\":\"success\",\"data\":[\"app\",\"pod\"]}\n");
    }

    @Test
    void echoesEncodingFlagsAsSent() throws Exception {
        RunningQuerier q = start("");
        String flags = "X-Loki-Response-Encoding-Flags";
        assertThat(q.getWith(flags, "x,categorize-labels,x", RANGE, WEB).body())
                .contains("\"encodingFlags\":[\"x\",\"categorize-labels\"]")
                .contains("\"line 0\",{}]");
        // The space makes it another flag.
        assertThat(q.getWith(flags, "x, categorize-labels", RANGE, WEB).body())
                .contains("\"encodingFlags\":[\"x\",\" categorize-labels\"]")
                .contains("\"line 0\"]");
        assertThat(q.getWith(flags, "categorize-labels", INSTANT, "query", "vector(1)").body()).doesNotContain("encodingFlags");
    }

    @Test
    void writesALineWithTheTagsForEveryQuery() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger("query");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.INFO);
        try {
            RunningQuerier q = start("query_timeout: 1m");
            q.getWith("X-Query-Tags", "Source=a$$b, Feature-X = y ,bad", RANGE, WEB);
            q.get(INSTANT, "query", "rate({app=\"web\"} | json | __error__=`x` [5m])", "time", S);
            q.get("/loki/api/v1/label/app/values", "start", S, "end", E);
        } finally {
            logger.detachAppender(lines);
            logger.setLevel(null);
        }
        Map<String, String> logs = values(lines.list.get(0));
        assertThat(logs)
                .containsEntry("tag_source", "a_b")
                .containsEntry("tag_feature_x", "y")
                .containsEntry("query", "{app=\"web\"}")
                .containsEntry("query_type", "limited")
                .containsEntry("range_type", "range")
                .containsEntry("length", "2h0m0s")
                .containsEntry("status", "200")
                .containsEntry("returned_lines", "4")
                .containsEntry("total_bytes", "24")
                .containsEntry("limit", "100")
                .containsEntry("org_id", "fake");
        assertThat(values(lines.list.get(1))).containsEntry("query_type", "metric").containsEntry("range_type", "instant");
        assertThat(values(lines.list.get(2))).containsEntry("query_type", "labels").containsEntry("returned_lines", "1");
    }

    private static Map<String, String> values(ILoggingEvent event) {
        return event.getKeyValuePairs().stream().collect(Collectors.toMap(p -> p.key, p -> String.valueOf(p.value)));
    }

    @Test
    void givesDrilldownPartOfTooManySeries() throws Exception {
        RunningQuerier q = start("max_query_series: 2");
        String[] params = {"query", "count_over_time({app=\"web\"}[1h])", "start", S, "end", E, "step", "1h"};
        refused(
                q.get(RANGE, params),
                400,
                "maximum number of series (2) reached for a single query; consider reducing query cardinality by adding more specific stream "
                        + "selectors, reducing the time range, or aggregating results with functions like sum(), count() or topk()");
        HttpResponse<String> part = q.getWith("X-Query-Tags", "Source=Grafana-Lokiexplore-App", RANGE, params);
        assertThat(part.statusCode()).isEqualTo(200);
        assertThat(part.body())
                .endsWith("},\"warnings\":[\"maximum number of series (2) reached for a single query; returning partial results\"]}")
                .contains("\"pod\":\"p0\"", "\"pod\":\"p1\"")
                .doesNotContain("\"pod\":\"p2\"");
    }

    @Test
    void showsInternalStreamsToDrilldownOnly() throws Exception {
        bucket.blocks("fake", List.of(new Row(Labels.of("__pattern__", "web"), T0, "ts=1", Labels.EMPTY)), List.of());
        RunningQuerier q = start("");
        String[] params = {"query", "{__pattern__=\"web\"}", "start", S, "end", E};
        assertThat(q.get(RANGE, params).body()).contains("\"result\":[]");
        assertThat(q.getWith("X-Query-Tags", "source=grafana-lokiexplore-app", RANGE, params).body()).contains("ts=1");
    }

    @Test
    void saysHowLongItTookWhenToldTo() throws Exception {
        assertThat(start("").get(RANGE, WEB).headers().firstValue("Server-Timing")).isEmpty();
        RunningQuerier q = start("", new Endpoints(false, false, false, true, false), false);
        assertThat(q.get(RANGE, WEB).headers().firstValue("Server-Timing").orElseThrow())
                .matches("querier_wall_time;dur=\\d+\\.\\d+, response_time;dur=\\d+\\.\\d+");
    }

    @Test
    void answersMetricQueriesInProtobuf() throws Exception {
        RunningQuerier q = start("");
        HttpRequest request = HttpRequest.newBuilder(q.uri(INSTANT, "query", "sum by (app) (count_over_time({app=\"web\"}[1h]))", "time", E))
                .header("Accept", "application/vnd.google.protobuf")
                .build();
        HttpResponse<byte[]> r = q.client().send(request, HttpResponse.BodyHandlers.ofByteArray());
        assertThat(r.statusCode()).isEqualTo(200);
        assertThat(r.headers().firstValue("Content-Type")).hasValue("application/vnd.google.protobuf");
        assertThat(r.body()).isEqualTo(field(5, field(1, concat(field(1, text("success")), field(2, text(1, "vector"))))));
        HttpRequest more = HttpRequest.newBuilder(q.uri(INSTANT, "query", "sum by (app) (count_over_time({app=\"web\"}[4h]))", "time", E))
                .header("Accept", "application/vnd.google.protobuf")
                .build();
        // A label app="web", a sample of 4 at 1793498400000 ms: a double, low byte first, and a varint.
        byte[] sample = concat(new byte[] {9, 0, 0, 0, 0, 0, 0, 0x10, 0x40}, new byte[] {0x10}, varint(1_793_498_400_000L));
        byte[] label = concat(text(1, "app"), text(2, "web"));
        byte[] series = concat(field(1, label), field(2, sample));
        assertThat(q.client().send(more, HttpResponse.BodyHandlers.ofByteArray()).body())
                .isEqualTo(field(5, field(1, concat(text(1, "success"), field(2, concat(text(1, "vector"), field(2, series)))))));
        for (String path : List.of("query_range", "labels", "series", "index/stats")) {
            refused(
                    q.getWith("Accept", "application/vnd.google.protobuf", "/loki/api/v1/" + path, WEB),
                    406,
                    "responses in protobuf are supported for metric queries only");
        }
    }

    private static byte[] text(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] text(int number, String s) {
        return field(number, text(s));
    }

    private static byte[] field(int number, byte[] content) {
        return concat(new byte[] {(byte) (number << 3 | 2)}, varint(content.length), content);
    }

    private static byte[] varint(long value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long left = value;
        while (left > 127) {
            out.write((int) (left & 127 | 128));
            left >>>= 7;
        }
        out.write((int) left);
        return out.toByteArray();
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    @Test
    void refusesParquet() throws Exception {
        RunningQuerier q = start("");
        String text = "support for Parquet encoded responses is disabled. Enable with -frontend.support-parquet-encoding=true";
        refused(q.getWith("Accept", "application/vnd.apache.parquet", RANGE, WEB), 400, text);
        refused(q.getWith("Accept", "application/vnd.apache.parquet", INSTANT, "query", "vector(1)"), 400, text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "max_query_length: 1h # query_range # {app=\"web\"} # the query time range exceeds the limit (query length: 2h0m0s, limit: 1h)",
                "max_query_length: 1h # labels # {app=\"web\"} # the query time range exceeds the limit (query length: 2h0m0s, limit: 1h)",
                "max_query_length: 1h # series # {app=\"web\"} # the query time range exceeds the limit (query length: 2h0m0s, limit: 1h)",
                "max_query_length: 1h # index/stats # {app=\"web\"} # the query time range exceeds the limit (query length: 2h0m0s, limit: 1h)",
                "max_query_range: 10m # query # rate({app=\"web\"}[11m]) # [interval] value exceeds limit: [11m] > [10m]",
                "max_query_range: 10m # query_range # sum(rate({app=\"web\"}[1m])) / sum(rate({app=\"web\"}[1d])) "
                        + "# [interval] value exceeds limit: [1d] > [10m]",
                "max_streams_matchers_per_query: 2 # query_range # {app=\"web\", pod=\"x\", pod!=\"y\"} "
                        + "# max streams matchers per query exceeded, matchers-count > limit (3 > 2)",
                "max_query_bytes_read: 10B # query_range # {app=\"web\"} # the query would read too many bytes (query: 24 B, limit: 10 B); "
                        + "consider adding more specific stream selectors or reduce the time range of the query",
                "max_query_bytes_read: 10B # query # count_over_time({app=\"web\"}[3h]) # the query would read too many bytes "
                        + "(query: 24 B, limit: 10 B); consider adding more specific stream selectors or reduce the time range of the query",
                "max_querier_bytes_read: 10B # query_range # {app=\"web\"} # query too large to execute on a single querier: (query: 24 B, "
                        + "limit: 10 B); consider adding more specific stream selectors, reduce the time range of the query, or adjust "
                        + "parallelization settings",
                "max_querier_bytes_read: 10B # query # count_over_time({app=\"web\"}[3h]) # query too large to execute on a single querier: "
                        + "(query: 24 B, limit: 10 B); consider adding more specific stream selectors, reduce the time range of the query, or "
                        + "adjust parallelization settings",
                "required_labels: [namespace, app, zone] # query_range # {app=\"web\", pod=\"x\"} # stream selector is missing required "
                        + "matchers [namespace, zone], labels present in the query were [app, pod]",
                "minimum_labels_number: 2 # query # rate({app=\"web\"}[1m]) # stream selector has less label matchers than required: "
                        + "(present: [app], number_present: 1, required_number_label_matchers: 2)",
                "max_entries_limit_per_query: 99 # query_range # {app=\"web\"} # max entries limit per query exceeded, limit > "
                        + "max_entries_limit_per_query (100 > 99)",
                "max_query_lookback: 1h # labels # {app=\"web\"} # this data is no longer available, it is past now - max_query_lookback (1h)",
                "max_query_lookback: 3h # query # rate({app=\"web\"}[1m] offset 1d) # this data is no longer available, it is past now - "
                        + "max_query_lookback (3h)",
            })
    void holdsTenantsToTheirLimits(String limits, String path, String query, String text) throws Exception {
        String end = limits.contains("lookback: 1h") ? "1793495000" : E;
        String name = path.equals("series") ? "match[]" : "query";
        refused(start(limits).get("/loki/api/v1/" + path, name, query, "start", S, "end", end, "time", end), 400, text);
    }

    @ParameterizedTest
    @CsvSource({"tsdb_max_query_parallelism: 0, query_range", "tsdb_max_query_parallelism: -1, labels"})
    void letsNobodyInWithoutParallelism(String limits, String path) throws Exception {
        refused(start(limits).get("/loki/api/v1/" + path, WEB), 429, "querying is disabled, please contact your Loki operator");
    }

    @Test
    void answersNothingBeyondTheLookback() throws Exception {
        RunningQuerier q = start("max_query_lookback: 30m");
        String old = "1793497000";
        assertThat(q.get(RANGE, "query", "{app=\"web\"}", "start", S, "end", old).body()).contains("\"resultType\":\"streams\",\"result\":[]");
        assertThat(q.get(RANGE, "query", "rate({app=\"web\"}[1h])", "start", S, "end", old).body())
                .contains("\"resultType\":\"matrix\",\"result\":[]");
        assertThat(q.get(INSTANT, "query", "count_over_time({app=\"web\"}[1h])", "time", old).body())
                .contains("\"resultType\":\"vector\",\"result\":[]");
    }

    @Test
    void countsNoRowsBeyondTheLookback() throws Exception {
        long reach = NOW - T0 / Durations.SECOND - 90;
        RunningQuerier q = start("max_query_lookback: " + reach + "s");
        String[] params = {"query", "sum(count_over_time({app=\"web\"}[4h]))", "time", E};
        assertThat(q.get(INSTANT, params).body()).contains("\"value\":[1793498400,\"2\"]");
        assertThat(start("").get(INSTANT, params).body()).contains("\"value\":[1793498400,\"4\"]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{pattern: '{app=\"web\"}'} ; {app=\"web\"} ; true",
                "{pattern: ' {app=\"web\"} '} ; {app=\"web\"} ; true",
                "{pattern: '{app=\"we\"}'} ; {app=\"web\"} ; false",
                "{pattern: 'app=.w', regex: true} ; {app=\"web\"} ; true",
                "{pattern: '^x', regex: true} ; {app=\"web\"} ; false",
                "{pattern: '(', regex: true} ; {app=\"web\"} ; false",
                "{types: [metric]} ; {app=\"web\"} ; false",
                "{types: [limited]} ; {app=\"web\"} ; true",
                "{types: [filter]} ; {app=\"web\"} |= \"x\" ; true",
                "{types: [metric]} ; rate({app=\"web\"}[1m]) ; true",
                "{pattern: 'rate', regex: true, types: [filter, limited]} ; rate({app=\"web\"}[1m]) ; false",
                "{hash: 3826002220} ; a ; false",
                "{hash: HASH} ; {app=\"web\"} ; true",
                "{hash: HASH, types: [metric]} ; {app=\"web\"} ; false",
                "{query_tags: {Source: beta}} ; {app=\"web\"} ; true",
                "{query_tags: {Source: gamma}} ; {app=\"web\"} ; false",
            })
    void blocksQueries(String rule, String query, boolean blocked) throws Exception {
        int h = 0x811c9dc5;
        for (byte b : query.getBytes(StandardCharsets.UTF_8)) {
            h = (h ^ b) * 16777619;
        }
        RunningQuerier q = start("blocked_queries: [" + rule.replace("HASH", Integer.toUnsignedString(h)) + "]");
        HttpResponse<String> r = q.getWith("X-Query-Tags", "source=Beta", RANGE, "query", query, "start", S, "end", E);
        if (blocked) {
            refused(r, 400, "query blocked by policy");
        } else {
            assertThat(r.body()).isNotEqualTo("query blocked by policy");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "{\"maxQueryLength\":\"1h\"} # query_range # {app=\"web\"} # the query time range exceeds the limit (query length: 2h0m0s, limit: 1h)",
                "{\"maxQueryInterval\":\"5m\"} # query # rate({app=\"web\"}[6m]) # [interval] value exceeds limit: [6m] > [5m]",
                "{\"maxEntriesLimitPerQuery\":50} # query_range # {app=\"web\"} # max entries limit per query exceeded, limit > "
                        + "max_entries_limit_per_query (100 > 50)",
                "{\"requiredLabels\":[\"namespace\"]} # query_range # {app=\"web\"} # stream selector is missing required matchers [namespace], "
                        + "labels present in the query were [app]",
                "{\"minimumLabelsNumber\":3} # query_range # {app=\"web\"} # stream selector has less label matchers than required: "
                        + "(present: [app], number_present: 1, required_number_label_matchers: 3)",
                "{\"maxQueryBytesRead\":\"10B\"} # query_range # {app=\"web\"} # the query would read too many bytes (query: 24 B, limit: "
                        + "10 B); consider adding more specific stream selectors or reduce the time range of the query",
                "{\"maxQueryLookback\":\"2h\"} # labels # {app=\"web\"} # ",
            })
    void holdsRequestsToTheirOwnLimits(String header, String path, String query, String text) throws Exception {
        RunningQuerier on = start("", new Endpoints(false, false, true, false, false), false);
        String[] params = {"query", query, "start", S, "end", E, "time", E};
        HttpResponse<String> r = on.getWith("X-Loki-Query-Limits", header, "/loki/api/v1/" + path, params);
        if (text == null) {
            assertThat(r.body()).isEqualTo("{\"status\":\"success\"}\n");
        } else {
            refused(r, 400, text);
        }
        HttpResponse<String> off = start("").getWith("X-Loki-Query-Limits", header, "/loki/api/v1/" + path, params);
        assertThat(off.statusCode()).isEqualTo(200);
    }

    @Test
    void neverLoosensLimitsByAHeader() throws Exception {
        RunningQuerier q = start("max_query_length: 1h\nminimum_labels_number: 1", new Endpoints(false, false, true, false, false), false);
        refused(
                q.getWith("X-Loki-Query-Limits", "{\"maxQueryLength\":\"720h\",\"minimumLabelsNumber\":0}", RANGE, WEB),
                400,
                "the query time range exceeds the limit (query length: 2h0m0s, limit: 1h)");
    }

    @Test
    void holdsAPartToTheLimitsOfTheWhole() throws Exception {
        RunningQuerier q = start("", new Endpoints(false, false, true, false, false), false);
        String[] part = {"query", "{app=\"web\"}", "start", S, "end", "1793491230"};
        String whole = "{\"expr\":\"{app=\\\"web\\\"}\",\"from\":\"2026-11-01T00:00:00Z\",\"to\":\"2026-11-01T02:00:00Z\"}";
        HttpResponse<String> r = q.getWith(
                Map.of("X-Loki-Query-Limits", "{\"maxQueryLength\":\"1h\"}", "X-Loki-Query-Limits-Context", whole), RANGE, part);
        refused(r, 400, "the query time range exceeds the limit (query length: 2h0m0s, limit: 1h)");
        r = q.getWith(Map.of("X-Loki-Query-Limits", "{\"maxQueryBytesRead\":\"10B\"}", "X-Loki-Query-Limits-Context", whole), RANGE, part);
        refused(
                r,
                400,
                "the query would read too many bytes (query: 24 B, limit: 10 B); consider adding more specific stream selectors or reduce the "
                        + "time range of the query");
        r = q.getWith(Map.of("X-Loki-Query-Limits", "{\"maxQueryBytesRead\":\"10B\"}"), RANGE, part);
        assertThat(r.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"[]", "{", "{\"maxQueryLength\":\"x\"}", "{\"maxQueryLength\":[\"1h\"]}", "{\"requiredLabels\":\"a\"}", "{} {}", "{\"maxQueryTime\":}"
            })
    void refusesLimitsThatItCannotRead(String header) throws Exception {
        RunningQuerier q = start("", new Endpoints(false, false, true, false, false), false);
        HttpResponse<String> r = q.getWith("X-Loki-Query-Limits", header, RANGE, WEB);
        assertThat(r.statusCode()).isEqualTo(400);
        assertThat(r.body()).containsAnyOf("cannot read the header X-Loki-Query-Limits", "invalid query limits in the request's headers");
    }
}
