package io.narfi.compactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Limits;
import io.narfi.common.Tenants;
import io.narfi.http.HttpServer;
import io.narfi.http.HttpServerConfig;
import io.narfi.http.Router;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.DeleteRequest;
import io.narfi.storage.catalog.DeleteStep;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.InMemoryObjectStore;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every parameter, status and text of the delete API ({@code http-api.md} §13). */
class DeleteApiTest {
    private static final String PATH = "/loki/api/v1/delete";
    private static final String CANCEL_REFUSED =
            "Cancellation of partially completed delete request or delete request past the deadline of 24h0m0s since its creation is not allowed."
                    + " To force, use the ?force query parameter\n";

    private final FakeClock clock = new FakeClock();
    private final FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore(1 << 20, clock));
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Catalog catalog = new Catalog(store, "api", clock, registry);
    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<String, Limits> limits =
            Map.of("off", Limits.defaults().with("deletion_mode: disabled"), "half", Limits.defaults().with("deletion_mode: filter-only"));
    private final DeleteSettings settings =
            new DeleteSettings(Duration.ofHours(24), Duration.ofHours(24), Duration.ofDays(30), 5, 200);
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        DeleteRequests requests = new DeleteRequests(catalog, store, settings, clock, registry);
        DeleteHandlers handlers = new DeleteHandlers(
                new Tenants(true), tenant -> limits.getOrDefault(tenant, Limits.defaults()), () -> requests, settings, clock);
        server = new HttpServer(HttpServerConfig.of("127.0.0.1", 0), new Router("", handlers.routes()), registry);
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        server.stop();
    }

    private HttpResponse<String> call(String method, @Nullable String tenant, String path, String... params) throws Exception {
        StringBuilder uri = new StringBuilder("http://127.0.0.1:" + server.port() + path);
        for (int i = 0; i < params.length; i += 2) {
            uri.append(i == 0 ? '?' : '&').append(params[i]).append('=').append(URLEncoder.encode(params[i + 1], StandardCharsets.UTF_8));
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri.toString())).method(method, BodyPublishers.noBody());
        if (tenant != null) {
            request.header("X-Scope-OrgID", tenant);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private String seconds(long ago) {
        return Long.toString(clock.millis() / 1000 - ago);
    }

    private String create(String tenant, String query) throws Exception {
        HttpResponse<String> response = call("POST", tenant, PATH, "query", query, "start", seconds(3600), "end", seconds(60));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(204);
        assertThat(response.body()).isEmpty();
        return response.headers().firstValue("X-Delete-Request-ID").orElseThrow();
    }

    private String list(String tenant, String... params) throws Exception {
        HttpResponse<String> response = call("GET", tenant, PATH, params);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        return response.body();
    }

    private static void refused(HttpResponse<String> response, int status, String text) {
        assertThat(response.body()).isEqualTo(text + "\n");
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/plain; charset=utf-8");
    }

    /** Relative times are seconds before now. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "'' ; 3600 ; 60 ; ; query not set",
        "sum(rate({a=\"b\"}[1m])) ; 3600 ; 60 ; ; invalid query expression",
        "{a=\"b\" ; 3600 ; 60 ; ; invalid query expression",
        "{} ; 3600 ; 60 ; ; invalid query expression",
        "{a=\"b\"} |~ \"(\" ; 3600 ; 60 ; ; invalid query expression",
        "{a=\"b\"} ; ; 60 ; ; start time not set",
        "{a=\"b\"} ; =soon ; 60 ; ; invalid start time: require unix seconds or RFC3339 format",
        "{a=\"b\"} ; =1700000000000 ; 60 ; ; invalid start time: require unix seconds or RFC3339 format",
        "{a=\"b\"} ; =2026-01-01 ; 60 ; ; invalid start time: require unix seconds or RFC3339 format",
        "{a=\"b\"} ; 3600 ; =17.5 ; ; invalid end time: require unix seconds or RFC3339 format",
        "{a=\"b\"} ; 3600 ; =2026-13-01T00:00:00Z ; ; invalid end time: require unix seconds or RFC3339 format",
        "{a=\"b\"} ; 3600 ; -10 ; ; deletes in the future are not allowed",
        "{a=\"b\"} ; 60 ; 60 ; ; start time can't be greater than or equal to end time",
        "{a=\"b\"} ; 50 ; 60 ; ; start time can't be greater than or equal to end time",
        "{a=\"b\"} |= \"x\" ; 3600 ; 60 ; 7 ; invalid max_interval: valid time units are 's', 'm', 'h'",
        "{a=\"b\"} |= \"x\" ; 3600 ; 60 ; 900ms ; invalid max_interval: valid time units are 's', 'm', 'h'",
        "{a=\"b\"} |= \"x\" ; 3600 ; 60 ; 25h ; max_interval can't be greater than 24h0m0s",
        "{a=\"b\"} |= \"x\" ; 3600 ; 60 ; 2h ; max_interval can't be greater than the interval to be deleted (59m0s)",
    })
    void refusesBadParameters(String query, @Nullable String start, @Nullable String end, @Nullable String interval, String text) throws Exception {
        for (String method : List.of("POST", "PUT")) {
            List<String> params = new ArrayList<>();
            if (!query.equals("''")) {
                params.addAll(List.of("query", query));
            }
            if (start != null) {
                params.addAll(List.of("start", time(start)));
            }
            if (end != null) {
                params.addAll(List.of("end", time(end)));
            }
            if (interval != null) {
                params.addAll(List.of("max_interval", interval));
            }
            refused(call(method, "t", PATH, params.toArray(String[]::new)), 400, text);
        }
        assertThat(list("t")).isEqualTo("[]\n");
    }

    private String time(String text) {
        return text.startsWith("=") ? text.substring(1) : seconds(Long.parseLong(text));
    }

    @Test
    void boundsQueriesAndRequests() throws Exception {
        refused(call("POST", "t", PATH, "query", "{a=\"" + "b".repeat(200) + "\"}", "start", seconds(9)), 400,
                "query is longer than the 200 bytes that a delete request may have");
        for (int i = 0; i < 5; i++) {
            create("t", "{a=\"b\"}");
        }
        refused(call("POST", "t", PATH, "query", "{a=\"b\"}", "start", seconds(9)), 429, "too many delete requests: 5 wait to be processed");
        create("u", "{a=\"b\"}");
    }

    @Test
    void ignoresTheIntervalWithoutAFilter() throws Exception {
        HttpResponse<String> response = call("PUT", "t", PATH, "query", "{a=\"b\"}", "start", seconds(60), "max_interval", "nonsense");
        assertThat(response.statusCode()).isEqualTo(204);
        response = call("PUT", "t", PATH, "query", "{a=\"b\"} |= \"x\"", "start", seconds(3600), "max_interval", "1h");
        assertThat(response.statusCode()).isEqualTo(204);
    }

    @Test
    void readsParametersFromTheQueryStringAlone() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + PATH))
                .header("X-Scope-OrgID", "t")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("query=%7Ba%3D%22b%22%7D&start=1700000000"))
                .build();
        refused(client.send(request, BodyHandlers.ofString()), 400, "query not set");
    }

    @Test
    void asksForATenantThatMayDelete() throws Exception {
        for (String method : List.of("GET", "POST", "PUT", "DELETE")) {
            refused(call(method, null, PATH), 401, "no org id");
            refused(call(method, "a|b", PATH), 400, "multiple org IDs present");
            refused(call(method, "off", PATH), 403, "deletion is not available for this tenant");
        }
        create("half", "{a=\"b\"}");
        refused(call("GET", null, "/loki/api/v1/cache/generation_numbers"), 401, "no org id");
    }

    @Test
    void listsRequests() throws Exception {
        assertThat(list("t")).isEqualTo("[]\n");
        clock.advance(Duration.ofMillis(123));
        long created = clock.millis();
        String first = create("t", "{app=\"x\"} |= \"a<b>\\\"\"");
        clock.advance(Duration.ofSeconds(5));
        String start = Instant.ofEpochMilli(created - 7_000_000).toString();
        String end = Instant.ofEpochMilli(created - 6_000_000).toString().replace("Z", "+00:00");
        String second = call("PUT", "t", PATH, "query", "{a=\"b\"}", "start", start, "end", end)
                .headers()
                .firstValue("X-Delete-Request-ID")
                .orElseThrow();
        create("other", "{a=\"b\"}");
        String one = "{\"request_id\":\"" + first + "\",\"start_time\":" + (created / 1000 - 3600) + ",\"end_time\":" + (created / 1000 - 60)
                + ",\"query\":\"{app=\\\"x\\\"} |= \\\"a\\u003cb\\u003e\\\\\\\"\\\"\",\"status\":\"received\",\"created_at\":"
                + created / 1000 + "." + created % 1000 + ",\"user_id\":\"\"}";
        assertThat(list("t")).startsWith("[" + one + ",{\"request_id\":\"" + second + "\"").endsWith("}]\n");
        assertThat(list("t", "start", seconds(1000), "end", seconds(0))).isEqualTo("[" + one + "]\n");
        assertThat(list("t", "start", seconds(0))).as("one of the two alone says nothing").contains(first, second);
        refused(call("GET", "t", PATH, "start", "x", "end", seconds(0)), 400, "invalid start time: require unix seconds or RFC3339 format");
        refused(call("GET", "t", PATH, "start", seconds(0), "end", "x"), 400, "invalid end time: require unix seconds or RFC3339 format");
    }

    @Test
    void showsProgressAndWhatHidesRows() throws Exception {
        String id = create("t", "{a=\"b\"}");
        DeleteRequest request = catalog.refresh().deletes("t").requests().getFirst();
        step(DeleteStep.Kind.START, request);
        assertThat(list("t")).contains("\"status\":\"99% Complete\"");
        step(DeleteStep.Kind.FINISH, request);
        assertThat(list("t")).contains("\"status\":\"processed\"").contains(id);
        assertThat(list("t", "for_querytime_filtering", "true")).isEqualTo("[]\n");
        refused(call("DELETE", "t", PATH, "request_id", id, "force", "true"), 400,
                "deletion of request which is in process or already processed is not allowed");
    }

    private void step(DeleteStep.Kind kind, DeleteRequest request) throws IOException {
        catalog.commit(CatalogChange.because("test").steps(List.of(DeleteStep.of(kind, request))).build(), catalog.refresh(), 0);
    }

    @Test
    void cancels() throws Exception {
        refused(call("DELETE", "t", PATH, "request_id", "nobody"), 404, "could not find delete request with given id");
        refused(call("DELETE", "t", PATH), 404, "could not find delete request with given id");
        String id = create("t", "{a=\"b\"}");
        refused(call("DELETE", "other", PATH, "request_id", id), 404, "could not find delete request with given id");
        assertThat(Bucket.keys(store, "deletes/")).containsExactly("deletes/t/" + id);
        assertThat(call("DELETE", "t", PATH, "request_id", id).statusCode()).isEqualTo(204);
        assertThat(list("t")).isEqualTo("[]\n");
        assertThat(Bucket.keys(store, "deletes/")).isEmpty();

        String late = create("t", "{a=\"b\"}");
        clock.advance(Duration.ofHours(24).plusMillis(1));
        assertThat(call("DELETE", "t", PATH, "request_id", late).body()).isEqualTo(CANCEL_REFUSED);
        assertThat(call("DELETE", "t", PATH, "request_id", late, "force", "true").statusCode()).isEqualTo(204);

        String started = create("t", "{a=\"b\"}");
        step(DeleteStep.Kind.START, catalog.refresh().deletes("t").requests().getFirst());
        assertThat(call("DELETE", "t", PATH, "request_id", started, "force", "1").body()).isEqualTo(CANCEL_REFUSED);
        assertThat(call("DELETE", "t", PATH, "request_id", started, "force", "true").statusCode()).isEqualTo(204);
    }

    @Test
    void generationsChangeWithWhatIsHidden() throws Exception {
        assertThat(generation("t")).isEqualTo("\"\"\n");
        String id = create("t", "{a=\"b\"}");
        String first = generation("t");
        assertThat(first).matches("\"[0-9]+\"\n");
        assertThat(generation("other")).isEqualTo("\"\"\n");
        assertThat(generation("t")).isEqualTo(first);
        call("DELETE", "t", PATH, "request_id", id);
        assertThat(generation("t")).isNotEqualTo(first);
    }

    private String generation(String tenant) throws Exception {
        HttpResponse<String> response = call("GET", tenant, "/loki/api/v1/cache/generation_numbers");
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    @Test
    void aFailingStoreIsAnError() throws Exception {
        store.on().failBefore();
        assertThat(call("POST", "t", PATH, "query", "{a=\"b\"}", "start", seconds(60)).statusCode()).isEqualTo(500);
        assertThat(call("GET", "t", PATH).statusCode()).isEqualTo(500);
        store.heal();
        assertThat(list("t")).isEqualTo("[]\n");
    }
}
