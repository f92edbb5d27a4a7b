package io.narfi.logql.regex;

/** An expression that Go's {@code regexp} refuses; the message is Go's. */
public final class RegexSyntaxException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    RegexSyntaxException(String message) {
        super(message);
    }

    RegexSyntaxException(String reason, String fragment) {
        super("error parsing regexp: " + reason + ": `" + fragment + "`");
    }
}
