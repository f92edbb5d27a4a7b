package io.narfi.gateway;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.http.Bodies;
import io.narfi.http.Handler;
import io.narfi.http.Headers;
import io.narfi.http.HttpServer;
import io.narfi.http.HttpServerConfig;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.http.Router;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A replica behind the gateway: records what it got and answers as it is told. */
final class FakeService implements AutoCloseable {
    /** A request as it arrived. */
    record Got(String method, String target, Headers headers, byte[] body) {}

    final List<Got> got = new CopyOnWriteArrayList<>();
    volatile Handler answer;
    volatile int ready = 200;
    private final HttpServer server;

    FakeService(String name) throws Exception {
        answer = (_, response) -> response.sendText(200, name);
        server = new HttpServer(
                HttpServerConfig.of("127.0.0.1", 0),
                new Router(
                        "",
                        List.of(
                                Route.get("/ready", (_, response) -> response.sendText(ready, "ready\n")),
                                Route.any("/{rest...}", this::handle).maxBodyBytes(64 << 20))),
                new SimpleMeterRegistry());
        server.start();
    }

    private void handle(Request request, Response response) throws Exception {
        got.add(new Got(request.method(), request.target(), request.headers(), Bodies.readAll(request.body(), 64 << 20)));
        answer.handle(request, response);
    }

    int port() {
        return server.port();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + port());
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while stopping", e);
        }
    }
}
