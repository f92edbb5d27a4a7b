package io.narfi.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Service;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server with routes of every kind, for tests on raw sockets. */
@ExtendWith(LeakCheck.class)
abstract class ServedRoutes {
    static final String GET = "GET %s HTTP/1.1\r\nHost: x\r\n\r\n";

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Map<String, CountDownLatch> latches = new ConcurrentHashMap<>();
    final AtomicLong streamed = new AtomicLong();
    final CompletableFuture<Throwable> blockedEnd = new CompletableFuture<>();
    @Nullable HttpServer server;

    static HttpServerConfig config() {
        return HttpServerConfig.of("127.0.0.1", 0);
    }

    CountDownLatch latch(String name) {
        return latches.computeIfAbsent(name, _ -> new CountDownLatch(1));
    }

    Router router(String prefix) {
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

    int start(HttpServerConfig config) throws Exception {
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
}
