package io.narfi.http;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a caller allows.
 *
 * @param connectTimeout for a TCP and TLS handshake
 * @param responseTimeout from the end of a request to the head of its reply, unless the call says otherwise
 * @param readTimeout the longest wait for more of a reply's body, and for the other side to take 256 KiB of a request
 * @param idleTimeout after which an unused connection is closed; below the servers' own
 * @param connectionsPerOrigin open at once to one address; one more call waits for a connection up to {@code connectTimeout}
 * @param connections open at once to all
 * @param headerBytes of a reply's head
 * @param eventLoopThreads threads that move bytes
 * @param trusted certificates in a PEM file that https servers are checked against, or null for those of the Java runtime
 */
public record HttpCallerConfig(
        Duration connectTimeout,
        Duration responseTimeout,
        Duration readTimeout,
        Duration idleTimeout,
        int connectionsPerOrigin,
        int connections,
        int headerBytes,
        int eventLoopThreads,
        @Nullable Path trusted) {
    public static final HttpCallerConfig DEFAULT = new HttpCallerConfig(
            Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofSeconds(30), Duration.ofSeconds(60), 64, 512, 64 << 10, 1, null);

    public HttpCallerConfig {
        requireNonNull(connectTimeout, "connectTimeout is null");
        requireNonNull(responseTimeout, "responseTimeout is null");
        requireNonNull(readTimeout, "readTimeout is null");
        requireNonNull(idleTimeout, "idleTimeout is null");
        if (connectionsPerOrigin < 1 || connections < connectionsPerOrigin || headerBytes < 1 || eventLoopThreads < 1) {
            throw new IllegalArgumentException("connectionsPerOrigin " + connectionsPerOrigin + ", connections " + connections + ", headerBytes "
                    + headerBytes + ", eventLoopThreads " + eventLoopThreads);
        }
    }

    public HttpCallerConfig responseTimeout(Duration timeout) {
        return new HttpCallerConfig(
                connectTimeout, timeout, readTimeout, idleTimeout, connectionsPerOrigin, connections, headerBytes, eventLoopThreads, trusted);
    }

    /** The same with other bounds of the pool. */
    public HttpCallerConfig connections(int perOrigin, int all) {
        return new HttpCallerConfig(
                connectTimeout, responseTimeout, readTimeout, idleTimeout, perOrigin, all, headerBytes, eventLoopThreads, trusted);
    }

    public HttpCallerConfig connectTimeout(Duration timeout) {
        return new HttpCallerConfig(
                timeout, responseTimeout, readTimeout, idleTimeout, connectionsPerOrigin, connections, headerBytes, eventLoopThreads, trusted);
    }

    public HttpCallerConfig readTimeout(Duration timeout) {
        return new HttpCallerConfig(
                connectTimeout, responseTimeout, timeout, idleTimeout, connectionsPerOrigin, connections, headerBytes, eventLoopThreads, trusted);
    }

    public HttpCallerConfig idleTimeout(Duration timeout) {
        return new HttpCallerConfig(
                connectTimeout, responseTimeout, readTimeout, timeout, connectionsPerOrigin, connections, headerBytes, eventLoopThreads, trusted);
    }

    public HttpCallerConfig trusted(@Nullable Path certificates) {
        return new HttpCallerConfig(
                connectTimeout, responseTimeout, readTimeout, idleTimeout, connectionsPerOrigin, connections, headerBytes, eventLoopThreads,
                certificates);
    }
}
