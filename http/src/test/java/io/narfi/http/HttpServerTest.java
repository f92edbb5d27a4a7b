package io.narfi.http;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Service;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** HTTP/1.1 on raw sockets: routing, bodies, and every limit of a connection. */
@ExtendWith(LeakCheck.class)
class HttpServerTest {
    private static final String GET = "GET %s HTTP/1.1\r\nHost: x\r\n\r\n";

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Map<String, CountDownLatch> latches = new ConcurrentHashMap<>();
    private final AtomicLong streamed = new AtomicLong();
    private final CompletableFuture<Throwable> blockedEnd = new CompletableFuture<>();
    private @Nullable HttpServer server;

    private static HttpServerConfig config() {
        return HttpServerConfig.of("127.0.0.1", 0);
    }

    private static HttpServerConfig.Timeouts timeouts(int readMillis, int writeMillis, int idleMillis) {
        return new HttpServerConfig.Timeouts(
                Duration.ofMillis(readMillis), Duration.ofMillis(writeMillis), Duration.ofMillis(idleMillis), Duration.ofSeconds(5));
    }

    private CountDownLatch latch(String name) {
        return latches.computeIfAbsent(name, _ -> new CountDownLatch(1));
    }

    private Router router(String prefix) {
        return new Router(
                prefix,
                List.of(
                        Route.get("/hello", (_, response) -> response.sendText(200, "hello")),
                        Route.getOrPost("/params", (request, response) -> response.sendText(
                                        200, request.params().all("a") + " " + request.params().getOrEmpty("b")))
                                .bare(),
                        Route.get("/label/{name}/values", (request, response) -> response.sendText(200, request.pathParam("name"))),
                        Route.post("/echo", (request, response) -> {
                            try (OutputStream out = response.stream()) {
                                request.body().transferTo(out);
                            }
                        }).maxBodyBytes(64 << 20),
                        Route.post("/length", (request, response) -> response.sendText(200, "" + request.body().readAllBytes().length))
                                .maxBodyBytes(1000),
                        Route.post("/ignore", (_, _) -> {
                            throw new ApiException(401, "no org id");
                        }),
                        Route.get("/bare", (_, _) -> {
                            throw ApiException.badRequest("bad");
                        }).bare(),
                        Route.get("/bug", (_, _) -> {
                            throw new IllegalStateException("a bug");
                        }),
                        Route.get("/cut", (_, response) -> {
                            try (OutputStream out = response.stream()) {
                                out.write(new byte[100_000]);
                                throw new IllegalStateException("too late");
                            }
                        }),
                        Route.get("/late", (_, response) -> {
                            try (OutputStream out = response.stream()) {
                                out.write(new byte[100]);
                                throw ApiException.badRequest("nothing was sent yet");
                            }
                        }),
                        Route.get("/block", (request, response) -> {
                            request.onCancel(() -> latch("cancelled").countDown());
                            latch("blocked").countDown();
                            try {
                                latch("release").await();
                                response.sendText(200, "released");
                                blockedEnd.complete(new AssertionError("not interrupted"));
                            } catch (InterruptedException e) {
                                blockedEnd.complete(request.cancelled() ? e : new AssertionError("not cancelled"));
                                throw e;
                            }
                        }),
                        Route.get("/endless", (_, response) -> {
                            try (OutputStream out = response.stream()) {
                                byte[] piece = new byte[8192];
                                while (true) {
                                    out.write(piece);
                                    streamed.addAndGet(piece.length);
                                }
                            }
                        }),
                        Route.post("/stall", (request, response) -> {
                            latch("blocked").countDown();
                            latch("release").await();
                            response.sendText(200, "" + request.body().readAllBytes().length);
                        }).maxBodyBytes(64 << 20),
                        Route.of(Set.of("PUT", "GET"), "/methods", (request, response) -> response.sendText(200, request.method()))));
    }

    private int start(HttpServerConfig config) throws Exception {
        HttpServer started = new HttpServer(config, router(""), registry);
        server = started;
        started.start();
        return started.port();
    }

    @AfterEach
    void stop() throws Exception {
        latch("release").countDown();
        if (server != null) {
            server.stop();
            assertThat(server.state()).isEqualTo(Service.State.Terminated);
        }
    }

