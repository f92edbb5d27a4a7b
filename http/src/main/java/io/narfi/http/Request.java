package io.narfi.http;

import io.narfi.common.ApiException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A request, used by the thread of its handler; only {@link #cancelled} and {@link #onCancel} may be called by others. */
public interface Request {
    /** The method in upper case as the client sent it. */
    String method();

    /** Path and query string as the client sent them, escapes included, {@code /loki/api/v1/query?query=%7B…}. */
    String target();

    /** The path as the client sent it, escapes included. */
    String rawPath();

    /** The query string as the client sent it, without its question mark; empty if there is none. */
    String rawQuery();

    /**
     * The decoded value of {@code {name}} in the route's pattern.
     *
     * @throws IllegalArgumentException if the pattern has no such part
     */
    String pathParam(String name);

    Headers headers();

    /** The first value of a header field, or null. */
    default @Nullable String header(String name) {
        return headers().get(name);
    }

    /**
     * The parameters of the query string and, for POST, PUT and PATCH with {@code application/x-www-form-urlencoded}, of the body, which
     * is read by the first call (contract/http-api.md §2.1).
     *
     * @throws ApiException 400 for bad escapes, or {@code http: POST too large} for a form above 10 MB
     */
    Params params();

    /**
     * The body as it came, not decoded; at its end if there is none. Reading blocks until the client sends. Reading fails with
     * {@link BodyTooLargeException} beyond the route's limit, with an {@link ApiException} 408 when the client kept the server waiting
     * for longer than the read time-out in total, with 400 for a malformed body, and with an {@code IOException} when the client is gone.
     */
    InputStream body();

    /** What the client announced in bytes, or -1 if it did not say. */
    long contentLength();

    /** Identifies the request in logs: the client's {@code X-Request-Id} if that is sane, else a new one. */
    String id();

    InetSocketAddress remoteAddress();

    /** Whether it came over TLS. */
    boolean secure();

    /** Whether the client is gone, or the server gives up on the request at its stop. */
    boolean cancelled();

    /** Runs {@code listener} once if and when the request is cancelled, at once if it is; on a thread of the event loop: must not block. */
    void onCancel(Runnable listener);
}
