package io.narfi.http;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The client against our own server, and against sockets that misbehave. */
@ExtendWith(LeakCheck.class)
class HttpCallerTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CountDownLatch blocked = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    private final HttpServer server = new HttpServer(
            HttpServerConfig.of("127.0.0.1", 0),
            new Router(
                    "",
                    List.of(
                            Route.get("/hello", (request, response) -> response.sendText(200, "hello " + request.rawQuery())),
                            Route.of(Set.of("HEAD"), "/hello", (_, response) -> response.sendText(200, "hello")),
                            Route.post("/echo", (request, response) -> {
                                response.header("X-Type", String.valueOf(request.header("Content-Type")));
                                try (OutputStream out = response.stream()) {
                                    request.body().transferTo(out);
                                }
                            }).maxBodyBytes(64 << 20),
                            Route.post("/mirror", (request, response) -> {
                                byte[] all = request.body().readAllBytes();
                                response.header("X-Length", "" + request.contentLength());
                                try (OutputStream out = response.stream(all.length)) {
                                    out.write(all);
                                }
                            }).maxBodyBytes(64 << 20),
                            Route.post("/refuse", (_, response) -> response.sendText(429, "slow down")),
                            Route.post("/nothing", (_, response) -> response.status(204).send(new byte[0])),
                            Route.get("/cut", (_, response) -> {
                                OutputStream out = response.stream();
                                out.write(new byte[100_000]);
                                out.flush();
                                throw new IOException("over");
                            }),
                            Route.get("/stalls", (_, response) -> {
                                OutputStream out = response.stream();
                                out.write(new byte[10]);
                                out.flush();
                                release.await();
                                out.close();
                            }),
                            Route.get("/switch", (_, response) -> {
                                try (Duplex duplex = response.switchProtocols("letters")) {
                                    duplex.out().write('x');
                                    duplex.out().flush();
                                    release.await();
                                }
                            }),
                            Route.get("/block", (request, response) -> {
                                blocked.countDown();
                                try {
                                    release.await();
                                    response.sendText(200, "released");
                                } catch (InterruptedException e) {
                                    interrupted.complete(request.cancelled());
                                    throw e;
                                }
                            }))),
            registry);
    private final List<HttpCaller> callers = new ArrayList<>();
    private final SimpleMeterRegistry clientRegistry = new SimpleMeterRegistry();

    private HttpCaller caller(HttpCallerConfig config) {
        HttpCaller caller = new HttpCaller(config, clientRegistry);
        callers.add(caller);
        return caller;
    }

    private URI origin() {
        return URI.create("http://127.0.0.1:" + server.port());
    }

    @BeforeEach
    void start() throws Exception {
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        release.countDown();
        callers.forEach(HttpCaller::close);
        server.stop();
    }

    private static String text(Reply reply) throws IOException {
        try (reply) {
            return new String(reply.readAll(1 << 20), StandardCharsets.UTF_8);
        }
    }

    @Test
    void getsAndPostsOnOneConnection() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT);
        for (int i = 0; i < 20; i++) {
            assertThat(text(caller.call(Call.get(origin(), "/hello?q=" + i)))).isEqualTo("hello q=" + i);
            try (Reply reply = caller.call(Call.post(origin(), "/echo", "text/x", new byte[i]))) {
                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.headers().get("x-type")).isEqualTo("text/x");
                assertThat(reply.readAll(100)).hasSize(i);
            }
            try (Reply reply = caller.call(Call.form(origin(), "/nothing", Params.of("a", "b")))) {
                assertThat(reply.status()).isEqualTo(204);
                assertThat(reply.body().read()).isEqualTo(-1);
            }
            Call head = new Call("HEAD", origin(), "/hello", new Headers(), new Call.Body.None(), null);
            try (Reply reply = caller.call(head)) {
                assertThat(reply.headers().get("Content-Length")).isEqualTo("5");
                assertThat(reply.body().read()).isEqualTo(-1);
            }
        }
        assertThat(clientRegistry.get("narfi.http.client.connections").gauge().value()).isEqualTo(1);
        assertThat(registry.get("loki.tcp.connections").gauge().value()).isEqualTo(1);
        assertThat(clientRegistry.get("narfi.http.client.duration").tag("outcome", "2xx").timer().count()).isEqualTo(80);
    }

    @Test
    void streamsLargeBodies() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT);
        byte[] body = new byte[(6 << 20) + 11];
        new Random(3).nextBytes(body);
        for (Call.Body each : List.of(
                new Call.Body.Bytes(body),
                new Call.Body.Stream(new ByteArrayInputStream(body), body.length),
                new Call.Body.Stream(new ByteArrayInputStream(body), -1))) {
            Call call = new Call("POST", origin(), "/mirror", new Headers(), each, null);
            try (Reply reply = caller.call(call)) {
                assertThat(reply.headers().get("X-Length")).isEqualTo(each instanceof Call.Body.Stream(_, long n) ? "" + n : "" + body.length);
                assertThat(Arrays.equals(reply.readAll(body.length), body)).isTrue();
            }
        }
        assertThat(registry.get("loki.tcp.connections").gauge().value()).isEqualTo(1);
    }

    @Test
    void aBodyShorterThanAnnouncedFails() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT);
        Call.Body body = new Call.Body.Stream(new ByteArrayInputStream(new byte[10]), 11);
        assertThatThrownBy(() -> caller.call(new Call("POST", origin(), "/mirror", new Headers(), body, null)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ended after 10 of 11 bytes");
        assertThat(clientRegistry.get("narfi.http.client.connections").gauge().value()).isZero();
    }

    @Test
    void anAnswerBeforeTheEndOfTheBodyCounts() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT);
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'x';
            }

            @Override
            public int read(byte[] b, int off, int len) {
                return len;
            }
        };
        Call call = new Call("POST", origin(), "/refuse", new Headers(), new Call.Body.Stream(endless, -1), null);
        try (Reply reply = caller.call(call)) {
            assertThat(reply.status()).isEqualTo(429);
            assertThat(new String(reply.readAll(100), StandardCharsets.UTF_8)).isEqualTo("slow down");
        }
        assertThat(text(caller.call(Call.get(origin(), "/hello")))).isEqualTo("hello ");
    }

    /** The leak check of the class sees whether the reply's buffers are given back. */
    @Test
    void dropsTheReplyToACallThatFailsAfterwards() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT);
        for (int i = 0; i < 20; i++) {
            InputStream broken = new InputStream() {
                @Override
                public int read() {
                    throw new UnsupportedOperationException();
                }

                @Override
                public int read(byte[] b, int off, int len) throws IOException {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(30));
                    throw new IOException("the file is gone");
                }
            };
            Call call = new Call("POST", origin(), "/refuse", new Headers(), new Call.Body.Stream(broken, -1), null);
            assertThatThrownBy(() -> caller.call(call)).isInstanceOf(IOException.class).hasMessage("the file is gone");
        }
        assertThat(clientRegistry.get("narfi.http.client.connections").gauge().value()).isZero();
    }

    @Test
    void nobodyListens() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT);
        assertThatThrownBy(() -> caller.call(Call.get(URI.create("http://127.0.0.1:" + port), "/")))
                .isInstanceOf(NotSentException.class)
                .hasMessageContaining("cannot connect");
        assertThatThrownBy(() -> caller.call(Call.get(URI.create("http://no-such-host.invalid"), "/")))
                .isInstanceOf(NotSentException.class)
                .hasMessageContaining("unknown host");
        assertThat(clientRegistry.get("narfi.http.client.connections").gauge().value()).isZero();
        assertThat(clientRegistry.get("narfi.http.client.duration").tag("outcome", "not_sent").timer().count()).isEqualTo(2);
    }

    @Test
    void noAnswerInTime() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT);
        assertThatThrownBy(() -> caller.call(Call.get(origin(), "/block").timeout(Duration.ofMillis(100))))
                .isInstanceOf(CallTimeoutException.class)
                .hasMessageContaining("did not answer within 100 ms");
        // The server sees that the caller gave up.
        assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
        Eventually.holds("closed", () -> clientRegistry.get("narfi.http.client.connections").gauge().value() == 0);
    }

    @Test
    void aReplyThatStallsOrIsCut() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT.readTimeout(Duration.ofMillis(100)));
        try (Reply reply = caller.call(Call.get(origin(), "/stalls"))) {
            assertThat(reply.body().readNBytes(10)).hasSize(10);
            assertThatThrownBy(() -> reply.body().read()).isInstanceOf(CallTimeoutException.class);
        }
        try (Reply reply = caller.call(Call.get(origin(), "/cut"))) {
            assertThatThrownBy(() -> reply.readAll(1 << 20)).isInstanceOf(IOException.class).hasMessageContaining("ended");
        }
        try (Reply reply = caller.call(Call.get(origin(), "/hello"))) {
            assertThatThrownBy(() -> reply.readAll(3)).isInstanceOf(IOException.class).hasMessageContaining("longer than 3");
        }
    }

    @Test
    void interruptingGivesTheCallUp() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                caller.call(Call.get(origin(), "/block")).close();
            } catch (IOException | InterruptedException e) {
                thrown.complete(e);
            }
        });
        blocked.await();
        thread.interrupt();
        assertThat(thrown.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void thePoolIsBounded() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT.connections(1, 1).connectTimeout(Duration.ofMillis(200)));
        Reply held = caller.call(Call.get(origin(), "/hello"));
        assertThatThrownBy(() -> caller.call(Call.get(origin(), "/hello")))
                .isInstanceOf(NotSentException.class)
                .hasMessageContaining("became free");
        held.close();
        assertThat(text(caller.call(Call.get(origin(), "/hello")))).isEqualTo("hello ");
        // Another origin takes the place of an idle connection.
        URI other = URI.create("http://localhost:" + server.port());
        assertThat(text(caller.call(Call.get(other, "/hello")))).isEqualTo("hello ");
        assertThat(clientRegistry.get("narfi.http.client.connections").gauge().value()).isEqualTo(1);
    }

    @Test
    void aSwitchedConnectionTakesNoPlace() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT.connections(1, 1).connectTimeout(Duration.ofMillis(200)));
        try (Reply first = caller.call(Call.get(origin(), "/switch").upgrade("letters"));
                Reply second = caller.call(Call.get(origin(), "/switch").upgrade("letters"))) {
            for (Reply reply : List.of(first, second)) {
                assertThat(reply.status()).isEqualTo(101);
                assertThat(requireNonNull(reply.duplex()).in().read()).isEqualTo('x');
            }
            assertThat(text(caller.call(Call.get(origin(), "/hello")))).isEqualTo("hello ");
        }
        assertThat(text(caller.call(Call.get(origin(), "/hello")))).isEqualTo("hello ");
        assertThat(clientRegistry.get("narfi.http.client.connections").gauge().value()).isEqualTo(1);
    }

    @Test
    void manyThreadsShareThePool() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT.connections(4, 4));
        AtomicInteger good = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 32; t++) {
            threads.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 50; i++) {
                    try {
                        if (text(caller.call(Call.get(origin(), "/hello?" + i))).equals("hello " + i)) {
                            good.incrementAndGet();
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(good).hasValue(32 * 50);
        assertThat(registry.get("loki.tcp.connections").gauge().value()).isLessThanOrEqualTo(4);
    }

    @Test
    void idleConnectionsAreClosed() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT.idleTimeout(Duration.ofMillis(100)));
        assertThat(text(caller.call(Call.get(origin(), "/hello")))).isEqualTo("hello ");
        Eventually.holds("closed", () -> clientRegistry.get("narfi.http.client.connections").gauge().value() == 0);
        assertThat(text(caller.call(Call.get(origin(), "/hello")))).isEqualTo("hello ");
    }

    /** Answers each connection with one text after the first request, then closes it. */
    private static Thread serve(ServerSocket listener, String answer, int times) {
        return Thread.ofVirtual().start(() -> {
            for (int i = 0; i < times; i++) {
                try (Socket socket = listener.accept()) {
                    byte[] head = new byte[4096];
                    if (socket.getInputStream().read(head) < 0) {
                        continue;
                    }
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
    }

    @Test
    void repliesThatAreNotHttp() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT);
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
            URI bad = URI.create("http://127.0.0.1:" + listener.getLocalPort());
            Thread garbage = serve(listener, "garbage\r\n\r\n", 1);
            assertThatThrownBy(() -> caller.call(Call.get(bad, "/"))).isInstanceOf(IOException.class).isNotInstanceOf(NotSentException.class);
            garbage.join();
            Thread none = serve(listener, "", 1);
            assertThatThrownBy(() -> caller.call(Call.get(bad, "/"))).isInstanceOf(IOException.class).isNotInstanceOf(NotSentException.class);
            none.join();
            Thread huge = serve(listener, "HTTP/1.1 200 OK\r\nBig: " + "x".repeat(70_000) + "\r\n\r\n", 1);
            assertThatThrownBy(() -> caller.call(Call.get(bad, "/"))).isInstanceOf(IOException.class);
            huge.join();
            Thread untilClose = serve(listener, "HTTP/1.1 200 OK\r\n\r\nto the end", 1);
            assertThat(text(caller.call(Call.get(bad, "/")))).isEqualTo("to the end");
            untilClose.join();
            Thread continued = serve(listener, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1);
            assertThat(text(caller.call(Call.get(bad, "/")))).isEqualTo("ok");
            continued.join();
        }
    }

    @Test
    void aGetOnAConnectionThatWasClosedMeanwhileIsSentAgain() throws Exception {
        HttpCaller caller = caller(HttpCallerConfig.DEFAULT);
        // Keep-alive is promised and not kept, so every second call meets a closed connection or sees its end in time.
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
            URI bad = URI.create("http://127.0.0.1:" + listener.getLocalPort());
            Thread thread = serve(listener, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 20);
            for (int i = 0; i < 20; i++) {
                assertThat(text(caller.call(Call.get(bad, "/")))).isEqualTo("ok");
            }
            thread.join();
        }
    }
}
