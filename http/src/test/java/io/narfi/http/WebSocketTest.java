package io.narfi.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Our sockets with the JDK's client, and with a client that misbehaves. */
@ExtendWith(LeakCheck.class)
class WebSocketTest {
    private static final String HANDSHAKE = "GET %s HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CompletableFuture<String> waiterEnd = new CompletableFuture<>();
    private final CountDownLatch waiting = new CountDownLatch(1);
    private final AtomicLong sent = new AtomicLong();
    private final HttpServer server = new HttpServer(
            HttpServerConfig.of("127.0.0.1", 0)
                    .timeouts(new HttpServerConfig.Timeouts(
                            Duration.ofSeconds(5), Duration.ofMillis(500), Duration.ofSeconds(5), Duration.ofSeconds(5))),
            new Router(
                    "",
                    List.of(
                            Route.getOrPost("/talk", (request, response) -> {
                                try (WebSocket socket = WebSocket.accept(request, response)) {
                                    if (socket != null) {
                                        for (int size : new int[] {5, 200, 70_000}) {
                                            socket.sendPing();
                                            socket.sendText("x".repeat(size).getBytes(StandardCharsets.UTF_8));
                                        }
                                        socket.close(1011, "enough");
                                    }
                                }
                            }),
                            Route.get("/long-reason", (request, response) -> {
                                try (WebSocket socket = WebSocket.accept(request, response)) {
                                    if (socket != null) {
                                        socket.close(1011, "x".repeat(124));
                                    }
                                }
                            }),
                            Route.get("/drop", (request, response) -> {
                                try (WebSocket socket = WebSocket.accept(request, response)) {
                                    if (socket != null) {
                                        socket.drop();
                                    }
                                }
                            }),
                            Route.get("/wait", (request, response) -> {
                                try (WebSocket socket = WebSocket.accept(request, response)) {
                                    if (socket != null && socket.isOpen()) {
                                        waiting.countDown();
                                    }
                                    new CountDownLatch(1).await();
                                } catch (InterruptedException e) {
                                    waiterEnd.complete("interrupted");
                                }
                            }),
                            Route.get("/flood", (request, response) -> {
                                try (WebSocket socket = WebSocket.accept(request, response)) {
                                    byte[] text = new byte[10_000];
                                    while (socket != null) {
                                        socket.sendText(text);
                                        sent.addAndGet(text.length);
                                    }
                                } catch (IOException e) {
                                    waiterEnd.complete("cut off");
                                }
                            }))),
            registry);
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeEach
    void start() throws Exception {
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        client.shutdownNow();
        server.stop();
    }

    /** Collects what comes. */
    private static final class Collector implements java.net.http.WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();
        private final BlockingQueue<Integer> texts = new LinkedBlockingQueue<>();
        private final BlockingQueue<String> pings = new LinkedBlockingQueue<>();
        private final CompletableFuture<String> closed = new CompletableFuture<>();

