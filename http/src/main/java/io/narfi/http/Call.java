package io.narfi.http;

import static java.util.Objects.requireNonNull;

import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A request to another service.
 *
 * @param method in upper case
 * @param origin scheme, host and port, {@code http://10.0.0.7:3100}; a path in it stands before the target
 * @param target path and query string, escaped, beginning with a slash
 * @param headers fields to send as they are; {@code Host}, {@code Content-Length}, {@code Transfer-Encoding} and {@code Connection} are
 *         the kit's
 * @param body what to send
 * @param upgrade the protocol to ask for by {@code Upgrade}, or null; if the reply is 101, {@link Reply#duplex} has the connection
 * @param timeout the longest wait for the head of the reply, counted from the end of the request; null for the caller's default
 */
public record Call(String method, URI origin, String target, Headers headers, Body body, @Nullable String upgrade, @Nullable Duration timeout) {
    public Call {
        requireNonNull(method, "method is null");
        requireNonNull(origin, "origin is null");
        requireNonNull(target, "target is null");
        requireNonNull(headers, "headers is null");
        requireNonNull(body, "body is null");
        if (!target.startsWith("/")) {
            throw new IllegalArgumentException("target does not start with a slash: " + target);
        }
    }

    public Call(String method, URI origin, String target, Headers headers, Body body, @Nullable Duration timeout) {
        this(method, origin, target, headers, body, null, timeout);
    }

    /** The body of a call. */
    public sealed interface Body {
        /** No body at all. */
        record None() implements Body {}

        /** A body that can be sent again. The array must not be changed. */
        @SuppressWarnings("ArrayRecordComponent") // a buffer handed over, never compared
        record Bytes(byte[] bytes) implements Body {}

        /** A body that can be sent once. {@code length} in bytes, or -1 to send chunks. The stream is read, not closed. */
        record Stream(InputStream in, long length) implements Body {}
    }

    public static Call get(URI origin, String target) {
        return new Call("GET", origin, target, new Headers(), new Body.None(), null);
    }

    public static Call post(URI origin, String target, String contentType, byte[] body) {
        return new Call("POST", origin, target, Headers.of("Content-Type", contentType), new Body.Bytes(body), null);
    }

    /** A POST of parameters as a form. */
    public static Call form(URI origin, String target, Params params) {
        return post(origin, target, "application/x-www-form-urlencoded", params.encode().getBytes(StandardCharsets.UTF_8));
    }

    /** The same with one more header field. */
    public Call header(String name, String value) {
        return new Call(method, origin, target, headers.copy().set(name, value), body, upgrade, timeout);
    }

    /** The same, asking for another protocol. */
    public Call upgrade(String protocol) {
        return new Call(method, origin, target, headers, body, protocol, timeout);
    }

    public Call timeout(Duration longest) {
        return new Call(method, origin, target, headers, body, upgrade, longest);
    }
}
