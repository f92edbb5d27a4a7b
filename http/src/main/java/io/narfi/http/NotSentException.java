package io.narfi.http;

import java.io.IOException;

/** A call of which nothing reached the other side: no address, no connection, or no room in the pool. */
public final class NotSentException extends IOException {
    private static final long serialVersionUID = 1L;

    public NotSentException(String message, Throwable cause) {
        super(message, cause);
    }

    public NotSentException(String message) {
        super(message);
    }
}
