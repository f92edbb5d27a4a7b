package io.narfi.querier.peer;

/** A peer could not do a task, for a reason of its own; another one, or this process, may. */
final class PeerUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    PeerUnavailableException(String message) {
        super(message);
    }

    PeerUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