    private double rejected(String reason) {
        return registry.get("narfi.http.rejected").tag("reason", reason).counter().count();
    }

    @Test
    void routesAndErrorTexts() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            RawClient.Answer hello = client.send(GET.formatted("/hello")).answer();
            assertThat(hello.status()).isEqualTo(200);
            assertThat(hello.body()).isEqualTo("hello");
            assertThat(hello.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");

            RawClient.Answer missing = client.send(GET.formatted("/hello/")).answer();
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.body()).isEqualTo("404 page not found\n");
            assertThat(missing.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");
            assertThat(missing.header("X-Content-Type-Options")).isEqualTo("nosniff");

            RawClient.Answer wrong = client.send("PUT /hello HTTP/1.1\r\nHost: x\r\n\r\n").answer();
            assertThat(wrong.status()).isEqualTo(405);
            assertThat(wrong.body()).isEmpty();
            assertThat(wrong.header("Content-Type")).isEmpty();
            assertThat(client.send("DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n").answer().status()).isEqualTo(404);
            assertThat(client.send("PUT /methods HTTP/1.1\r\nHost: x\r\n\r\n").answer().body()).isEqualTo("PUT");

            RawClient.Answer bare = client.send(GET.formatted("/bare")).answer();
            assertThat(bare.status()).isEqualTo(400);
            assertThat(bare.body()).isEqualTo("bad");
            assertThat(client.send(GET.formatted("/label/a%2Fb%20c/values")).answer().body()).isEqualTo("a/b c");
            assertThat(client.send(GET.formatted("/label/%zz/values")).answer().status()).isEqualTo(400);
            assertThat(client.send(GET.formatted("/late")).answer().body()).isEqualTo("nothing was sent yet\n");
        }
        assertThat(registry.get("loki.request.duration").tag("route", "hello").tag("status_code", "200").timer().count()).isEqualTo(1);
        assertThat(registry.get("loki.request.duration").tag("route", "other").tag("status_code", "404").timer().count()).isPositive();
        assertThat(registry.get("narfi.http.received.bytes").counter().count()).isPositive();
        assertThat(registry.get("narfi.http.sent.bytes").counter().count()).isPositive();
    }

    @Test
    void aBugIsA500WithAnId() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            RawClient.Answer bug = client.send(GET.formatted("/bug")).answer();
            assertThat(bug.status()).isEqualTo(500);
            assertThat(bug.body()).matches("internal server error, id [0-9a-f]{16}\n");
            assertThat(client.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
        }
        assertThat(registry.get("loki.panic").counter().count()).isEqualTo(1);
    }

    @Test
    void aResponseThatFailsHalfwayIsCutOff() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            client.send(GET.formatted("/cut"));
            assertThatThrownBy(client::answer).isInstanceOf(IOException.class).hasMessageContaining("ended");
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void parametersComeFromBodyThenQuery() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            String form = "a=body+1&b=%7Bx%7D";
            String post = "POST /params?a=url&b=url HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s";
            assertThat(client.send(post.formatted("application/x-www-form-urlencoded; charset=utf-8", form.length(), form)).answer().body())
                    .isEqualTo("[body 1, url] {x}");
            assertThat(client.send(post.formatted("application/json", form.length(), form)).answer().body()).isEqualTo("[url] url");
            RawClient.Answer bad = client.send(GET.formatted("/params?a=%zz")).answer();
            assertThat(bad.status()).isEqualTo(400);
            assertThat(bad.body()).isEqualTo("invalid URL escape \"%zz\"");
            RawClient.Answer semicolon = client.send(GET.formatted("/params?a=1;b=2")).answer();
            assertThat(semicolon.body()).isEqualTo("invalid semicolon separator in query");
        }
    }

    @Test
    void aFormAboveTenMegabytesIsRefused() throws Exception {
        int port = start(config());
        String post = "POST /params HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n";
        try (RawClient client = new RawClient(port)) {
            String fits = "b=" + "x".repeat((10 << 20) - 2);
            assertThat(client.send(post.formatted(fits.length()) + fits).answer().status()).isEqualTo(200);
            String tooLarge = fits + "y";
            RawClient.Answer answer = client.send(post.formatted(tooLarge.length()) + tooLarge).answer();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).isEqualTo("http: POST too large");
        }
        try (RawClient client = new RawClient(port)) {
            RawClient.Answer announced = client.send(post.formatted(1L << 40)).answer();
            assertThat(announced.status()).isEqualTo(400);
            assertThat(announced.body()).isEqualTo("http: POST too large");
        }
    }

    @Test
    void aBodyAboveTheRoutesLimitIsRefused() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            String post = "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s";
            assertThat(client.send(post.formatted(1000, "x".repeat(1000))).answer().body()).isEqualTo("1000");
            RawClient.Answer answer = client.send(post.formatted(1001, "x".repeat(1001))).answer();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.body()).isEqualTo("http: request body too large\n");
            // The rest was short enough to be dropped, so the connection goes on.
            assertThat(client.send(GET.formatted("/hello")).answer().body()).isEqualTo("hello");
            String chunked = "POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + "x".repeat(1001) + "\r\n0\r\n\r\n";
            assertThat(client.send(chunked).answer().status()).isEqualTo(413);
        }
    }

    @Test
    void aLongBodyThatIsNotReadClosesTheConnectionAfterTheResponse() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            client.send("POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n" + "x".repeat(300_000));
            RawClient.Answer answer = client.answer();
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(answer.body()).isEqualTo("no org id\n");
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void continueIsSentOnlyWhenTheBodyIsRead() throws Exception {
        int port = start(config());
        String head = "POST %s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send(head.formatted("/length")).answer().status()).isEqualTo(100);
            assertThat(client.send("abc").answer().body()).isEqualTo("3");
            RawClient.Answer refused = client.send(head.formatted("/ignore")).answer();
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.header("Connection")).isEqualTo("close");
        }
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send("GET /hello HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n").answer().status()).isEqualTo(417);
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 60; i++) {
                all.append(GET.formatted("/label/" + i + "/values"));
                all.append("POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: ").append(i).append("\r\n\r\n").append("x".repeat(i));
            }
            client.send(all.toString());
            for (int i = 0; i < 60; i++) {
                assertThat(client.answer().body()).isEqualTo("" + i);
                assertThat(client.answer().body()).isEqualTo("" + i);
            }
        }
    }

    @Test
    void moreThan128PipelinedRequestsCloseTheConnection() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            client.send(GET.formatted("/block") + GET.formatted("/hello").repeat(128));
            assertThat(client.closedByServer()).isTrue();
        }
        Eventually.holds("nothing runs", () -> registry.get("loki.inflight.requests").gauge().value() == 0);
    }

    @Test
    void http10IsAnsweredAndClosed() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send("GET /hello HTTP/1.0\r\n\r\n").answer().body()).isEqualTo("hello");
            assertThat(client.closedByServer()).isTrue();
        }
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send("POST /echo HTTP/1.0\r\nContent-Length: 70000\r\n\r\n" + "y".repeat(70_000)).answer().body())
                    .isEqualTo("y".repeat(70_000));
        }
    }

    @Test
    void malformedRequestsAreRefused() throws Exception {
        int port = start(config().limits(new HttpServerConfig.Limits(100, 100, 1000, 2000, 10)));
        expectRefusal(port, "GET /hello HTTP/1.1\r\n\r\n", 400);
        expectRefusal(port, "GET /" + "x".repeat(2000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 414);
        expectRefusal(port, "GET /hello HTTP/1.1\r\nHost: x\r\nBig: " + "x".repeat(3000) + "\r\n\r\n", 431);
        expectRefusal(port, "GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400);
        expectRefusal(port, "garbage\r\n\r\n", 400);
        expectRefusal(port, "POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400);
        assertThat(rejected("malformed")).isEqualTo(6);
    }

    private static void expectRefusal(int port, String request, int status) throws IOException {
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send(request).answer().status()).as(request).isEqualTo(status);
            assertThat(client.closedByServer()).as(request).isTrue();
        }
    }

    @Test
    void aSlowHeadIsCutOff() throws Exception {
        int port = start(config().timeouts(timeouts(200, 5000, 5000)));
        try (RawClient client = new RawClient(port)) {
            RawClient.Answer answer = client.send("GET /hello HTTP/1.1\r\nHos").answer();
            assertThat(answer.status()).isEqualTo(408);
            assertThat(client.closedByServer()).isTrue();
        }
        try (RawClient client = new RawClient(port)) {
            // A connection that never says anything.
            assertThat(client.closedByServer()).isTrue();
        }
        try (RawClient client = new RawClient(port)) {
            // The second request of a connection has the same limit.
            assertThat(client.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
            assertThat(client.send("GET /he").answer().status()).isEqualTo(408);
        }
        assertThat(rejected("timeout")).isGreaterThanOrEqualTo(2);
    }

    @Test
    void aSlowBodyIsCutOffThoughItDrips() throws Exception {
        int port = start(config().timeouts(timeouts(300, 5000, 5000)));
        try (RawClient client = new RawClient(port)) {
            client.send("POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n");
            CountDownLatch over = new CountDownLatch(1);
            Thread drip = Thread.ofVirtual().start(() -> {
                try {
                    while (!over.await(20, TimeUnit.MILLISECONDS)) {
                        client.send("x");
                    }
                } catch (IOException | InterruptedException e) {
                    // The server closed the connection, as it should.
                }
            });
            assertThat(client.answer().status()).isEqualTo(408);
            over.countDown();
            drip.join();
        }
        assertThat(rejected("timeout")).isEqualTo(1);
    }

    @Test
    void anHttp2ConnectionWithoutRequestsIsClosed() throws Exception {
        int port = start(config().timeouts(timeouts(200, 5000, 5000)));
        try (RawClient client = new RawClient(port)) {
            client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0\0\0\4\0\0\0\0\0");
            assertThat(client.closedByServer()).isTrue();
        }
        try (RawClient client = new RawClient(port)) {
            // A preface that does not go on.
            client.send("PRI * HTT");
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void anIdleConnectionIsClosed() throws Exception {
        int port = start(config().timeouts(timeouts(5000, 5000, 200)));
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void aSlowReaderIsCutOffAndHoldsLittleMemory() throws Exception {
        int port = start(config().timeouts(timeouts(5000, 300, 5000)));
        try (RawClient client = new RawClient(port, 4096)) {
            client.send(GET.formatted("/endless"));
            Eventually.holds("the handler ended", () -> registry.find("loki.request.duration").tag("route", "endless").timer() != null);
            // Both socket buffers (the kernel's are some MiB on the loopback) and ours.
            assertThat(streamed.get()).isLessThan(32 << 20);
            assertThat(client.in().readNBytes(100)).hasSize(100);
        }
    }

    @Test
    void aHandlerThatDoesNotReadSlowsItsClientDown() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            int size = 48 << 20;
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    client.send("POST /stall HTTP/1.1\r\nHost: x\r\nContent-Length: " + size + "\r\n\r\n");
                    String piece = "x".repeat(1 << 20);
                    for (int i = 0; i < 48; i++) {
                        client.send(piece);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            latch("blocked").await();
            // The sender cannot finish while nobody reads: the server takes 192 KiB and the kernel some MiB.
            assertThat(sender.join(Duration.ofMillis(300))).isFalse();
            assertThat(registry.get("narfi.http.received.bytes").counter().count()).isLessThan(1 << 20);
            latch("release").countDown();
            assertThat(client.answer().body()).isEqualTo("" + size);
            sender.join();
        }
    }

    @Test
    void aClientThatGoesAwayInterruptsItsHandler() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            client.send(GET.formatted("/block"));
            latch("blocked").await();
        }
        assertThat(blockedEnd.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        assertThat(latch("cancelled").await(10, TimeUnit.SECONDS)).isTrue();
        Eventually.holds(
                "measured as 499", () -> registry.find("loki.request.duration").tag("status_code", "499").timer() != null);
    }

    @Test
    void aClientThatGoesAwayInTheMiddleOfItsBodyEndsTheRead() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            client.send("POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nabc");
            Eventually.holds("the handler runs", () -> registry.get("loki.inflight.requests").gauge().value() == 1);
            client.reset();
        }
        Eventually.holds(
                "measured as 499", () -> registry.find("loki.request.duration").tag("status_code", "499").timer() != null);
        Eventually.holds("nothing runs", () -> registry.get("loki.inflight.requests").gauge().value() == 0);
    }

    @Test
    void tooManyRequestsAreTurnedAway() throws Exception {
        int port = start(config().limits(new HttpServerConfig.Limits(100, 1, 1000, 2000, 10)));
        try (RawClient first = new RawClient(port);
                RawClient second = new RawClient(port)) {
            first.send(GET.formatted("/block"));
            latch("blocked").await();
            RawClient.Answer answer = second.send(GET.formatted("/hello")).answer();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("too many concurrent requests\n");
            latch("release").countDown();
            assertThat(first.answer().body()).isEqualTo("released");
            Eventually.holds("the slot is free", () -> registry.get("loki.inflight.requests").gauge().value() == 0);
            assertThat(second.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
        }
        assertThat(rejected("requests")).isEqualTo(1);
    }

    @Test
    void tooManyConnectionsAreTurnedAway() throws Exception {
        int port = start(config().limits(new HttpServerConfig.Limits(2, 10, 1000, 2000, 10)));
        try (RawClient first = new RawClient(port);
                RawClient second = new RawClient(port)) {
            assertThat(first.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
            assertThat(second.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
            try (RawClient third = new RawClient(port)) {
                assertThat(third.answer().status()).isEqualTo(503);
                assertThat(third.closedByServer()).isTrue();
            }
        }
        Eventually.holds("all closed", () -> registry.get("loki.tcp.connections").gauge().value() == 0);
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
        }
        assertThat(rejected("connections")).isEqualTo(1);
    }

    @Test
    void drainLetsRequestsFinishAndRefusesNewConnections() throws Exception {
        int port = start(config());
        try (RawClient idle = new RawClient(port);
                RawClient busy = new RawClient(port)) {
            assertThat(idle.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
            busy.send(GET.formatted("/block"));
            latch("blocked").await();
            CompletableFuture<Boolean> drained = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    drained.complete(requireNonNull(server).drain(Duration.ofSeconds(10)));
                } catch (InterruptedException e) {
                    drained.completeExceptionally(e);
                }
            });
            assertThat(idle.closedByServer()).isTrue();
            assertThatThrownBy(() -> new RawClient(port).close()).isInstanceOf(ConnectException.class);
            latch("release").countDown();
            RawClient.Answer answer = busy.answer();
            assertThat(answer.body()).isEqualTo("released");
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(drained.get(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void drainInterruptsWhatTakesTooLong() throws Exception {
        int port = start(config());
        try (RawClient busy = new RawClient(port)) {
            busy.send(GET.formatted("/block"));
            latch("blocked").await();
            assertThat(requireNonNull(server).drain(Duration.ofMillis(50))).isFalse();
            assertThat(busy.answer().status()).isEqualTo(499);
        }
    }

    @Test
    void aLargeBodyIsEchoedByteForByte() throws Exception {
        int port = start(config());
        byte[] body = new byte[(5 << 20) + 13];
        new Random(7).nextBytes(body);
        String text = new String(body, StandardCharsets.ISO_8859_1);
        try (RawClient client = new RawClient(port)) {
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length + "\r\n\r\n");
                    client.send(text);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(client.answer().body().equals(text)).isTrue();
            sender.join();
        }
    }

    @Test
    void aPortInUseFailsTheStart() throws Exception {
        int port = start(config());
        HttpServer second = new HttpServer(HttpServerConfig.of("127.0.0.1", port), router(""), new SimpleMeterRegistry());
        assertThatThrownBy(second::start).isInstanceOf(IOException.class).hasMessageContaining("cannot listen on");
        assertThat(second.state()).isEqualTo(Service.State.Failed);
        second.stop();
    }

    @Test
    void thePrefixStandsBeforeEveryRoute() throws Exception {
        HttpServer prefixed = new HttpServer(config(), router("/p/q/"), registry);
        server = prefixed;
        prefixed.start();
        try (RawClient client = new RawClient(prefixed.port())) {
            assertThat(client.send(GET.formatted("/p/q/hello")).answer().status()).isEqualTo(200);
            assertThat(client.send(GET.formatted("/hello")).answer().status()).isEqualTo(404);
        }
    }
}
