package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.http.Request;
import io.narfi.http.WebSocket;
import io.narfi.storage.catalog.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of a tail, from the handshake to the end of its connection: sends frames, and a ping every second. Runs on the thread of the
 * request, which waits for most of its life; the history is read on another.
 */
final class TailSession {
    private static final Logger logger = LoggerFactory.getLogger(TailSession.class);
    private static final long PING_NANOS = Durations.SECOND;
    private static final int INTERNAL_ERROR = 1011;

    private final Tails tails;
    private final WebSocket socket;
    private final Request request;

    TailSession(Tails tails, WebSocket socket, Request request) {
        this.tails = requireNonNull(tails, "tails is null");
        this.socket = requireNonNull(socket, "socket is null");
        this.request = requireNonNull(request, "request is null");
    }

    /** @param limit {@code max_concurrent_tail_requests} */
    void serve(TailQuery query, long start, int rows, long delayNanos, int limit) {
        Tail tail;
        try {
            tail = tails.open(query, delayNanos, limit);
        } catch (ApiException e) {
            end(e.text());
            tails.metrics().ended("refused");
            return;
        }
        Thread history = Thread.ofVirtual().name("tail-history-" + request.id()).start(() -> begin(tail, start, rows));
        String reason = "bug";
        try {
            reason = send(tail);
        } catch (InterruptedException e) {
            reason = request.cancelled() ? "stopped" : "client";
            // Without a code the client sees 1006 and comes back, to another process: Grafana does so for no other code.
            Thread.currentThread().interrupt();
            socket.drop();
        } catch (IOException e) {
            reason = "client";
            logger.debug("the client of a tail is gone or does not read request={}", request.id(), e);
            socket.drop();
        } catch (RuntimeException e) {
            end(bug(e));
        } finally {
            history.interrupt();
            tails.close(tail);
            tails.metrics().ended(reason);
        }
    }

    /** Sends until the end; returns why it came. */
    private String send(Tail tail) throws IOException, InterruptedException {
        TailJson json = new TailJson(tail.query().form());
        long now = System.nanoTime();
        long maxDuration = tails.config().maxDurationNanos();
        long end = now + (maxDuration == 0 ? Long.MAX_VALUE / 2 : maxDuration);
        long ping = now + PING_NANOS;
        while (true) {
            TailFrame frame;
            try {
                frame = tail.next(Math.min(ping, end) - now);
            } catch (TailEndedException e) {
                end(e.text());
                return "failed";
            }
            if (frame != null) {
                byte[] text = json.frame(frame);
                socket.sendText(text);
                tails.metrics().sent(frame.rows().size(), text.length);
            }
            now = System.nanoTime();
            if (now - end >= 0) {
                end("reached tail max duration limit");
                return "duration";
            }
            if (now - ping >= 0) {
                socket.sendPing();
                ping = now + PING_NANOS;
            }
        }
    }

    /** Joins, and reads what comes first. */
    private void begin(Tail tail, long start, int rows) {
        try {
            Snapshot snapshot = tails.join(tail);
            tail.begin(tails.history().rows(tail.query(), snapshot, start, rows), tails.buffers());
        } catch (ApiException e) {
            tail.fail(e.text());
        } catch (InterruptedException e) {
            logger.debug("the tail ended before it began", e);
        } catch (IOException e) {
            if (Thread.currentThread().isInterrupted()) {
                logger.debug("the tail ended before it began", e);
            } else {
                logger.warn("a tail cannot begin request={}", request.id(), e);
                tail.fail("the object store failed: " + e.getMessage());
            }
        } catch (Exception e) {
            tail.fail(bug(e));
        }
    }

    private String bug(Exception e) {
        String id = String.format(Locale.ROOT, "%016x", ThreadLocalRandom.current().nextLong());
        logger.error("error_id={} a tail failed request={}", id, request.id(), e);
        return "internal server error, id " + id;
    }

    /** Closes with 1011 and as much of the text as fits in a close frame. */
    void end(String text) {
        socket.close(INTERNAL_ERROR, cut(text));
    }

    static String cut(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            bytes += Character.toString(c).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > WebSocket.MAX_REASON_BYTES) {
                return text.substring(0, i);
            }
            i += Character.charCount(c);
        }
        return text;
    }
}
