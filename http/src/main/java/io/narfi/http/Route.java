package io.narfi.http;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.Set;

/**
 * What serves a path.
 *
 * @param methods the methods in upper case; empty for any
 * @param pattern the path without the server's prefix: literal segments, {@code {name}} for one segment that is not empty, and
 *         {@code {name...}} as the last segment for the rest, slashes included, which may be empty
 * @param handler serves it
 * @param errors the form of error texts
 * @param maxBodyBytes reading more of a body than this fails with {@link BodyTooLargeException}
 */
public record Route(Set<String> methods, String pattern, Handler handler, ErrorStyle errors, long maxBodyBytes) {
    /** The limit of a body unless the route sets one: the 10 MiB that Go allows a form, and some room to tell that it is larger. */
    public static final long DEFAULT_MAX_BODY_BYTES = 11L << 20;

    public Route {
        methods = Set.copyOf(methods);
        requireNonNull(pattern, "pattern is null");
        requireNonNull(handler, "handler is null");
        requireNonNull(errors, "errors is null");
        if (!pattern.startsWith("/")) {
            throw new IllegalArgumentException("pattern does not start with a slash: " + pattern);
        }
        if (maxBodyBytes < 0) {
            throw new IllegalArgumentException("maxBodyBytes is negative: " + maxBodyBytes);
        }
    }

    public static Route of(Set<String> methods, String pattern, Handler handler) {
        return new Route(methods, pattern, handler, ErrorStyle.LINE, DEFAULT_MAX_BODY_BYTES);
    }

    public static Route get(String pattern, Handler handler) {
        return of(Set.of("GET"), pattern, handler);
    }

    public static Route post(String pattern, Handler handler) {
        return of(Set.of("POST"), pattern, handler);
    }

    public static Route getOrPost(String pattern, Handler handler) {
        return of(Set.of("GET", "POST"), pattern, handler);
    }

    public static Route any(String pattern, Handler handler) {
        return of(Set.of(), pattern, handler);
    }

    /** The same with error texts that end without a newline ({@link ErrorStyle#BARE}). */
    public Route bare() {
        return new Route(methods, pattern, handler, ErrorStyle.BARE, maxBodyBytes);
    }

    public Route maxBodyBytes(long bytes) {
        return new Route(methods, pattern, handler, errors, bytes);
    }

    /** The name in metrics: the pattern in lower case with an underscore for every run of other characters, {@code loki_api_v1_push}. */
    public String metricName() {
        String name = pattern.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("^_|_$", "");
        return name.isEmpty() ? "root" : name;
    }
}
