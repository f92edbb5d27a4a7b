package io.narfi.logql.template;

/** A template that failed on an entry; the message is Go's. */
public final class TemplateException extends Exception {
    private static final long serialVersionUID = 1L;

    TemplateException(String message) {
        super(message, null, false, false);
    }
}
