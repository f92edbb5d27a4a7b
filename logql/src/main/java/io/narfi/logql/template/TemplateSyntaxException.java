package io.narfi.logql.template;

/** A text that is no template; the message is Go's. */
public final class TemplateSyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    TemplateSyntaxException(String message) {
        super(message, null, false, false);
    }
}
