package io.narfi.gateway;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A gateway in front of real servers that do as the test says. */
abstract class ServedGateway {
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final HttpCaller client = new HttpCaller(HttpCallerConfig.DEFAULT, new SimpleMeterRegistry());
    final List<AutoCloseable> open = new ArrayList<>();
    FakeService writeA;
    FakeService writeB;
    FakeService readA;
    FakeService readB;
    FakeService backend;
    @Nullable URI origin;

    @BeforeEach
    void startServices() throws Exception {
        writeA = service("write-a");
        writeB = service("write-b");
        readA = service("read-a");
        readB = service("read-b");
        backend = service("backend");
    }

    FakeService service(String name) throws Exception {
        FakeService service = new FakeService(name);
        open.add(service);
        return service;
    }

    GatewayConfig config() {
        return GatewayConfig.of(List.of(writeA.uri(), writeB.uri()), List.of(readA.uri(), readB.uri()), List.of(backend.uri()));
    }

    void start(GatewayConfig config) throws Exception {
        start(new Gateway(config, registry));
    }

    void start(Gateway gateway) throws Exception {
        HttpServer server = new HttpServer(HttpServerConfig.of("127.0.0.1", 0), new Router("", gateway.routes()), registry);
        gateway.start();
        server.start();
        open.add(gateway::stop);
        open.add(server::stop);
        origin = URI.create("http://127.0.0.1:" + server.port());
        assertThat(gateway.state()).isEqualTo(Service.State.Running);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    record Answer(int status, Headers headers, String body) {}

    Answer call(Call call) throws Exception {
        try (Reply reply = client.call(call)) {
            return new Answer(reply.status(), reply.headers(), new String(reply.readAll(64 << 20), StandardCharsets.UTF_8));
        }
    }

    Answer get(String target) throws Exception {
        return call(Call.get(requireNonNull(origin), target));
    }

    Answer push(byte[] body) throws Exception {
        return call(Call.post(requireNonNull(origin), "/loki/api/v1/push", "application/json", body));
    }

    static void eventually(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("does not hold after 10 s: " + what);
            }
            Thread.onSpinWait();
        }
    }
}
