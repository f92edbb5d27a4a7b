package io.narfi.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The route table of contract/http-api.md §1.2: what each endpoint answers to good and bad tenants, methods and common parameters (§2). */
@Timeout(120)
class EndpointsTest {
    private static final String SELECTOR = encode("{app=\"web\"}");
    private static final String START = "1700000000";
    private static final String END = "1700003600";
    private static final String RANGE = "start=" + START + "&end=" + END;

    /** Endpoints of queries, with the parameters that each needs. */
    private static final List<String> QUERIES = List.of(
            "/loki/api/v1/query?query=" + encode("rate({app=\"web\"}[1m])"),
            "/loki/api/v1/query_range?" + RANGE + "&query=" + SELECTOR,
            "/loki/api/v1/labels?" + RANGE,
            "/loki/api/v1/label?" + RANGE,
            "/loki/api/v1/label/app/values?" + RANGE,
            "/loki/api/v1/series?" + RANGE + "&match[]=" + SELECTOR,
            "/loki/api/v1/index/stats?" + RANGE + "&query=" + SELECTOR,
            "/loki/api/v1/index/shards?" + RANGE + "&targetBytesPerShard=1MB&query=" + SELECTOR,
            "/loki/api/v1/index/volume?" + RANGE + "&query=" + SELECTOR,
            "/loki/api/v1/index/volume_range?" + RANGE + "&query=" + SELECTOR,
            "/loki/api/v1/patterns?" + RANGE + "&query=" + SELECTOR,
            "/loki/api/v1/detected_labels?" + RANGE,
            "/loki/api/v1/detected_fields?" + RANGE + "&query=" + SELECTOR,
            "/loki/api/v1/detected_field/level/values?" + RANGE + "&query=" + SELECTOR,
            "/api/prom/query?" + RANGE + "&query=" + SELECTOR,
            "/api/prom/label?" + RANGE,
            "/api/prom/label/app/values?" + RANGE,
            "/api/prom/series?" + RANGE + "&match[]=" + SELECTOR,
            "/narfi/api/v1/explain?" + RANGE + "&query=" + SELECTOR,
            "/narfi/api/v1/export?" + RANGE + "&query=" + SELECTOR);

    @TempDir
    private static Path dir;

    private static NarfiServer server;
    private static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    static void start() throws Exception {
        String yaml = """
                auth_enabled: true
                server: {http_listen_address: 127.0.0.1, http_listen_port: 0}
                common: {path_prefix: "%s"}
                compactor: {retention_enabled: true}
                limits_config: {reject_old_samples: false, allow_structured_metadata: true}
                pattern_ingester: {enabled: true}
                """.formatted(dir.toAbsolutePath());
        server = new NarfiServer(new ConfigLoader(Map.<String, String>of()::get).parse("endpoints", yaml).config());
        server.start();
        String body = "{\"streams\":[{\"stream\":{\"app\":\"web\"},\"values\":[[\"" + START + "000000000\",\"level=info a line\"]]}]}";
        assertThat(push("/loki/api/v1/push", "one", body).statusCode()).isEqualTo(204);
    }

    @AfterAll
    static void stop() {
        server.stop();
        CLIENT.close();
    }

    static List<String> queries() {
        return QUERIES;
    }

    /** Everything that needs a tenant, with its method. */
    static List<String> withTenant() {
        List<String> all = new ArrayList<>();
        for (String query : QUERIES) {
            all.add("GET " + query);
            all.add("POST " + query);
        }
        all.addAll(List.of(
                "GET /loki/api/v1/tail?query=" + SELECTOR,
                "GET /api/prom/tail?query=" + SELECTOR,
                "POST /loki/api/v1/push",
                "POST /api/prom/push",
                "POST /otlp/v1/logs",
                "POST /loki/api/v1/delete?query=" + SELECTOR + "&start=1",
                "PUT /loki/api/v1/delete?query=" + SELECTOR + "&start=1",
                "GET /loki/api/v1/delete",
                "DELETE /loki/api/v1/delete?request_id=x",
                "GET /loki/api/v1/cache/generation_numbers",
                "POST /ingester/prepare_shutdown",
                "GET /ingester/prepare_shutdown",
                "POST /ingester/shutdown",
                "POST /ingester/prepare_partition_downscale",
                "POST /flush"));
        return all;
    }

