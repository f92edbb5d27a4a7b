package io.narfi.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The operational pages of contract/http-api.md §15. */
@Timeout(120)
class OpsPagesTest {
    @TempDir
    Path dir;

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).followRedirects(HttpClient.Redirect.NEVER).build();

    @Test
    void rings() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(dir, "distributor: {peers: [\"192.0.2.7:3100\"]}")) {
            for (String path : List.of(
                    "/ring", "/distributor/ring", "/indexgateway/ring", "/scheduler/ring", "/ruler/ring", "/compactor/ring", "/pattern/ring",
                    "/ingest-limits/ring", "/ingest-limits-frontend/ring", "/ui/ring", "/partition-ring")) {
                HttpResponse<String> page = get(server, path, "text/html");
                assertThat(page.statusCode()).as(path).isEqualTo(200);
                assertThat(page.headers().firstValue("Content-Type")).as(path).contains("text/html; charset=utf-8");
                assertThat(page.body()).as(path).contains("ACTIVE");
                HttpResponse<String> json = get(server, path, "application/json");
                assertThat(json.headers().firstValue("Content-Type")).as(path).contains("application/json");
                JsonNode ring = new ObjectMapper().readTree(json.body());
                Instant now = Instant.parse(ring.get("now").asText());
                assertThat(now).isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
                JsonNode self = ring.get("shards").get(0);
                assertThat(self.get("state").asText()).isEqualTo("ACTIVE");
                assertThat(self.get("address").asText()).endsWith(server.url().substring(server.url().lastIndexOf(':')));
                assertThat(self.get("tokens").isArray()).isTrue();
                assertThat(self.properties().stream().map(e -> e.getKey()))
                        .containsExactly("id", "state", "address", "timestamp", "registered_timestamp", "read_only", "read_only_updated_timestamp", "zone", "tokens");
                HttpResponse<String> forget = send(server, path, HttpRequest.newBuilder()
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString("forget=x")));
                assertThat(forget.statusCode()).as(path).isEqualTo(302);
                assertThat(forget.headers().firstValue("Location")).contains("#");
            }
            assertThat(get(server, "/ring", "application/json").body()).as("the peer that is known").contains("192.0.2.7:3100");
            assertThat(get(server, "/scheduler/ring", "application/json").body()).doesNotContain("192.0.2.7:3100");
            HttpResponse<String> memberlist = get(server, "/memberlist", "*/*");
            assertThat(memberlist.body()).isEqualTo("This instance doesn't use memberlist.");
            JsonNode analytics = new ObjectMapper().readTree(get(server, "/analytics", "*/*").body());
            assertThat(analytics.at("/version/version").asText()).isEqualTo("3.7.6");
            assertThat(analytics.get("target").asText()).isEqualTo("all");
        }
    }

    @Test
    void localRatesHaveNoRing() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(dir, "limits_config: {ingestion_rate_strategy: local}")) {
            HttpResponse<String> page = get(server, "/distributor/ring", "application/json");
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
        }
    }

    @Test
    void servicesLevelsAndConfiguration() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(dir, "limits_config: {max_line_size: 7KB}")) {
            assertThat(get(server, "/services", "*/*").body().lines()).contains("ingester => Running").allMatch(l -> l.matches("[a-z-]+ => [A-Z][a-z]+"));
            assertThat(get(server, "/config?mode=diff", "*/*").body()).contains("max_line_size: 7KB").doesNotContain("max_label_name_length");
            assertThat(get(server, "/config?mode=defaults", "*/*").body()).contains("max_line_size: 256KB");
            assertThat(get(server, "/config?mode=diffs", "*/*").body()).contains("max_line_size: 7KB", "max_label_name_length");
            HttpRequest.Builder bad = HttpRequest.newBuilder()
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString("log_level=loud"));
            HttpResponse<String> refused = send(server, "/log_level", bad);
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).isEqualTo("{\"status\":\"failed\",\"message\":\"unrecognized log level \\\"loud\\\"\"}\n");
            assertThat(get(server, "/ready", "*/*").body()).isEqualTo("ready\n");
        }
    }

    /** The process is ready no more when its write service was shut down, and ends when that is asked for. */
    @Test
    void shutdown() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(dir)) {
            HttpResponse<String> stopped = send(server, "/ingester/shutdown?terminate=false", HttpRequest.newBuilder().POST(BodyPublishers.noBody()));
            assertThat(stopped.statusCode()).isEqualTo(204);
            HttpResponse<String> ready = get(server, "/ready", "*/*");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).startsWith("Some services are not Running:\n").contains("Terminated: 1\n").endsWith("\n\n");
        }
        try (EmbeddedServer server = EmbeddedServer.start(dir)) {
            assertThat(send(server, "/ingester/shutdown", HttpRequest.newBuilder().POST(BodyPublishers.noBody())).statusCode()).isEqualTo(204);
            long deadline = System.nanoTime() + 60_000_000_000L;
            boolean gone = false;
            while (!gone && System.nanoTime() < deadline) {
                try {
                    gone = get(server, "/ready", "*/*").body().equals("never");
                } catch (IOException e) {
                    gone = true;
                }
            }
            assertThat(gone).as("the server has ended").isTrue();
        }
    }

    private HttpResponse<String> get(EmbeddedServer server, String path, String accept) throws Exception {
        return send(server, path, HttpRequest.newBuilder().header("Accept", accept).GET());
    }

    private HttpResponse<String> send(EmbeddedServer server, String path, HttpRequest.Builder request) throws Exception {
        return client.send(request.uri(URI.create(server.url() + path)).build(), BodyHandlers.ofString());
    }
}
