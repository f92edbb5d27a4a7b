package io.narfi.common;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A request that cannot be served, with the HTTP status and the text that Loki gives. Anything else that is thrown while a request is
 * handled is a bug and becomes a 500 with an id.
 */
public class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    public ApiException(int status, String message) {
        this(status, message, null);
    }

    public ApiException(int status, String message, @Nullable Throwable cause) {
        super(requireNonNull(message, "message is null"), cause);
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("not an HTTP status: " + status);
        }
        this.status = status;
    }

    public static ApiException badRequest(String message) {
        return new ApiException(400, message);
    }

    /** The HTTP status, 200 to 599 (Loki blocks ingestion with 260). */
    public final int status() {
        return status;
    }

    /** The text of the body, never null; a final newline is the writer's affair. */
    public final String text() {
        return requireNonNull(getMessage());
    }
}
