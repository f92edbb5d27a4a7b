package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.DoubleStream;

/**
 * What a server measures. {@code loki_request_duration_seconds} has Loki's labels and buckets; its routes are those of the router and
 * {@code other}, its methods the known ones and {@code OTHER}, so that clients cannot make series.
 */
final class ServerMetrics {
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH");
    private static final Duration[] BUCKETS = DoubleStream.of(
                    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100)
            .mapToObj(s -> Duration.ofMillis(Math.round(s * 1000)))
            .toArray(Duration[]::new);

    /** Why a request or a connection was turned away or cut off. */
    enum Rejection {
        CONNECTIONS,
        REQUESTS,
        MALFORMED,
        TIMEOUT
    }

    private record Key(String route, String method, int status, boolean webSocket) {}

    private final MeterRegistry registry;
    private final Map<Key, Timer> timers = new ConcurrentHashMap<>();
    private final Map<Rejection, Counter> rejections = new EnumMap<>(Rejection.class);
    private final Counter panics;
    final Counter received;
    final Counter sent;

    ServerMetrics(MeterRegistry registry, AtomicInteger connections, AtomicInteger inflight) {
        this.registry = requireNonNull(registry, "registry is null");
        this.panics = Counter.builder("loki.panic")
                .description("Requests that met a bug and were answered by 500")
                .register(registry);
        this.received = Counter.builder("narfi.http.received.bytes")
                .description("Bytes read from clients, as on the wire without TLS")
                .register(registry);
        this.sent = Counter.builder("narfi.http.sent.bytes")
                .description("Bytes written to clients, as on the wire without TLS")
                .register(registry);
        for (Rejection reason : Rejection.values()) {
            rejections.put(
                    reason,
                    Counter.builder("narfi.http.rejected")
                            .description("Requests and connections that crossed a limit of the server")
                            .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        Gauge.builder("loki.inflight.requests", inflight, AtomicInteger::get)
                .description("Requests being handled")
                .register(registry);
        Gauge.builder("loki.tcp.connections", connections, AtomicInteger::get)
                .description("Open client connections")
                .tag("protocol", "http")
                .register(registry);
    }

    void rejected(Rejection reason) {
        requireNonNull(rejections.get(reason)).increment();
    }

    void panicked() {
        panics.increment();
    }

    void served(String route, String method, int status, boolean webSocket, long nanos) {
        String known = METHODS.contains(method) ? method : "OTHER";
        timers.computeIfAbsent(new Key(route, known, status, webSocket), this::timer).record(Duration.ofNanos(nanos));
    }

    private Timer timer(Key key) {
        return Timer.builder("loki.request.duration")
                .description("Time spent serving HTTP requests")
                .tag("method", key.method)
                .tag("route", key.route)
                .tag("status_code", Integer.toString(key.status))
                .tag("ws", Boolean.toString(key.webSocket))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }
}
