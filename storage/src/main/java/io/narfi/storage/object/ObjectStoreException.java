package io.narfi.storage.object;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The store, or the way to it, failed. */
public class ObjectStoreException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    public ObjectStoreException(String message, @Nullable Throwable cause, boolean retryable) {
        super(message, cause);
        this.retryable = retryable;
    }

    /** Whether the same call may succeed later (time-out, 5xx, connection lost); false for 403 and the like. */
    public final boolean retryable() {
        return retryable;
    }
}
