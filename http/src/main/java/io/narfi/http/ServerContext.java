package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** What all connections of a server share. */
final class ServerContext {
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH);

    final HttpServerConfig config;
    final Router router;
    final ServerMetrics metrics;
    final Semaphore requestPermits;
    final AtomicInteger openConnections = new AtomicInteger();
    final AtomicInteger inflight = new AtomicInteger();
    final Set<Channel> connections = ConcurrentHashMap.newKeySet();
    final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();
    volatile boolean draining;
    private volatile CachedDate date = new CachedDate(Long.MIN_VALUE, "");

    private record CachedDate(long second, String text) {}

    ServerContext(HttpServerConfig config, Router router, MeterRegistry registry) {
        this.config = requireNonNull(config, "config is null");
        this.router = requireNonNull(router, "router is null");
        this.metrics = new ServerMetrics(registry, openConnections, inflight);
        this.requestPermits = new Semaphore(config.limits().requests());
    }

    /** The value of the Date header field, made once a second. */
    String date() {
        long second = System.currentTimeMillis() / 1000;
        CachedDate cached = date;
        if (cached.second != second) {
            cached = new CachedDate(second, HTTP_DATE.format(ZonedDateTime.ofInstant(Instant.ofEpochSecond(second), ZoneOffset.UTC)));
            date = cached;
        }
        return cached.text;
    }
}
