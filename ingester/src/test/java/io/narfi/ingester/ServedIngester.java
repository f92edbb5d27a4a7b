package io.narfi.ingester;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.http.HttpServer;
import io.narfi.http.HttpServerConfig;
import io.narfi.http.Router;
import java.io.IOException;
import java.net.URI;

/** A write service behind a server of its own, for tests. */
final class ServedIngester implements AutoCloseable {
    private final Ingester ingester;
    private final HttpServer server;

    ServedIngester(Ingester ingester, MeterRegistry registry) {
        this.ingester = requireNonNull(ingester, "ingester is null");
        this.server = new HttpServer(HttpServerConfig.of("127.0.0.1", 0), new Router("", ingester.routes()), registry);
    }

    ServedIngester start() throws Exception {
        ingester.start();
        return startUnready();
    }

    /** Serves, though the service has not started. */
    ServedIngester startUnready() throws Exception {
        server.start();
        return this;
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    @Override
    public void close() throws IOException {
        try {
            server.stop();
            ingester.stop();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
