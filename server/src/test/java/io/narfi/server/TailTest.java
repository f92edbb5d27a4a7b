package io.narfi.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.narfi.server.cluster.LokiClient;
import io.narfi.server.cluster.LokiClient.Line;
import io.narfi.server.cluster.TailClient;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tails through a whole process, by a real WebSocket client. */
@Timeout(120)
class TailTest {
    private static final String PATH = "/loki/api/v1/tail";
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SOON = Duration.ofMillis(1500);
    private static final Map<String, String> WEB = Map.of("app", "web");

    private static final String LIMITS = """
            limits_config:
              reject_old_samples: false
              ingestion_rate_mb: 1024
              ingestion_burst_size_mb: 2048
              per_stream_rate_limit: 1GB
              per_stream_rate_limit_burst: 2GB
            """;

    @TempDir
    private Path dir;

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable o : opened.reversed()) {
            o.close();
        }
        http.shutdownNow();
    }

    private EmbeddedServer server(String more) throws Exception {
        EmbeddedServer server = EmbeddedServer.start(dir, LIMITS + more);
        opened.add(server);
        return server;
    }

    private TailClient tail(EmbeddedServer server, String... params) throws Exception {
        TailClient tail = TailClient.open(http, server.url(), PATH, map(params), Map.of());
        opened.add(tail);
        return tail;
    }

    private static Map<String, String> map(String... pairs) {
        Map<String, String> map = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }

    private LokiClient client(EmbeddedServer server) {
        return new LokiClient(http, server.url(), LONG);
    }

    private static long now() {
        return System.currentTimeMillis() * 1_000_000;
    }

    private void push(EmbeddedServer server, Map<String, String> stream, Line... lines) throws Exception {
        HttpResponse<String> response = client(server).push(stream, List.of(lines));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(204);
    }

    private HttpResponse<String> get(EmbeddedServer server, String... params) throws Exception {
        StringBuilder target = new StringBuilder(server.url()).append(PATH).append('?');
        map(params).forEach((k, v) -> target.append(k).append('=').append(URLEncoder.encode(v, StandardCharsets.UTF_8)).append('&'));
        return http.send(HttpRequest.newBuilder(URI.create(target.toString())).build(), BodyHandlers.ofString());
    }

    @Test
    void sendsTheHistoryAndThenWhatArrives() throws Exception {
        EmbeddedServer server = server("");
        long t = now() - 60_000_000_000L;
        push(server, WEB, new Line(t, "one"), new Line(t + 1, "two"), new Line(t + 2, "three"));
        push(server, Map.of("app", "db"), new Line(t + 3, "of another"));
        TailClient tail = tail(server, "query", "{app=\"web\"}", "limit", "2");
        tail.awaitLines(2, LONG);
        assertThat(tail.entries()).containsExactly(new Line(t + 1, "two"), new Line(t + 2, "three"));
        for (int i = 0; i < 5; i++) {
            push(server, WEB, new Line(now(), "live " + i));
            long pushed = System.nanoTime();
            tail.awaitLines(3 + i, LONG);
            assertThat(Duration.ofNanos(tail.lastArrival() - pushed)).as("time from the 204 to the client").isLessThan(SOON);
        }
        assertThat(tail.lines()).containsExactly("two", "three", "live 0", "live 1", "live 2", "live 3", "live 4");
        tail.await(() -> tail.pings() >= 2, () -> tail.pings() + " pings", LONG);
        assertThat(tail.frames()).allSatisfy(frame -> {
            assertThat(frame.has("dropped_entries")).isFalse();
            assertThat(frame.has("encodingFlags")).isFalse();
            assertThat(frame.path("streams")).allSatisfy(stream -> assertThat(stream.path("values")).hasSize(1));
        });
    }

    @Test
    void categorizesLabelsAndFilters() throws Exception {
        EmbeddedServer server = server("");
        TailClient plain = tail(server, "query", "{app=\"web\"} |= \"keep\" | logfmt");
        TailClient categorized = TailClient.open(
                http,
                server.url(),
                PATH,
                map("query", "{app=\"web\"} |= \"keep\" | logfmt"),
                Map.of("X-Loki-Response-Encoding-Flags", "categorize-labels"));
        opened.add(categorized);
        long t = now();
        push(server, WEB, new Line(t, "a=1 level=info keep"), new Line(t + 1, "a=2 level=info drop"));
        plain.awaitLines(1, LONG);
        categorized.awaitLines(1, LONG);
        JsonNode entry = plain.frames().getFirst().at("/streams/0");
        assertThat(entry.path("stream").toString())
                .isEqualTo("{\"a\":\"1\",\"app\":\"web\",\"detected_level\":\"info\",\"level\":\"info\",\"service_name\":\"web\"}");
        assertThat(entry.path("values").toString()).isEqualTo("[[\"" + t + "\",\"a=1 level=info keep\"]]");
        JsonNode frame = categorized.frames().getFirst();
        assertThat(frame.path("encodingFlags").toString()).isEqualTo("[\"categorize-labels\"]");
        assertThat(frame.at("/streams/0/stream").toString()).isEqualTo("{\"app\":\"web\",\"service_name\":\"web\"}");
        assertThat(frame.at("/streams/0/values/0/2").toString())
                .isEqualTo("{\"structuredMetadata\":{\"detected_level\":\"info\"},\"parsed\":{\"a\":\"1\",\"level\":\"info\"}}");
    }

    @Test
    void theOldPathHasTheOldForm() throws Exception {
        EmbeddedServer server = server("");
        long t = now();
        push(server, WEB, new Line(t, "history, no match"), new Line(t + 1, "history, Match <&>"));
        TailClient tail = TailClient.open(http, server.url(), "/api/prom/tail", map("query", "{app=\"web\"}", "regexp", "M[a]tch"), Map.of());
        opened.add(tail);
        tail.awaitLines(1, LONG);
        push(server, WEB, new Line(1_700_000_000_500_000_000L, "live Match"), new Line(t + 2, "live, no match"));
        tail.awaitLines(2, LONG);
        assertThat(tail.frames().getLast().toString())
                .isEqualTo("{\"streams\":[{\"labels\":\"{app=\\\"web\\\", detected_level=\\\"unknown\\\", service_name=\\\"web\\\"}\","
                        + "\"entries\":[{\"ts\":\"2023-11-14T22:13:20.5Z\",\"line\":\"live Match\"}]}],\"dropped_entries\":null}");
    }

    @Test
    void refusesBadRequestsBeforeTheHandshake() throws Exception {
        EmbeddedServer server = server("");
        refused(get(server, "query", "{app=}"), 400, "parse error at line 1, col 6: syntax error: unexpected }, expecting STRING");
        refused(get(server, "query", "{app=\"web\"}", "delay_for", "6"), 400, "delay_for can't be greater than 5");
        refused(get(server, "query", "{app=\"web\"}", "delay_for", "x"), 400, "strconv.Atoi: parsing \"x\": invalid syntax");
        refused(get(server, "query", "{app=\"web\"}", "limit", "0"), 400, "limit must be a positive value");
        refused(get(server, "query", "{app=\"web\"}", "start", "x"), 400, "could not parse 'start' parameter: strconv.ParseInt: parsing \"x\": invalid syntax");
        refused(
                get(server, "query", "{app=\"web\"}", "limit", "5001"),
                400,
                "max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)");
        HttpResponse<String> plain = get(server, "query", "{app=\"web\"}");
        refused(plain, 400, "Bad Request\n");
        assertThat(plain.headers().firstValue("Sec-Websocket-Version")).hasValue("13");
    }

    private static void refused(HttpResponse<String> response, int status, String text) {
        assertThat(response.body()).isEqualTo(text);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/plain; charset=utf-8");
    }

    @Test
    void closesWithCodeAndReason() throws Exception {
        EmbeddedServer server = server("  max_concurrent_tail_requests: 2\nquerier:\n  tail_max_duration: 3s\n");
        TailClient metric = tail(server, "query", "rate({app=\"web\"}[1m])");
        assertThat(metric.closed(LONG)).isEqualTo("1011 only log selector is supported");
        TailClient first = tail(server, "query", "{app=\"web\"}");
        TailClient second = tail(server, "query", "{app=\"db\"}");
        TailClient third = tail(server, "query", "{app=\"web\"}");
        assertThat(third.closed(LONG)).isEqualTo("1011 max concurrent tail requests limit exceeded, count > limit (3 > 2)");
        assertThat(first.closed(LONG)).isEqualTo("1011 reached tail max duration limit");
        assertThat(second.closed(LONG)).isEqualTo("1011 reached tail max duration limit");
        // Their places are free again.
        TailClient fourth = tail(server, "query", "{app=\"web\"}");
        fourth.await(() -> fourth.pings() > 0, () -> "no ping", LONG);
    }

    @Test
    void aPlaceIsFreeWhenItsClientVanishes() throws Exception {
        EmbeddedServer server = server("  max_concurrent_tail_requests: 1\n");
        for (int i = 0; i < 4; i++) {
            TailClient tail = tail(server, "query", "{app=\"web\"}");
            tail.await(() -> tail.pings() > 0, () -> "no ping", LONG);
            if (i % 2 == 0) {
                tail.close();
            } else {
                tail.sendClose();
                assertThat(tail.closed(LONG)).startsWith("1005");
            }
            awaitMetric(server, "loki_querier_tail_active", 0);
        }
    }

    private void awaitMetric(EmbeddedServer server, String name, double value) throws Exception {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (metric(server, name) != value) {
            assertThat(System.nanoTime()).as("waited in vain for %s = %s", name, value).isLessThan(deadline);
            LockSupport.parkNanos(5_000_000);
        }
    }

    private double metric(EmbeddedServer server, String name) throws Exception {
        String text = http.send(HttpRequest.newBuilder(URI.create(server.url() + "/metrics")).build(), BodyHandlers.ofString()).body();
        return text.lines().filter(l -> l.startsWith(name + " ")).mapToDouble(l -> Double.parseDouble(l.substring(name.length() + 1))).sum();
    }

    @Test
    void theEndOfTheProcessLetsClientsComeBack() throws Exception {
        EmbeddedServer server = server("");
        TailClient tail = tail(server, "query", "{app=\"web\"}");
        tail.await(() -> tail.pings() > 0, () -> "no ping", LONG);
        long start = System.nanoTime();
        server.close();
        assertThat(tail.closed(LONG)).isEqualTo("1006 ");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void aClientThatDoesNotReadLosesEntriesAndIsTold() throws Exception {
        EmbeddedServer server = server("");
        TailClient slow = TailClient.lazy(http, server.url(), PATH, map("query", "{app=\"web\"}"));
        opened.add(slow);
        TailClient fast = tail(server, "query", "{app=\"web\"}");
        fast.await(() -> fast.pings() > 0, () -> "no ping", LONG);
        String filler = "x".repeat(20_000);
        int pushes = 25;
        int each = 100;
        for (int p = 0; p < pushes; p++) {
            long t = now();
            int from = p * each;
            push(server, WEB, IntStream.range(0, each).mapToObj(i -> new Line(t + i, (from + i) + " " + filler)).toArray(Line[]::new));
            fast.awaitLines(from + each, LONG);
        }
        assertThat(fast.dropped()).isEmpty();
        double dropped = metric(server, "narfi_tail_entries_dropped_total");
        assertThat(dropped).isPositive();
        slow.read();
        slow.await(() -> slow.lines().size() + dropped >= pushes * each, () -> slow.lines().size() + " lines and " + dropped + " dropped", LONG);
        assertThat(slow.lines().size() + dropped).isEqualTo(pushes * each);
        assertThat(slow.dropped()).hasSize((int) Math.min(1000, dropped)).allSatisfy(entry -> {
            assertThat(entry.path("labels").toString()).isEqualTo("{\"app\":\"web\",\"detected_level\":\"unknown\",\"service_name\":\"web\"}");
            assertThat(entry.path("timestamp").isTextual()).isTrue();
        });
        push(server, WEB, new Line(now(), "afterwards"));
        slow.await(() -> slow.lines().getLast().equals("afterwards"), () -> "not afterwards", LONG);
        assertThat(metric(server, "narfi_tail_buffer_bytes")).isZero();
    }

    @Test
    void delaysEntriesToPutThemInOrder() throws Exception {
        EmbeddedServer server = server("");
        TailClient tail = tail(server, "query", "{app=~\".+\"}", "delay_for", "5");
        tail.await(() -> tail.pings() > 0, () -> "no ping", LONG);
        long t = now();
        for (int i = 3; i >= 0; i--) {
            push(server, Map.of("app", "a" + i), new Line(t + i, "line " + i));
        }
        tail.awaitLines(4, LONG);
        assertThat(tail.lines()).containsExactlyElementsOf(IntStream.range(0, 4).mapToObj(i -> "line " + i).toList());
        assertThat(tail.entries()).allSatisfy(line -> assertThat(line.timestamp()).isLessThanOrEqualTo(now() - 5_000_000_000L));
    }
}
