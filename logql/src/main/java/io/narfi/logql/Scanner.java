package io.narfi.logql;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Splits a query into the tokens of Go's language: identifiers, numbers, characters, strings, raw strings, single other characters;
 * blanks and comments are skipped. What LogQL adds is in {@link Lexer}.
 */
final class Scanner {
    enum Kind {
        END,
        IDENTIFIER,
        NUMBER,
        CHARACTER,
        STRING,
        OTHER
    }

    private static final int BYTE_ORDER_MARK = 0xfeff;

    private final int[] text;
    private int position;
    private int lineStart;
    private int line = 1;

    private int start;
    private int startLine;
    private int startColumn;
    private @Nullable String string;

    Scanner(String query) {
        text = query.codePoints().toArray();
        position = text.length > 0 && text[0] == BYTE_ORDER_MARK ? 1 : 0;
    }

    /** Scans a token; its text and position can be asked for until the next one. */
    Kind scan() {
        string = null;
        do {
            skipBlanks();
            start = position;
            startLine = text.length == 0 ? 0 : line;
            startColumn = text.length == 0 ? 0 : position - lineStart + 1;
        } while (skipComment());
        if (position == text.length) {
            return Kind.END;
        }
        int c = text[position];
        if (isLetter(c)) {
            while (isLetter(peek()) || Character.isDigit(peek())) {
                position++;
            }
            return Kind.IDENTIFIER;
        }
        if (isDecimal(c) || (c == '.' && isDecimal(peek(1)))) {
            position = new NumberScanner(this, position).scan();
            return Kind.NUMBER;
        }
        return switch (c) {
            case '"' -> {
                string = new StringScanner(this, text, position).quoted();
                yield Kind.STRING;
            }
            case '`' -> {
                string = new StringScanner(this, text, position).raw();
                yield Kind.STRING;
            }
            case '\'' -> {
                new StringScanner(this, text, position).character();
                yield Kind.CHARACTER;
            }
            default -> {
                checkCharacter(c);
                position++;
                yield Kind.OTHER;
            }
        };
    }

    private void checkCharacter(int c) {
        if (c == 0) {
            throw error("invalid character NUL");
        }
        if (ByteText.isRawByte(c)) {
            throw error("invalid UTF-8 encoding");
        }
    }

    private void skipBlanks() {
        while (position < text.length && isBlank(text[position])) {
            advance();
        }
    }

    /** Moves over one character and counts lines. */
    private void advance() {
        if (text[position++] == '\n') {
            line++;
            lineStart = position;
        }
    }

    private boolean skipComment() {
        int c = peek();
        if (c == '#' || (c == '/' && peek(1) == '/')) {
            while (position < text.length && text[position] != '\n') {
                position++;
            }
            return true;
        }
        if (c == '/' && peek(1) == '*') {
            position += 2;
            while (peek() != '*' || peek(1) != '/') {
                if (position == text.length) {
                    throw error("comment not terminated");
                }
                advance();
            }
            position += 2;
            return true;
        }
        return false;
    }

    /** The character at the position, -1 at the end. */
    int peek() {
        return peek(0);
    }

    int peek(int ahead) {
        return position + ahead < text.length ? text[position + ahead] : -1;
    }

    /** Moves over characters that look-ahead has recognised; they belong to the token then. */
    void accept(int characters) {
        int end = position + characters;
        while (position < end) {
            advance();
        }
    }

    /** Used by the scanners of literals. */
    int at(int index) {
        return index < text.length ? text[index] : -1;
    }

    void moveTo(int index) {
        accept(index - position);
    }

    boolean atStartOrAfterBlank(int index) {
        return index > 0 && isBlank(text[index - 1]);
    }

    /** The token's characters. */
    String tokenText() {
        return text(start, position);
    }

    String text(int from, int to) {
        return new String(text, from, to - from);
    }

    int start() {
        return start;
    }

    int position() {
        return position;
    }

    /** Decoded value of a string. */
    String stringValue() {
        String s = string;
        if (s == null) {
            throw new IllegalStateException("the token is no string");
        }
        return s;
    }

    int startLine() {
        return startLine;
    }

    int startColumn() {
        return startColumn;
    }

    ParseException error(String message) {
        return new ParseException(message, startLine, startColumn);
    }

    static boolean isBlank(int c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }

    static boolean isDecimal(int c) {
        return c >= '0' && c <= '9';
    }

    static boolean isLetter(int c) {
        return c == '_' || (c >= 0 && Character.isLetter(c));
    }

    /** Length of a query in bytes. */
    static int byteLength(String query) {
        return query.getBytes(StandardCharsets.UTF_8).length;
    }
}