    @ParameterizedTest
    @MethodSource("withTenant")
    void noTenant(String endpoint) throws Exception {
        HttpResponse<String> answer = send(endpoint, "");
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).isEqualTo("no org id\n");
        assertThat(answer.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
    }

    @ParameterizedTest
    @MethodSource("withTenant")
    void badTenant(String endpoint) throws Exception {
        HttpResponse<String> answer = send(endpoint, "a/b");
        assertThat(answer.statusCode()).isEqualTo(400);
        // OTLP's errors are messages of protobuf, which end with the text.
        assertThat(answer.body().stripTrailing()).endsWith("tenant ID 'a/b' contains unsupported character '/'");
        assertThat(send(endpoint, "..").body().stripTrailing()).endsWith("tenant ID is '.' or '..'");
        assertThat(send(endpoint, "x".repeat(151)).body().stripTrailing()).endsWith("tenant ID is too long: max 150 characters");
    }

    @ParameterizedTest
    @MethodSource("queries")
    void oneTenantAtATimeUnlessTheSwitchIsSet(String query) throws Exception {
        HttpResponse<String> answer = send("GET " + query, "one|two");
        assertThat(answer.statusCode()).isIn(400, 500);
        assertThat(answer.body().stripTrailing()).isEqualTo("multiple org IDs present");
        assertThat(send("GET " + query, "one|one").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @MethodSource("queries")
    void answersItsTenantAndNobodyElse(String query) throws Exception {
        HttpResponse<String> own = send("GET " + query, "one");
        assertThat(own.statusCode()).as(own.body()).isEqualTo(200);
        HttpResponse<String> form = form(query, "one");
        assertThat(form.statusCode()).as(form.body()).isEqualTo(200);
        assertThat(without(form.body())).as("a form is as good as a query string").isEqualTo(without(own.body()));
        HttpResponse<String> other = send("GET " + query, "two");
        assertThat(other.statusCode()).as(other.body()).isEqualTo(200);
        assertThat(other.body()).doesNotContain("a line");
    }

    /** Times and sizes of answers differ from one to the next. */
    private static String without(String body) {
        return body.replaceFirst("\"(stats|statistics)\":\\{\"summary\".*", "");
    }

    @ParameterizedTest
    @MethodSource("queries")
    void otherMethodsAreRefused(String query) throws Exception {
        assertThat(send("PUT " + query, "one").statusCode()).isEqualTo(405);
        assertThat(send("HEAD " + query, "one").statusCode()).isEqualTo(405);
        assertThat(send("DELETE " + query, "one").statusCode()).as("as recorded").isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/ready", "/metrics", "/config", "/services", "/log_level", "/loki/api/v1/status/buildinfo", "/memberlist", "/analytics", "/ring",
                "/distributor/ring"
            })
    void needsNoTenant(String path) throws Exception {
        HttpResponse<String> answer = send("GET " + path, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/version", "/ingester/flush_shutdown", "/api/prom/labels", "/prometheus/config/v1/rules", "/prometheus/api/v1/query", "/loki/api/v1/status/config",
                "/api/v1/rules", "/loki/api/v1/metadata", "/", "/loki/api/v1/query/x", "/loki/api/v1/label//values"
            })
    void isNotThere(String path) throws Exception {
        assertThat(send("GET " + path, "one").statusCode()).isEqualTo(404);
    }

    /** The common parameters in their bad forms, on every endpoint that reads them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "start=abc|could not parse 'start' parameter: strconv.ParseInt: parsing \"abc\": invalid syntax",
                "start=17e8|could not parse 'start' parameter: strconv.ParseInt: parsing \"17e8\": invalid syntax",
                "end=2024-13-01T00:00:00Z|could not parse 'end' parameter: strconv.ParseInt: parsing \"2024-13-01T00:00:00Z\": invalid syntax",
                "since=abc|could not parse 'since' parameter: not a valid duration string: \"abc\"",
                "since=1h1w|could not parse 'since' parameter: not a valid duration string: \"1h1w\"",
            })
    void badTimes(String parameter, String text) throws Exception {
        for (String query : QUERIES) {
            if (query.startsWith("/loki/api/v1/query?")) {
                continue; // an instant query has one time, below
            }
            // The first of a repeated name counts.
            String changed = query.replaceFirst("\\?", "?" + parameter + "&");
            HttpResponse<String> answer = send("GET " + changed, "one");
            assertThat(answer.statusCode()).as(changed).isEqualTo(400);
            assertThat(answer.body().stripTrailing()).as(changed).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "step=0|zero or negative query resolution step widths are not accepted. Try a positive integer",
                "step=x|cannot parse \"x\" to a valid duration",
                "step=0.1|exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
            })
    void badSteps(String parameter, String text) throws Exception {
        for (String path : List.of("query_range", "index/stats", "index/shards", "index/volume_range", "patterns", "detected_fields")) {
            String query = QUERIES.stream().filter(q -> q.startsWith("/loki/api/v1/" + path + "?")).findFirst().orElseThrow();
            HttpResponse<String> answer = send("GET " + query + "&" + parameter, "one");
            assertThat(answer.statusCode()).as(query).isEqualTo(400);
            assertThat(answer.body()).as(query).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "query_range|limit=0|limit must be a positive value",
                "query_range|limit=abc|strconv.Atoi: parsing \"abc\": invalid syntax",
                "query_range|direction=up|invalid direction 'up'",
                "query_range|interval=-1s|cannot parse \"-1s\" to a valid duration",
                "query_range|interval=-1|interval must be >= 0",
                "query_range|start=1700003601|end timestamp must not be before or equal to start time",
                "index/stats|start=1700003601|end timestamp must not be before or equal to start time",
                "detected_fields|start=1700003601|end timestamp must not be before or equal to start time",
                "query|time=abc|strconv.ParseInt: parsing \"abc\": invalid syntax",
                "query|limit=0|limit must be a positive value",
                "index/volume|aggregateBy=x|invalid aggregation option",
                "index/shards|targetBytesPerShard=0|targetBytesPerShard must be a positive value",
            })
    void badParameters(String path, String parameter, String text) throws Exception {
        String query = QUERIES.stream().filter(q -> q.startsWith("/loki/api/v1/" + path + "?")).findFirst().orElseThrow();
        HttpResponse<String> answer = send("GET " + query.replaceFirst("\\?", "?" + parameter + "&"), "one");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"query", "query_range", "index/stats", "index/shards", "index/volume", "index/volume_range", "patterns", "detected_fields"})
    void noQuery(String path) throws Exception {
        String query = QUERIES.stream().filter(q -> q.startsWith("/loki/api/v1/" + path + "?")).findFirst().orElseThrow();
        HttpResponse<String> broken = send("GET " + query.replaceFirst("query=.*", "query=" + encode("{app=")), "one");
        assertThat(broken.statusCode()).isEqualTo(400);
        assertThat(broken.body()).startsWith("parse error at line 1, col 6: syntax error: unexpected $end");
        HttpResponse<String> huge = form(query.replaceFirst("query=.*", "query=" + encode("{app=\"" + "x".repeat(131_072) + "\"}")), "one");
        assertThat(huge.statusCode()).isEqualTo(400);
        assertThat(huge.body()).startsWith("parse error : input size too long (131080 > 131072)");
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static HttpResponse<String> push(String path, String tenant, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("X-Scope-OrgID", tenant)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        return CLIENT.send(request, BodyHandlers.ofString());
    }

    private static HttpResponse<String> form(String query, String tenant) throws Exception {
        int mark = query.indexOf('?');
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + query.substring(0, mark)))
                .header("X-Scope-OrgID", tenant)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(query.substring(mark + 1)))
                .build();
        return CLIENT.send(request, BodyHandlers.ofString());
    }

    private static HttpResponse<String> send(String endpoint, String tenant) throws Exception {
        int blank = endpoint.indexOf(' ');
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + endpoint.substring(blank + 1).replace("[", "%5B").replace("]", "%5D")))
                .method(endpoint.substring(0, blank), BodyPublishers.noBody());
        if (!tenant.isEmpty()) {
            request.header("X-Scope-OrgID", tenant);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }
}
