package io.narfi.querier.tail;

/** The tail cannot go on; the text is for the client. */
final class TailEndedException extends Exception {
    private static final long serialVersionUID = 1L;

    TailEndedException(String text) {
        super(text);
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
