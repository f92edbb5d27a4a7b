package io.narfi.http;

import java.io.IOException;

/** The other side of a call took longer than it may. */
public final class CallTimeoutException extends IOException {
    private static final long serialVersionUID = 1L;

    public CallTimeoutException(String message) {
        super(message);
    }
}