        @Override
        public CompletionStage<?> onText(java.net.http.WebSocket webSocket, CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                texts.add(message.length());
                message.setLength(0);
            }
            webSocket.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onPing(java.net.http.WebSocket webSocket, ByteBuffer payload) {
            pings.add("ping");
            webSocket.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onClose(java.net.http.WebSocket webSocket, int code, String reason) {
            closed.complete(code + " " + reason);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onError(java.net.http.WebSocket webSocket, Throwable error) {
            closed.complete("error " + error.getClass().getSimpleName());
        }
    }

    private java.net.http.WebSocket connect(String path, Collector collector) throws Exception {
        return client.newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + path), collector)
                .get(10, TimeUnit.SECONDS);
    }

    @Test
    void sendsTextsPingsAndACloseFrame() throws Exception {
        Collector collector = new Collector();
        connect("/talk", collector);
        assertThat(collector.closed.get(10, TimeUnit.SECONDS)).isEqualTo("1011 enough");
        assertThat(collector.texts).containsExactly(5, 200, 70_000);
        assertThat(collector.pings).hasSize(3);
        Eventually.holds("measured", () -> registry.find("loki.request.duration").tags("ws", "true", "status_code", "101").timer() != null);
    }

    @Test
    void aReasonThatDoesNotFitClosesWithoutAFrame() throws Exception {
        Collector collector = new Collector();
        connect("/long-reason", collector);
        assertThat(collector.closed.get(10, TimeUnit.SECONDS)).isNotEqualTo("1000 ").doesNotContain("1011");
    }

    @Test
    void theClientsCloseEndsTheHandler() throws Exception {
        Collector collector = new Collector();
        java.net.http.WebSocket socket = connect("/wait", collector);
        waiting.await();
        socket.sendText("nobody listens", true).get(10, TimeUnit.SECONDS);
        socket.sendClose(1000, "bye").get(10, TimeUnit.SECONDS);
        assertThat(waiterEnd.get(10, TimeUnit.SECONDS)).isEqualTo("interrupted");
        assertThat(collector.closed.get(10, TimeUnit.SECONDS)).startsWith("1005");
        Eventually.holds("nothing runs", () -> registry.get("loki.inflight.requests").gauge().value() == 0);
    }

    @Test
    void aClientThatVanishesEndsTheHandler() throws Exception {
        try (RawClient raw = new RawClient(server.port())) {
            assertThat(raw.send(HANDSHAKE.formatted("/wait")).answer().status()).isEqualTo(101);
            waiting.await();
            raw.reset();
        }
        assertThat(waiterEnd.get(10, TimeUnit.SECONDS)).isEqualTo("interrupted");
    }

    @Test
    void theServersStopEndsSocketsAtOnce() throws Exception {
        try (RawClient raw = new RawClient(server.port())) {
            raw.send(HANDSHAKE.formatted("/wait")).answer();
            waiting.await();
            assertThat(server.drain(Duration.ofSeconds(20))).isTrue();
            assertThat(raw.closedByServer()).isTrue();
        }
    }

    @Test
    void aClientThatDoesNotReadIsCutOff() throws Exception {
        try (RawClient raw = new RawClient(server.port(), 4096)) {
            raw.send(HANDSHAKE.formatted("/flood")).answer();
            assertThat(waiterEnd.get(10, TimeUnit.SECONDS)).isEqualTo("cut off");
            assertThat(sent.get()).isLessThan(32 << 20);
        }
    }

    @Test
    void framesThatBreakTheRulesCloseTheSocket() throws Exception {
        expectClose("\u0081\u0002ab", 1002);
        expectClose("\u0081\u00ff\0\0\0\0\0\1\0\1", 1009);
        expectClose("\u0081\u00ff\u00ff\0\0\0\0\1\0\1", 1009);
        // A reserved bit, kinds that do not exist, a ping in parts, a ping of 126 bytes.
        expectClose("\u00c1\u0080\0\0\0\0", 1002);
        expectClose("\u0083\u0080\0\0\0\0", 1002);
        expectClose("\u008b\u0080\0\0\0\0", 1002);
        expectClose("\u0009\u0080\0\0\0\0", 1002);
        expectClose("\u0089\u00fe\0~\0\0\0\0", 1002);
    }

    @Test
    void droppingClosesWithoutAFrame() throws Exception {
        Collector collector = new Collector();
        connect("/drop", collector);
        assertThat(collector.closed.get(10, TimeUnit.SECONDS)).doesNotContain("1000").doesNotContain("1011");
    }

    @Test
    void anyBytesEndTheSocketInGoodOrder() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            if (bytes.length > 1 && random.nextBoolean()) {
                // Mostly well formed: a known kind, a mask, a short length.
                bytes[0] = (byte) (0x80 | List.of(0, 1, 2, 8, 9, 10).get(random.nextInt(6)));
                bytes[1] = (byte) (0x80 | random.nextInt(126));
            }
            try (RawClient raw = new RawClient(server.port())) {
                assertThat(raw.send(HANDSHAKE.formatted("/wait")).answer().status()).isEqualTo(101);
                raw.send(new String(bytes, StandardCharsets.ISO_8859_1));
                if (random.nextBoolean()) {
                    raw.reset();
                }
            }
        }
        Eventually.holds("no handler runs, seed " + seed, () -> registry.get("loki.inflight.requests").gauge().value() == 0);
        assertThat(registry.get("loki.panic").counter().count()).isZero();
    }

    private void expectClose(String frame, int code) throws Exception {
        try (RawClient raw = new RawClient(server.port())) {
            raw.send(HANDSHAKE.formatted("/wait")).answer();
            raw.send(frame);
            byte[] close = raw.in().readAllBytes();
            assertThat(close[0] & 0xff).isEqualTo(0x88);
            assertThat((close[2] & 0xff) << 8 | (close[3] & 0xff)).isEqualTo(code);
        }
    }

    @Test
    void answersTheKeyAndPings() throws Exception {
        try (RawClient raw = new RawClient(server.port())) {
            RawClient.Answer answer = raw.send(HANDSHAKE.formatted("/wait")).answer();
            // The example of RFC 6455 §1.3.
            assertThat(answer.header("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            assertThat(answer.header("Connection")).isEqualTo("Upgrade");
            raw.send("\u0089\u0082\1\2\3\4" + (char) ('h' ^ 1) + (char) ('i' ^ 2));
            assertThat(raw.in().readNBytes(4)).isEqualTo(new byte[] {(byte) 0x8a, 2, 'h', 'i'});
        }
    }

    @Test
    void refusesWhatIsNoHandshake() throws Exception {
        refused("GET /talk HTTP/1.1\r\nHost: x\r\n\r\n", 400, "Bad Request\n");
        refused("GET /talk HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n\r\n", 426, "Upgrade Required\n");
        refused(HANDSHAKE.formatted("/talk").replace("GET", "POST"), 405, "Method Not Allowed\n");
        refused(HANDSHAKE.formatted("/talk").replace("13", "8"), 400, "Bad Request\n");
        refused(HANDSHAKE.formatted("/talk").replace("dGhl", "%%%%"), 400, "Bad Request\n");
    }

    private void refused(String request, int status, String text) throws Exception {
        try (RawClient raw = new RawClient(server.port())) {
            RawClient.Answer answer = raw.send(request).answer();
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.body()).isEqualTo(text);
            assertThat(answer.header("Sec-Websocket-Version")).isEqualTo("13");
        }
    }
}
