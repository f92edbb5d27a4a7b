package io.narfi.gateway;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.http.BodyTooLargeException;
import io.narfi.http.Call;
import io.narfi.http.Request;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.concurrent.atomic.AtomicLong;

/** Keeps bodies of requests that may have to be sent again, within a limit for each and one for all; others pass through as streams. */
final class KeptBodies {
    private final long maxBytes;
    private final int keepBytes;
    private final long keepAllBytes;
    private final AtomicLong kept = new AtomicLong();

    KeptBodies(GatewayConfig config, MeterRegistry registry) {
        this.maxBytes = config.maxBodyBytes();
        this.keepBytes = config.keepBytes();
        this.keepAllBytes = config.keepAllBytes();
        Gauge.builder("narfi.gateway.kept.bytes", kept, AtomicLong::get)
                .description("Bytes of request bodies kept to be sent again")
                .register(registry);
    }

    /** A body and the memory it holds. */
    final class Kept implements AutoCloseable {
        private final Call.Body body;
        private final long reserved;

        private Kept(Call.Body body, long reserved) {
            this.body = body;
            this.reserved = reserved;
        }

        Call.Body body() {
            return body;
        }

        /** Whether it can be sent again after it was sent. */
        boolean repeatable() {
            return !(body instanceof Call.Body.Stream);
        }

        @Override
        public void close() {
            kept.addAndGet(-reserved);
        }
    }

    /**
     * Takes a request's body.
     *
     * @throws BodyTooLargeException if it is announced to be longer than the limit; longer ones that are not announced fail while read
     */
    Kept take(Request request) throws IOException {
        requireNonNull(request, "request is null");
        long length = request.contentLength();
        if (length > maxBytes) {
            throw new BodyTooLargeException(maxBytes);
        }
        InputStream in = request.body();
        if (length == 0) {
            return new Kept(request.header("Content-Length") == null ? new Call.Body.None() : new Call.Body.Bytes(new byte[0]), 0);
        }
        long reserve = length < 0 ? keepBytes : length;
        if (reserve > keepBytes || !reserve(reserve)) {
            return new Kept(new Call.Body.Stream(in, length), 0);
        }
        byte[] bytes;
        boolean whole = false;
        boolean read = false;
        try {
            bytes = in.readNBytes((int) reserve);
            whole = length >= 0 || bytes.length < keepBytes;
            read = true;
        } finally {
            if (!read) {
                kept.addAndGet(-reserve);
            }
        }
        if (whole) {
            if (length < 0) {
                kept.addAndGet(bytes.length - reserve);
            }
            return new Kept(new Call.Body.Bytes(bytes), bytes.length);
        }
        return new Kept(new Call.Body.Stream(new SequenceInputStream(new ByteArrayInputStream(bytes), in), length), reserve);
    }

    private boolean reserve(long bytes) {
        while (true) {
            long now = kept.get();
            if (now + bytes > keepAllBytes) {
                return false;
            }
            if (kept.compareAndSet(now, now + bytes)) {
                return true;
            }
        }
    }
}
