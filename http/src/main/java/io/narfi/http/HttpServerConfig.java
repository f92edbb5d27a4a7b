package io.narfi.http;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a server listens and what it allows.
 *
 * @param address the address to listen on ({@code server.http_listen_address}); empty for all
 * @param port 0 to 65535 ({@code server.http_listen_port}); 0 takes a free one
 * @param tls certificate and key, or null for clear text
 * @param limits counts and sizes
 * @param timeouts how long things may take
 * @param compress whether responses of 1 KiB and more are gzipped for clients that accept it
 * @param eventLoopThreads threads that move bytes, 1 to 64
 */
public record HttpServerConfig(
        String address, int port, @Nullable Tls tls, Limits limits, Timeouts timeouts, boolean compress, int eventLoopThreads) {
    public HttpServerConfig {
        requireNonNull(address, "address is null");
        requireNonNull(limits, "limits is null");
        requireNonNull(timeouts, "timeouts is null");
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("not a port: " + port);
        }
        if (eventLoopThreads < 1 || eventLoopThreads > 64) {
            throw new IllegalArgumentException("eventLoopThreads is not in 1..64: " + eventLoopThreads);
        }
    }

    /**
     * A certificate in PEM files, read at the start.
     *
     * @param certificates the certificate and those between it and the root
     * @param key the private key, PKCS #8, without a password
     */
    public record Tls(Path certificates, Path key) {
        public Tls {
            requireNonNull(certificates, "certificates is null");
            requireNonNull(key, "key is null");
        }
    }

    /**
     * Counts and sizes.
     *
     * @param connections open at once; one more is answered 503 and closed
     * @param requests handled at once; one more is answered 503
     * @param initialLineBytes method, target and version; beyond: 414. A query of 128 KiB is three times that when escaped
     * @param headerBytes all header fields; beyond: 431
     * @param http2Streams requests at once on one HTTP/2 connection
     */
    public record Limits(int connections, int requests, int initialLineBytes, int headerBytes, int http2Streams) {
        public static final Limits DEFAULT = new Limits(4096, 1024, 512 << 10, 64 << 10, 100);

        public Limits {
            positive("connections", connections);
            positive("requests", requests);
            positive("initialLineBytes", initialLineBytes);
            positive("headerBytes", headerBytes);
            positive("http2Streams", http2Streams);
        }

        private static void positive(String name, int value) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " is not positive: " + value);
            }
        }
    }

    /**
     * How long things may take; all above zero.
     *
     * @param read {@code server.http_server_read_timeout}: from the first byte of a request to the end of its headers, and the whole time
     *         that reading the body waits for the client
     * @param write {@code server.http_server_write_timeout}: for the client to take 256 KiB of a response
     * @param idle {@code server.http_server_idle_timeout}: between two requests of a connection
     * @param drain how long {@link HttpServer#stop} lets requests finish
     */
    public record Timeouts(Duration read, Duration write, Duration idle, Duration drain) {
        public static final Timeouts DEFAULT =
                new Timeouts(Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(120), Duration.ofSeconds(30));

        public Timeouts {
            positive("read", read);
            positive("write", write);
            positive("idle", idle);
            positive("drain", drain);
        }

        private static void positive(String name, Duration value) {
            if (requireNonNull(value, name).isNegative() || value.isZero()) {
                throw new IllegalArgumentException(name + " is not above zero: " + value);
            }
        }
    }

    /** Loki's defaults on an address and a port: no TLS, no compression (contract/http-api.md §1.4). */
    public static HttpServerConfig of(String address, int port) {
        int threads = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors()));
        return new HttpServerConfig(address, port, null, Limits.DEFAULT, Timeouts.DEFAULT, false, threads);
    }

    public HttpServerConfig tls(@Nullable Tls newTls) {
        return new HttpServerConfig(address, port, newTls, limits, timeouts, compress, eventLoopThreads);
    }

    public HttpServerConfig limits(Limits newLimits) {
        return new HttpServerConfig(address, port, tls, newLimits, timeouts, compress, eventLoopThreads);
    }

    public HttpServerConfig timeouts(Timeouts newTimeouts) {
        return new HttpServerConfig(address, port, tls, limits, newTimeouts, compress, eventLoopThreads);
    }

    public HttpServerConfig compress(boolean on) {
        return new HttpServerConfig(address, port, tls, limits, timeouts, on, eventLoopThreads);
    }

    public HttpServerConfig eventLoopThreads(int threads) {
        return new HttpServerConfig(address, port, tls, limits, timeouts, compress, threads);
    }
}
