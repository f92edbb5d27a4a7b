package io.narfi.ingester;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Limits;
import io.narfi.common.Service;
import io.narfi.common.TenantLimits;
import io.narfi.common.Tenants;
import io.narfi.storage.Selection;
import io.narfi.storage.object.FaultGate;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.segment.FrameCache;
import io.narfi.storage.segment.SegmentReader;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pushes over HTTP to a running service. */
@Timeout(120)
final class IngesterTest {
    private static final FrameCache FRAMES = new FrameCache(1 << 20);

    @TempDir
    static Path dir;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore());
    private final Limits limits = Limits.defaults().with("max_line_size: 1000\nblock_ingestion_policy_until: {blocked: 2126-01-01T00:00:00Z}");
    private final AtomicInteger terminations = new AtomicInteger();
    private final Ingester ingester = new Ingester(
            IngesterConfig.defaults(),
            store,
            TenantLimits.fixed(limits),
            new Tenants(true),
            InstantSource.system(),
            new IngesterHost(() -> 1, dir.resolve("marker/shutdown-requested.txt"), terminations::incrementAndGet),
            registry);
    private final ServedIngester server = new ServedIngester(ingester, registry);
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeEach
    void start() throws Exception {
        ServedIngester _ = server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        client.close();
    }

    @Test
    void aPushIsInTheStoreWhenItIsAnswered() throws Exception {
        assertThat(ingester.state()).isEqualTo(Service.State.Running);
        HttpResponse<String> answer = push("/loki/api/v1/push", "a", body("hello"));
        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(answer.body()).isEmpty();
        assertThat(streams("a")).containsExactly("{app=\"x\", service_name=\"x\"} 1");
        assertThat(streams("b")).isEmpty();
        String legacy = "{\"streams\":[{\"labels\":\"{app=\\\"y\\\"}\",\"entries\":[{\"ts\":\"" + Instant.now() + "\",\"line\":\"x\"}]}]}";
        assertThat(push("/api/prom/push", "b", legacy).statusCode()).isEqualTo(204);
        assertThat(streams("b")).containsExactly("{app=\"y\", service_name=\"y\"} 1");
    }

    @Test
    void errorsAreTextWithANewline() throws Exception {
        HttpResponse<String> noTenant = send(HttpRequest.newBuilder(server.uri("/loki/api/v1/push")).POST(HttpRequest.BodyPublishers.ofString("{}")));
        assertThat(noTenant.statusCode()).isEqualTo(401);
        assertThat(noTenant.body()).isEqualTo("no org id\n");
        HttpResponse<String> empty = push("/loki/api/v1/push", "a", "{}");
        assertThat(empty.statusCode()).isEqualTo(422);
        assertThat(empty.body()).isEqualTo("error at least one valid stream is required for ingestion\n");
        assertThat(push("/loki/api/v1/push", "a|b", body("x")).body()).isEqualTo("multiple org IDs present\n");
        HttpResponse<String> blocked = send(request("/loki/api/v1/push", "a", body("x")).header("X-Loki-Ingestion-Policy", "blocked"));
        assertThat(blocked.statusCode()).isEqualTo(260);
        assertThat(blocked.body()).isEqualTo("ingestion blocked for user 'a' (policy: 'blocked') until '2126-01-01T00:00:00Z' with status code '260'\n");
        HttpResponse<String> untyped = send(HttpRequest.newBuilder(server.uri("/loki/api/v1/push"))
                .header("X-Scope-OrgID", "a")
                .POST(HttpRequest.BodyPublishers.ofString(body("x"))));
        assertThat(untyped.body()).isEqualTo("mime: no media type\n");
    }

    @Test
    void rowsThatPassAreStoredThoughOthersAreRefused() throws Exception {
        HttpResponse<String> answer = push("/loki/api/v1/push", "a", body("fits", "x".repeat(1001)));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).startsWith("max entry size '1000' bytes exceeded for stream '{app=\"x\", service_name=\"x\"}'").endsWith("\n");
        assertThat(streams("a")).containsExactly("{app=\"x\", service_name=\"x\"} 1");
    }

    @Test
    void aBodyThatIsTooLargeIsRefusedByItsLength() throws Exception {
        IngesterConfig small = IngesterConfig.defaults()
                .with(1000, 5000, IngesterConfig.OTLP_LABELS, 1, 1 << 20, Duration.ofMillis(10), 2, Duration.ofSeconds(1), "", 0, 10);
        Ingester other = new Ingester(small, store, TenantLimits.fixed(limits), new Tenants(false), InstantSource.system(), new SimpleMeterRegistry());
        try (ServedIngester served = new ServedIngester(other, new SimpleMeterRegistry()).start()) {
            HttpRequest request = HttpRequest.newBuilder(served.uri("/loki/api/v1/push"))
                    .header("Content-Type", "application/x-protobuf")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[1001]))
                    .build();
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(413);
            assertThat(answer.body()).isEqualTo("request body too large: message size too large than max (1001 vs 1000)\n");
        }
    }

    @Test
    void flushAndStop() throws Exception {
        assertThat(push("/loki/api/v1/push", "a", body("x")).statusCode()).isEqualTo(204);
        HttpRequest.Builder flush = HttpRequest.newBuilder(server.uri("/flush")).header("X-Scope-OrgID", "a");
        assertThat(send(flush.POST(HttpRequest.BodyPublishers.noBody())).statusCode()).isEqualTo(204);
        ingester.stop();
        assertThat(ingester.state()).isEqualTo(Service.State.Terminated);
        HttpResponse<String> late = push("/loki/api/v1/push", "a", body("y"));
        assertThat(late.statusCode()).isEqualTo(503);
        assertThat(streams("a")).containsExactly("{app=\"x\", service_name=\"x\"} 1");
    }

    @Test
    void otlpIsAPushWhoseErrorsAreProtobuf() throws Exception {
        HttpResponse<String> answer = push("/otlp/v1/logs", "a", otlp("hello"));
        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(answer.body()).isEmpty();
        assertThat(streams("a")).containsExactly("{service_name=\"shop\"} 1");
        assertThat(registry.get("loki_distributor_lines_received_total").tag("format", "otlp").counter().count()).isEqualTo(1);
        HttpResponse<String> empty = push("/otlp/v1/logs", "a", "{}");
        assertThat(empty.statusCode()).isEqualTo(422);
        assertThat(empty.headers().firstValue("Content-Type")).contains("application/octet-stream");
        assertThat(empty.body()).isEqualTo("\u0012" + "9error at least one valid stream is required for ingestion");
        HttpResponse<String> tooLong = push("/otlp/v1/logs", "a", otlp("x".repeat(1001)));
        assertThat(tooLong.statusCode()).isEqualTo(400);
        assertThat(registry.get("loki_discarded_samples_total").tags("reason", "line_too_long", "format", "otlp").counter().count()).isEqualTo(1);
        HttpResponse<String> noTenant = send(HttpRequest.newBuilder(server.uri("/otlp/v1/logs")).POST(HttpRequest.BodyPublishers.ofString("{}")));
        assertThat(noTenant.statusCode()).isEqualTo(401);
        assertThat(noTenant.body()).isEqualTo("no org id\n");
        assertThat(push("/otlp/v1/logs", "a|b", otlp("x")).body()).isEqualTo("\u0012\u0018multiple org IDs present");
        HttpResponse<String> blocked = send(request("/otlp/v1/logs", "a", otlp("x")).header("X-Loki-Ingestion-Policy", "blocked"));
        assertThat(blocked.statusCode()).isEqualTo(260);
    }

    /** What Loki answers with a 500, OTLP's clients must be able to try again. */
    @Test
    void otlpHasNo500() throws Exception {
        HttpResponse<String> answer = push("/otlp/v1/logs", "a", otlp("x").replace("\"timeUnixNano\":\"", "\"timeUnixNano\":\"0000000000000000000000"));
        assertThat(answer.statusCode()).isEqualTo(204);
        ingester.stop();
        assertThat(push("/otlp/v1/logs", "a", otlp("x")).statusCode()).isEqualTo(503);
    }

    private static String otlp(String line) {
        return "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}}]},\"scopeLogs\":"
                + "[{\"logRecords\":[{\"timeUnixNano\":\"" + Instant.now().getEpochSecond() + "000000000\",\"body\":{\"stringValue\":\"" + line
                + "\"}}]}]}]}";
    }

    @Test
    void shutdownByARequest() throws Exception {
        assertThat(send(request("/ingester/shutdown?terminate=maybe", "a", "")).body()).isEqualTo("parameter terminate must be true or false: \"maybe\"\n");
        assertThat(send(HttpRequest.newBuilder(server.uri("/ingester/shutdown"))).statusCode()).isEqualTo(401);
        assertThat(send(request("/ingester/prepare_partition_downscale", "a", "")).statusCode()).isEqualTo(405);
        assertThat(push("/loki/api/v1/push", "a", body("x")).statusCode()).isEqualTo(204);
        assertThat(send(request("/ingester/shutdown?terminate=f&flush=1&delete_ring_tokens=T", "a", "")).statusCode()).isEqualTo(204);
        assertThat(ingester.state()).isEqualTo(Service.State.Terminated);
        HttpResponse<String> again = send(request("/ingester/shutdown", "a", ""));
        assertThat(again.statusCode()).isEqualTo(503);
        assertThat(again.body()).isEqualTo("Ingester is stopping or already stopped.\n");
        assertThat(push("/loki/api/v1/push", "a", body("y")).statusCode()).isEqualTo(503);
        assertThat(terminations).hasValue(0);
        assertThat(streams("a")).containsExactly("{app=\"x\", service_name=\"x\"} 1");
    }

    /** A signal may come while a shutdown that was asked for stores what waits. */
    @Test
    void stoppingTwiceWaitsForTheFirst() throws Exception {
        FaultGate gate = store.on(Operation.PUT_IF_ABSENT).times(1).hold();
        CompletableFuture<HttpResponse<String>> pushed = CompletableFuture.supplyAsync(() -> pushUnchecked(body("held")));
        assertThat(gate.awaitArrivals(1, Duration.ofSeconds(10))).isTrue();
        CompletableFuture<Void> first = CompletableFuture.runAsync(this::stopUnchecked);
        while (ingester.state() != Service.State.Stopping) {
            Thread.onSpinWait();
        }
        CompletableFuture<Void> second = CompletableFuture.runAsync(this::stopUnchecked);
        assertThatThrownBy(() -> second.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        gate.open();
        first.get(10, TimeUnit.SECONDS);
        second.get(10, TimeUnit.SECONDS);
        assertThat(ingester.state()).isEqualTo(Service.State.Terminated);
        assertThat(pushed.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(204);
    }

    private HttpResponse<String> pushUnchecked(String body) {
        try {
            return push("/loki/api/v1/push", "a", body);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void stopUnchecked() {
        try {
            ingester.stop();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shutdownEndsTheProcess() throws Exception {
        assertThat(send(request("/ingester/shutdown", "a", "")).statusCode()).isEqualTo(204);
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (terminations.get() == 0 && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(terminations).hasValue(1);
    }

    @Test
    void shutdownsArePreparedByAMarker() throws Exception {
        HttpRequest.Builder get = HttpRequest.newBuilder(server.uri("/ingester/prepare_shutdown")).header("X-Scope-OrgID", "a");
        assertThat(send(get.GET()).body()).isEqualTo("unset");
        assertThat(send(get.POST(HttpRequest.BodyPublishers.noBody())).statusCode()).isEqualTo(204);
        assertThat(send(get.POST(HttpRequest.BodyPublishers.noBody())).statusCode()).isEqualTo(204);
        HttpResponse<String> set = send(get.GET());
        assertThat(set.body()).isEqualTo("set");
        assertThat(set.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/plain");
        assertThat(send(get.DELETE()).statusCode()).isEqualTo(204);
        assertThat(send(get.GET()).body()).isEqualTo("unset");
    }

    @Test
    void anUnstartedServiceIsRetryable() throws Exception {
        Ingester other =
                new Ingester(IngesterConfig.defaults(), store, TenantLimits.fixed(limits), new Tenants(false), InstantSource.system(), new SimpleMeterRegistry());
        assertThat(other.state()).isEqualTo(Service.State.New);
        try (ServedIngester served = new ServedIngester(other, new SimpleMeterRegistry()).startUnready()) {
            HttpRequest request = HttpRequest.newBuilder(served.uri("/loki/api/v1/push"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body("x")))
                    .build();
            assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(503);
        }
    }

    @Test
    void anAmbiguousPutIsNotSeenByTheClient() throws Exception {
        store.on(Operation.PUT_IF_ABSENT).times(1).failAfter();
        assertThat(push("/loki/api/v1/push", "a", body("x")).statusCode()).isEqualTo(204);
        assertThat(streams("a")).containsExactly("{app=\"x\", service_name=\"x\"} 1");
    }

    /** Streams of a tenant in all segments, each with its number of rows. */
    private List<String> streams(String tenant) throws IOException {
        List<String> found = new ArrayList<>();
        for (ObjectStore.ObjectInfo object : store.list("segments/", "", 1000).objects()) {
            SegmentReader reader = SegmentReader.open(object.key(), store.get(object.key(), 64 << 20), FRAMES);
            reader.select(Selection.everything(tenant)).forEach(s -> found.add(s.labels() + " " + s.rows()));
        }
        return found;
    }

    private static String body(String... lines) {
        StringBuilder values = new StringBuilder();
        long now = Instant.now().getEpochSecond();
        for (int i = 0; i < lines.length; i++) {
            values.append(i == 0 ? "" : ",").append("[\"").append(now).append("00000000").append(i).append("\",\"").append(lines[i]).append("\"]");
        }
        return "{\"streams\":[{\"stream\":{\"app\":\"x\"},\"values\":[" + values + "]}]}";
    }

    private HttpRequest.Builder request(String path, String tenant, String body) {
        return HttpRequest.newBuilder(server.uri(path))
                .header("X-Scope-OrgID", tenant)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body, UTF_8));
    }

    private HttpResponse<String> push(String path, String tenant, String body) throws Exception {
        return send(request(path, tenant, body));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
