package io.narfi.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command with exit code 1; the message is what the user reads. */
final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CliException(String message) {
        this(message, null);
    }

    CliException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
