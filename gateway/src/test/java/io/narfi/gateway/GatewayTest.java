package io.narfi.gateway;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Service;
import io.narfi.http.Call;
import io.narfi.http.Headers;
import io.narfi.http.HttpCaller;
import io.narfi.http.HttpCallerConfig;
import io.narfi.http.HttpServer;
import io.narfi.http.HttpServerConfig;
import io.narfi.http.Reply;
import io.narfi.http.Router;
import io.narfi.http.WebSocket;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway in front of real servers that do as the test says. */
class GatewayTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final HttpCaller client = new HttpCaller(HttpCallerConfig.DEFAULT, new SimpleMeterRegistry());
    private final List<AutoCloseable> open = new ArrayList<>();
    private FakeService writeA;
    private FakeService writeB;
    private FakeService readA;
    private FakeService readB;
    private FakeService backend;
    private @Nullable URI origin;

    @BeforeEach
    void startServices() throws Exception {
        writeA = service("write-a");
        writeB = service("write-b");
        readA = service("read-a");
        readB = service("read-b");
        backend = service("backend");
    }

    private FakeService service(String name) throws Exception {
        FakeService service = new FakeService(name);
        open.add(service);
        return service;
    }

    private GatewayConfig config() {
        return GatewayConfig.of(List.of(writeA.uri(), writeB.uri()), List.of(readA.uri(), readB.uri()), List.of(backend.uri()));
    }

    private Gateway start(GatewayConfig config) throws Exception {
        Gateway gateway = new Gateway(config, registry);
        HttpServer server = new HttpServer(HttpServerConfig.of("127.0.0.1", 0), new Router("", gateway.routes()), registry);
        gateway.start();
        server.start();
        open.add(gateway::stop);
        open.add(server::stop);
        origin = URI.create("http://127.0.0.1:" + server.port());
        assertThat(gateway.state()).isEqualTo(Service.State.Running);
        return gateway;
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private record Answer(int status, Headers headers, String body) {}

    private Answer call(Call call) throws Exception {
        try (Reply reply = client.call(call)) {
            return new Answer(reply.status(), reply.headers(), new String(reply.readAll(64 << 20), StandardCharsets.UTF_8));
        }
    }

    private Answer get(String target) throws Exception {
        return call(Call.get(requireNonNull(origin), target));
    }

    private Answer push(byte[] body) throws Exception {
        return call(Call.post(requireNonNull(origin), "/loki/api/v1/push", "application/json", body));
    }

    private static void eventually(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("does not hold after 10 s: " + what);
            }
            Thread.onSpinWait();
        }
    }

    private static URI nobody() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return URI.create("http://127.0.0.1:" + free.getLocalPort());
        }
    }

    @Test
    void routesByPath() throws Exception {
        start(config());
        for (String path : List.of("/loki/api/v1/push", "/api/prom/push", "/otlp/v1/logs")) {
            assertThat(call(Call.post(requireNonNull(origin), path, "a/b", new byte[3])).body()).as(path).startsWith("write-");
        }
        for (String path : List.of(
                "/loki/api/v1/query?query=%7Ba%3D%22b%22%7D", "/loki/api/v1/query_range", "/loki/api/v1/label/a%2Fb/values", "/loki/api/v1/series",
                "/loki/api/v1/detected_field/x/values", "/api/prom/query", "/loki/api/v1/index/volume_range")) {
            assertThat(get(path).body()).as(path).startsWith("read-");
        }
        for (String path : List.of("/loki/api/v1/delete", "/loki/api/v1/rules", "/loki/api/v1/rules/ns/group", "/prometheus/api/v1/alerts")) {
            assertThat(get(path).body()).as(path).isEqualTo("backend");
        }
        for (String path : List.of("/", "/flush", "/loki/api/v1/push/", "/ingester/shutdown", "/loki/api/v1/nothing")) {
            Answer answer = get(path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.body()).isEqualTo("404 page not found\n");
        }
        // Targets arrive as they were sent.
        assertThat(readA.got.size() + readB.got.size()).isEqualTo(7);
        List<String> targets = new ArrayList<>();
        readA.got.forEach(g -> targets.add(g.target()));
        readB.got.forEach(g -> targets.add(g.target()));
        assertThat(targets).contains("/loki/api/v1/query?query=%7Ba%3D%22b%22%7D", "/loki/api/v1/label/a%2Fb/values");
    }

    @Test
    void passesBothSidesByteForByte() throws Exception {
        start(config().bodies(64 << 20, 1 << 20, 8 << 20));
        byte[] question = new byte[(3 << 20) + 1];
        byte[] reply = new byte[(5 << 20) + 7];
        new Random(5).nextBytes(question);
        new Random(6).nextBytes(reply);
        for (FakeService each : List.of(writeA, writeB)) {
            each.answer = (_, response) -> {
                response.status(260).header("Content-Type", "odd/type; x=Y").header("Content-Encoding", "gzip");
                response.headers().add("X-Twice", "1").add("X-Twice", "2").add("Connection", "X-Hop").add("X-Hop", "gone");
                try (OutputStream out = response.stream()) {
                    out.write(reply);
                }
            };
        }
        Headers headers = Headers.of(
                "Content-Type", "application/x-protobuf", "Content-Encoding", "snappy", "X-Scope-OrgID", "team", "X-Request-Id", "abc-1",
                "X-Forwarded-For", "10.0.0.9", "Accept-Encoding", "gzip", "Authorization", "Basic eDp5");
        for (Call.Body body : List.of(
                new Call.Body.Bytes(question),
                new Call.Body.Stream(new ByteArrayInputStream(question), -1))) {
            try (Reply answer = client.call(new Call("POST", requireNonNull(origin), "/loki/api/v1/push", headers, body, null))) {
                assertThat(answer.status()).isEqualTo(260);
                assertThat(answer.headers().get("Content-Type")).isEqualTo("odd/type; x=Y");
                assertThat(answer.headers().get("Content-Encoding")).isEqualTo("gzip");
                assertThat(answer.headers().all("X-Twice")).containsExactly("1", "2");
                assertThat(answer.readAll(64 << 20)).isEqualTo(reply);
            }
        }
        List<FakeService.Got> all = new ArrayList<>(writeA.got);
        all.addAll(writeB.got);
        assertThat(all).hasSize(2);
        for (FakeService.Got got : all) {
            assertThat(got.body()).isEqualTo(question);
            assertThat(got.headers().get("Content-Type")).isEqualTo("application/x-protobuf");
            assertThat(got.headers().get("Content-Encoding")).isEqualTo("snappy");
            assertThat(got.headers().get("X-Scope-OrgID")).isEqualTo("team");
            assertThat(got.headers().get("X-Request-Id")).isEqualTo("abc-1");
            assertThat(got.headers().get("X-Forwarded-For")).isEqualTo("10.0.0.9, 127.0.0.1");
            // Without a users file credentials are the services' affair.
            assertThat(got.headers().get("Authorization")).isEqualTo("Basic eDp5");
        }
        eventually("nothing is kept", () -> registry.get("narfi.gateway.kept.bytes").gauge().value() == 0);
    }

    @Test
    void emptyAnswersAndHead() throws Exception {
        writeA.answer = (_, response) -> response.status(204).send(new byte[0]);
        writeB.answer = writeA.answer;
        readA.answer = (_, response) -> response.sendText(200, "seven b");
        readB.answer = readA.answer;
        start(config());
        Answer pushed = push(new byte[10]);
        assertThat(pushed.status()).isEqualTo(204);
        assertThat(pushed.headers().contains("Content-Length")).isFalse();
        Answer head = call(new Call("HEAD", requireNonNull(origin), "/loki/api/v1/labels", new Headers(), new Call.Body.None(), null));
        assertThat(head.headers().get("Content-Length")).isEqualTo("7");
        assertThat(head.body()).isEmpty();
    }

    @Test
    void aPushIsTriedOnAnotherReplicaAfter503() throws Exception {
        writeA.answer = (_, response) -> response.sendText(503, "full");
        start(config());
        for (int i = 0; i < 20; i++) {
            Answer answer = push(("push " + i).getBytes(StandardCharsets.UTF_8));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("write-b");
        }
        assertThat(writeB.got).hasSize(20);
        // After three failures in a row the replica is left alone.
        assertThat(writeA.got).hasSizeBetween(1, 3);
        assertThat(registry.get("narfi.gateway.retries").tag("group", "write").counter().count()).isEqualTo(writeA.got.size());
        writeB.answer = writeA.answer;
        Answer all = push(new byte[1]);
        assertThat(all.status()).isEqualTo(503);
        assertThat(all.body()).isEqualTo("full");
    }

    @Test
    void aBodyThatIsNotKeptIsSentOnce() throws Exception {
        writeA.answer = (_, response) -> response.sendText(503, "full");
        writeB.answer = writeA.answer;
        start(config().bodies(64 << 20, 1000, 1000));
        assertThat(push(new byte[1001]).status()).isEqualTo(503);
        assertThat(writeA.got.size() + writeB.got.size()).isEqualTo(1);
        Call chunked = new Call(
                "POST", requireNonNull(origin), "/loki/api/v1/push", new Headers(),
                new Call.Body.Stream(new ByteArrayInputStream(new byte[1001]), -1), null);
        assertThat(call(chunked).status()).isEqualTo(503);
        assertThat(writeA.got.size() + writeB.got.size()).isEqualTo(2);
        assertThat(push(new byte[1000]).status()).isEqualTo(503);
        assertThat(writeA.got.size() + writeB.got.size()).isEqualTo(4);
        eventually("nothing is kept", () -> registry.get("narfi.gateway.kept.bytes").gauge().value() == 0);
    }

    @Test
    void keptBodiesAreBoundedTogether() throws Exception {
        CountDownLatch holding = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        writeA.answer = (request, response) -> {
            if (request.rawQuery().equals("hold")) {
                holding.countDown();
                release.await();
            }
            response.sendText(503, "full");
        };
        writeB.answer = writeA.answer;
        start(config().bodies(64 << 20, 1000, 1500));
        CompletableFuture<Answer> held = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                held.complete(call(Call.post(requireNonNull(origin), "/loki/api/v1/push?hold", "a/b", new byte[1000])));
            } catch (Exception e) {
                held.completeExceptionally(e);
            }
        });
        holding.await();
        assertThat(registry.get("narfi.gateway.kept.bytes").gauge().value()).isEqualTo(1000);
        int before = writeA.got.size() + writeB.got.size();
        assertThat(push(new byte[501]).status()).isEqualTo(503);
        assertThat(writeA.got.size() + writeB.got.size()).as("sent once, there was no room to keep it").isEqualTo(before + 1);
        assertThat(push(new byte[500]).status()).isEqualTo(503);
        assertThat(writeA.got.size() + writeB.got.size()).as("kept and sent twice").isEqualTo(before + 3);
        release.countDown();
        assertThat(held.get(10, TimeUnit.SECONDS).status()).isEqualTo(503);
    }

    @Test
    void aReplicaThatIsGoneIsSkippedAlsoForBodiesThatAreNotKept() throws Exception {
        start(GatewayConfig.of(List.of(nobody(), writeB.uri()), List.of(nobody(), nobody()), List.of()).bodies(64 << 20, 1000, 1000));
        for (int i = 0; i < 10; i++) {
            assertThat(push(new byte[5000]).body()).isEqualTo("write-b");
        }
        assertThat(registry.get("narfi.gateway.ejections").tag("group", "write").counter().count()).isLessThanOrEqualTo(1);
        Answer none = get("/loki/api/v1/labels");
        assertThat(none.status()).isEqualTo(502);
        assertThat(none.body()).isEqualTo("the read service cannot be reached\n");
        assertThat(none.headers().get("Content-Type")).isEqualTo("text/plain; charset=utf-8");
        Answer empty = get("/loki/api/v1/rules");
        assertThat(empty.status()).isEqualTo(503);
        assertThat(empty.body()).isEqualTo("no backend service is available\n");
    }

    /** Takes connections, reads a little and hangs up, so that nobody knows whether the request was done. */
    private ServerSocket hangsUp() throws IOException {
        ServerSocket listener = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
        open.add(listener);
        Thread.ofVirtual().start(() -> {
            while (true) {
                try (Socket socket = listener.accept()) {
                    socket.getInputStream().readNBytes(1);
                } catch (IOException e) {
                    // The test is over.
                    return;
                }
            }
        });
        return listener;
    }

    @Test
    void aBrokenConnectionIsTriedAgainWhereThatIsSafe() throws Exception {
        URI broken = URI.create("http://127.0.0.1:" + hangsUp().getLocalPort());
        start(GatewayConfig.of(List.of(broken, writeB.uri()), List.of(broken, readB.uri()), List.of(broken)));
        for (int i = 0; i < 10; i++) {
            assertThat(push(new byte[100]).body()).isEqualTo("write-b");
            assertThat(get("/loki/api/v1/labels").body()).isEqualTo("read-b");
            assertThat(call(Call.post(requireNonNull(origin), "/loki/api/v1/query", "application/x-www-form-urlencoded", new byte[] {'a'})).body())
                    .isEqualTo("read-b");
        }
        Answer delete = call(new Call("DELETE", requireNonNull(origin), "/loki/api/v1/delete", new Headers(), new Call.Body.None(), null));
        assertThat(delete.status()).isEqualTo(502);
        assertThat(registry.get("narfi.gateway.retries").tag("group", "backend").counter().count()).isZero();
        assertThat(registry.get("narfi.gateway.retries").tag("group", "read").counter().count()).isPositive();
    }

    @Test
    void aServiceThatIsTooSlowIs504() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        readA.answer = (_, response) -> {
            release.await();
            response.sendText(200, "late");
        };
        readB.answer = readA.answer;
        start(config().timeouts(Duration.ofSeconds(5), Duration.ofMillis(100)));
        Answer answer = get("/loki/api/v1/labels");
        assertThat(answer.status()).isEqualTo(504);
        assertThat(answer.body()).isEqualTo("the read service did not answer in time\n");
        assertThat(readA.got.size() + readB.got.size()).isEqualTo(1);
        release.countDown();
    }

    @Test
    void bodiesAboveTheLimitAre413() throws Exception {
        start(config().bodies(10_000, 1000, 1000));
        assertThat(push(new byte[10_000]).status()).isEqualTo(200);
        int before = writeA.got.size() + writeB.got.size();
        assertThat(push(new byte[10_001]).status()).isEqualTo(413);
        Call chunked = new Call(
                "POST", requireNonNull(origin), "/loki/api/v1/push", new Headers(),
                new Call.Body.Stream(new ByteArrayInputStream(new byte[10_001]), -1), null);
        assertThat(call(chunked).status()).isEqualTo(413);
        assertThat(writeA.got.size() + writeB.got.size()).isEqualTo(before);
    }

    @Test
    void aStreamIsPassedOnWhileItRuns() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        readA.answer = (_, response) -> {
            try (OutputStream out = response.stream()) {
                out.write("first".getBytes(StandardCharsets.UTF_8));
                out.flush();
                release.await();
                out.write("second".getBytes(StandardCharsets.UTF_8));
            }
        };
        readB.answer = readA.answer;
        start(config());
        try (Reply reply = client.call(Call.get(requireNonNull(origin), "/loki/api/v1/query_range"))) {
            assertThat(reply.body().readNBytes(5)).asString().isEqualTo("first");
            release.countDown();
            assertThat(reply.body().readAllBytes()).asString().isEqualTo("second");
        }
    }

    @Test
    void anAnswerThatBreaksOffBreaksOffForTheClientToo() throws Exception {
        readA.answer = (_, response) -> {
            OutputStream out = response.stream();
            out.write(new byte[200_000]);
            out.flush();
            throw new IOException("over");
        };
        readB.answer = readA.answer;
        start(config());
        try (Reply reply = client.call(Call.get(requireNonNull(origin), "/loki/api/v1/query_range"))) {
            assertThat(reply.status()).isEqualTo(200);
            assertThatThrownBy(() -> reply.readAll(1 << 20)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aClientThatGoesAwayCancelsTheService() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
        readA.answer = (request, _) -> {
            request.onCancel(() -> cancelled.complete(true));
            began.countDown();
            new CountDownLatch(1).await();
        };
        readB.answer = readA.answer;
        start(config());
        Thread asking = Thread.ofVirtual().start(() -> {
            try {
                client.call(Call.get(requireNonNull(origin), "/loki/api/v1/query_range")).close();
            } catch (IOException | InterruptedException e) {
                // As wanted.
            }
        });
        began.await();
        asking.interrupt();
        assertThat(cancelled.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void replicasThatAreNotReadyGetNothing() throws Exception {
        readA.ready = 503;
        start(config().health(Duration.ofSeconds(10), Duration.ofMillis(20), Duration.ofSeconds(2), Duration.ofSeconds(5)));
        eventually("one is left", () -> registry.get("narfi.gateway.replicas.usable").tag("group", "read").gauge().value() == 1);
        readA.got.clear();
        for (int i = 0; i < 20; i++) {
            assertThat(get("/loki/api/v1/labels").body()).isEqualTo("read-b");
        }
        readA.ready = 200;
        eventually("both are back", () -> registry.get("narfi.gateway.replicas.usable").tag("group", "read").gauge().value() == 2);
        readB.ready = 503;
        readA.ready = 503;
        eventually("none is left", () -> registry.get("narfi.gateway.replicas.usable").tag("group", "read").gauge().value() == 0);
        // If all seem unwell, the opinion may be wrong.
        assertThat(get("/loki/api/v1/labels").status()).isEqualTo(200);
    }

    @Test
    void namesAreResolvedAgain() throws Exception {
        FakeService other = service("other");
        List<InetAddress> addresses = new ArrayList<>(List.of(InetAddress.ofLiteral("127.0.0.1")));
        URI named = URI.create("http://read.example:" + other.port());
        GatewayConfig config = GatewayConfig.of(List.of(), List.of(named), List.of())
                .health(Duration.ofMillis(20), Duration.ofSeconds(60), Duration.ofSeconds(2), Duration.ofSeconds(5));
        Gateway gateway = new Gateway(config, registry, host -> {
            assertThat(host).isEqualTo("read.example");
            synchronized (addresses) {
                if (addresses.isEmpty()) {
                    throw new UnknownHostException(host);
                }
                return addresses.toArray(InetAddress[]::new);
            }
        });
        HttpServer server = new HttpServer(HttpServerConfig.of("127.0.0.1", 0), new Router("", gateway.routes()), registry);
        gateway.start();
        server.start();
        open.add(gateway::stop);
        open.add(server::stop);
        origin = URI.create("http://127.0.0.1:" + server.port());
        assertThat(get("/loki/api/v1/labels").body()).isEqualTo("other");
        synchronized (addresses) {
            addresses.add(InetAddress.ofLiteral("127.0.0.2"));
        }
        eventually("two addresses", () -> registry.get("narfi.gateway.replicas").tag("group", "read").gauge().value() == 2);
        synchronized (addresses) {
            addresses.clear();
        }
        // A name server that fails leaves the addresses as they were.
        assertThat(get("/loki/api/v1/labels").body()).isEqualTo("other");
        assertThat(registry.get("narfi.gateway.replicas").tag("group", "read").gauge().value()).isEqualTo(2);
    }

    @Test
    void webSocketsPassThrough() throws Exception {
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        readA.answer = (request, response) -> {
            try (WebSocket socket = WebSocket.accept(request, response)) {
                if (socket != null) {
                    socket.sendText(("tail of " + request.target()).getBytes(StandardCharsets.UTF_8));
                    new CountDownLatch(1).await();
                }
            } catch (InterruptedException e) {
                ended.complete(true);
            }
        };
        readB.answer = readA.answer;
        start(config());
        CompletableFuture<String> text = new CompletableFuture<>();
        try (HttpClient http = HttpClient.newHttpClient()) {
            java.net.http.WebSocket socket = http.newWebSocketBuilder()
                    .buildAsync(
                            URI.create("ws://127.0.0.1:" + requireNonNull(origin).getPort() + "/loki/api/v1/tail?query=x"),
                            new java.net.http.WebSocket.Listener() {
                                @Override
                                public @Nullable CompletionStage<?> onText(java.net.http.WebSocket webSocket, CharSequence data, boolean last) {
                                    text.complete(data.toString());
                                    webSocket.request(1);
                                    return null;
                                }
                            })
                    .get(10, TimeUnit.SECONDS);
            assertThat(text.get(10, TimeUnit.SECONDS)).isEqualTo("tail of /loki/api/v1/tail?query=x");
            socket.sendClose(1000, "").get(10, TimeUnit.SECONDS);
            assertThat(ended.get(10, TimeUnit.SECONDS)).isTrue();
        }
        // A service that refuses the handshake is heard too.
        readA.answer = (_, response) -> response.sendText(400, "parse error");
        readB.answer = readA.answer;
        Answer refused = call(Call.get(requireNonNull(origin), "/loki/api/v1/tail").upgrade("websocket"));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).isEqualTo("parse error");
    }
}
