package io.narfi.logql;

import io.narfi.common.ApiException;

/** A query that is refused before it runs: status 400 and Loki's text, with or without a position (logql.md §3.1). */
public final class ParseException extends ApiException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;

    /** A message without a position. */
    public ParseException(String message) {
        this(message, 0, 0);
    }

    /**
     * @param line from 1, or 0 for a token that was completed by looking ahead, whose line Loki forgets
     * @param column from 1, in characters, of the start of the token; 0 with line 0 if there is no position
     */
    public ParseException(String message, int line, int column) {
        super(400, "parse error" + (line == 0 && column == 0 ? " " : " at line " + line + ", col " + column) + ": " + message);
        this.line = line;
        this.column = column;
    }

    public int line() {
        return line;
    }

    public int column() {
        return column;
    }
}
