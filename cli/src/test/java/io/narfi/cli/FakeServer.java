package io.narfi.cli;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.http.Handler;
import io.narfi.http.HttpServer;
import io.narfi.http.HttpServerConfig;
import io.narfi.http.Request;
import io.narfi.http.Route;
import io.narfi.http.Router;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server whose one handler answers every path; it keeps what it was asked. */
final class FakeServer implements AutoCloseable {
    /** What was asked. */
    record Asked(String method, String target, List<String> headers) {}

    final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    FakeServer(Handler handler) throws Exception {
        Handler recording = (request, response) -> {
            asked.add(asked(request));
            handler.handle(request, response);
        };
        Router router = new Router("", List.of(Route.any("/{path...}", recording).maxBodyBytes(64 << 20)));
        server = new HttpServer(HttpServerConfig.of("127.0.0.1", 0), router, new SimpleMeterRegistry());
        server.start();
    }

    static FakeServer answering(String json) throws Exception {
        return new FakeServer((request, response) -> response.send(200, "application/json", json.getBytes(StandardCharsets.UTF_8)));
    }

    private static Asked asked(Request request) {
        List<String> headers = new ArrayList<>();
        for (String name : List.of("Authorization", "X-Scope-OrgID", "X-Query-Tags", "Cache-Control", "X-Custom", "X-Auth", "Accept-Encoding")) {
            String value = request.header(name);
            if (value != null) {
                headers.add(name + ": " + value);
            }
        }
        return new Asked(request.method(), request.target(), headers);
    }

    int port() {
        return server.port();
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    @Override
    public void close() {
        try {
            boolean _ = server.drain(Duration.ofMillis(100));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
