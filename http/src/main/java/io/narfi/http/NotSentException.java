package io.narfi.http;

import java.io.IOException;

/** A call of which nothing reached the other side: no address or no connection, with its cause, or no room in the pool, without a cause. */
public final class NotSentException extends IOException {
    private static final long serialVersionUID = 1L;

    public NotSentException(String message, Throwable cause) {
        super(message, cause);
    }

    public NotSentException(String message) {
        super(message);
    }
}
