package io.narfi.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deletes through the whole server: gone for the first query after the answer, and still gone when they are carried out. */
class DeleteTest {
    private static final String DELETE = "/loki/api/v1/delete";

    @TempDir
    Path dir;

    private final HttpClient client = HttpClient.newHttpClient();

    private HttpResponse<String> call(EmbeddedServer server, String method, String path, String body, String... params) throws Exception {
        StringBuilder uri = new StringBuilder(server.url() + path);
        for (int i = 0; i < params.length; i += 2) {
            uri.append(i == 0 ? '?' : '&').append(params[i]).append('=').append(URLEncoder.encode(params[i + 1], UTF_8));
        }
        return client.send(
                HttpRequest.newBuilder(URI.create(uri.toString()))
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private long count(EmbeddedServer server, String selector) throws Exception {
        String body = call(server, "GET", "/loki/api/v1/query", "", "query", "sum(count_over_time(" + selector + "[3h]))").body();
        String number = body.replaceAll("(?s).*\"value\":\\[[0-9.]+,\"([0-9]+)\"].*", "$1");
        return number.equals(body) ? 0 : Long.parseLong(number);
    }

    private String lines(EmbeddedServer server, String query) throws Exception {
        return call(server, "GET", "/loki/api/v1/query_range", "", "query", query, "since", "3h", "limit", "1000").body();
    }

    @Test
    void deletedLinesAreGoneAtOnceAndStaySo() throws Exception {
        long now = System.currentTimeMillis();
        try (EmbeddedServer server = EmbeddedServer.start(dir, """
                compactor:
                  retention_enabled: true
                  delete_request_cancel_period: 1s
                  compaction_interval: 200ms
                  max_segment_age: 1s
                  delete_request_store: filesystem
                """)) {
            StringBuilder values = new StringBuilder();
            for (int i = 0; i < 100; i++) {
                values.append(i == 0 ? "" : ",").append("[\"").append((now - 3_600_000 + i) * 1_000_000L).append("\",\"line ")
                        .append(i % 10 == 0 ? "secret" : "plain").append(" number ").append(i).append("\"]");
            }
            String push = "{\"streams\":[{\"stream\":{\"app\":\"x\"},\"values\":[" + values + "]},{\"stream\":{\"app\":\"y\"},\"values\":[" + values
                    + "]}]}";
            assertThat(call(server, "POST", "/loki/api/v1/push", push).statusCode()).isEqualTo(204);
            assertThat(count(server, "{app=~\".+\"}")).isEqualTo(200);

            HttpResponse<String> deleted = call(
                    server, "POST", DELETE, "", "query", "{app=\"x\"} |= \"secret\"", "start", Long.toString(now / 1000 - 7200), "end",
                    Long.toString(now / 1000 - 60));
            assertThat(deleted.statusCode()).as(deleted.body()).isEqualTo(204);
            String id = deleted.headers().firstValue("X-Delete-Request-ID").orElseThrow();
            checkGone(server);
            String generation = call(server, "GET", "/loki/api/v1/cache/generation_numbers", "").body();
            assertThat(generation).matches("\"[0-9]+\"\n");

            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
            String list = "";
            while (!list.contains("\"status\":\"processed\"")) {
                checkGone(server);
                list = call(server, "GET", DELETE, "").body();
                assertThat(list).contains(id);
                assertThat(System.nanoTime()).as(list).isLessThan(deadline);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
            checkGone(server);
            assertThat(call(server, "GET", "/metrics", "").body()).contains("loki_compactor_deleted_lines_total{user=\"fake\"} 10.0");
            assertThat(call(server, "DELETE", DELETE, "", "request_id", id).statusCode()).isEqualTo(400);
        }
    }

    private void checkGone(EmbeddedServer server) throws Exception {
        assertThat(count(server, "{app=\"x\"}")).isEqualTo(90);
        assertThat(count(server, "{app=\"y\"}")).isEqualTo(100);
        assertThat(lines(server, "{app=\"x\"}")).contains("plain").doesNotContain("secret");
        assertThat(lines(server, "{app=\"y\"} |= \"secret\"")).contains("secret number 90");
    }

    @Test
    void withoutRetentionThereIsNoDeleteApi() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(dir)) {
            for (String method : new String[] {"GET", "POST", "PUT", "DELETE"}) {
                assertThat(call(server, method, DELETE, "").statusCode()).isEqualTo(404);
            }
            assertThat(call(server, "GET", "/loki/api/v1/cache/generation_numbers", "").statusCode()).isEqualTo(404);
        }
    }
}
