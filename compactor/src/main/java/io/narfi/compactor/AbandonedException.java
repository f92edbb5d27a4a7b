package io.narfi.compactor;

import java.io.IOException;

/** Work was given up before its commit, because the service stops or another process has taken the work over. */
public final class AbandonedException extends IOException {
    private static final long serialVersionUID = 1L;

    AbandonedException(String message) {
        super(message);
    }
}
