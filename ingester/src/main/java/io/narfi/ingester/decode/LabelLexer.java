package io.narfi.ingester.decode;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.GoText;
import java.nio.charset.StandardCharsets;

/**
 * Splits the text of labels or of a selector into Prometheus's tokens, with Prometheus's error texts and positions
 * ({@code line:column}, both from 1, columns in bytes).
 */
final class LabelLexer {
    /** What a token is; {@code OPERATOR} is any matcher but {@code =}. */
    enum Kind {
        END,
        IDENTIFIER,
        METRIC_IDENTIFIER,
        STRING,
        LEFT_BRACE,
        RIGHT_BRACE,
        COMMA,
        EQUAL,
        OPERATOR
    }

    /** A token: where it starts, its text, and the value of a string. */
    record Token(Kind kind, int start, String text, String value) {
        /** How Prometheus names it in {@code unexpected …}. */
        String describe() {
            return switch (kind) {
                case END -> "end of input";
                case IDENTIFIER -> "identifier " + GoText.quote(text);
                case METRIC_IDENTIFIER -> "metric identifier " + GoText.quote(text);
                case STRING -> "string " + shortened(text);
                case LEFT_BRACE, RIGHT_BRACE, COMMA, EQUAL -> GoText.quote(text);
                case OPERATOR -> "<op:" + text + ">";
            };
        }

        private static String shortened(String text) {
            if (text.getBytes(StandardCharsets.UTF_8).length <= 10) {
                return GoText.quote(text);
            }
            int end = text.offsetByCodePoints(0, Math.min(10, text.codePointCount(0, text.length())));
            return GoText.quote(text.substring(0, end)) + "...";
        }
    }

    private final String text;
    private int pos;
    private boolean inBraces;

    LabelLexer(String text) {
        this.text = requireNonNull(text, "text is null");
    }

    Token next() {
        while (true) {
            skipBlanksAndComments();
            int start = pos;
            if (pos == text.length()) {
                if (inBraces) {
                    throw error(start, "unexpected end of input inside braces");
                }
                return new Token(Kind.END, start, "", "");
            }
            int c = text.codePointAt(pos);
            if (isAlpha(c)) {
                return identifier(start);
            }
            return switch (c) {
                case '"', '\'' -> quoted(start, (char) c);
                case '`' -> raw(start);
                default -> inBraces ? insideBraces(start, c) : outsideBraces(start, c);
            };
        }
    }

    private void skipBlanksAndComments() {
        while (pos < text.length()) {
            char c = text.charAt(pos);
            if (c == '#') {
                int newline = text.indexOf('\n', pos);
                pos = newline < 0 ? text.length() : newline;
            } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
                pos++;
            } else {
                return;
            }
        }
    }

    private Token identifier(int start) {
        boolean colon = false;
        while (pos < text.length()) {
            char c = text.charAt(pos);
            if (c == ':' && !inBraces) {
                colon = true;
            } else if (!isAlpha(c) && !(c >= '0' && c <= '9')) {
                break;
            }
            pos++;
        }
        return token(colon ? Kind.METRIC_IDENTIFIER : Kind.IDENTIFIER, start);
    }

    private Token insideBraces(int start, int c) {
        pos++;
        return switch (c) {
            case ',' -> token(Kind.COMMA, start);
            case '}' -> {
                inBraces = false;
                yield token(Kind.RIGHT_BRACE, start);
            }
            case '{' -> throw error(start, "unexpected left brace '{'");
            case '=' -> {
                boolean regex = pos < text.length() && text.charAt(pos) == '~';
                pos += regex ? 1 : 0;
                yield token(regex ? Kind.OPERATOR : Kind.EQUAL, start);
            }
            case '!' -> {
                int after = pos < text.length() ? text.codePointAt(pos) : -1;
                if (after != '=' && after != '~') {
                    throw error(start, "unexpected character after '!' inside braces: " + rune(after));
                }
                pos++;
                yield token(Kind.OPERATOR, start);
            }
            default -> throw error(start, "unexpected character inside braces: " + rune(c));
        };
    }

    private Token outsideBraces(int start, int c) {
        if (c == '{') {
            pos++;
            inBraces = true;
            return token(Kind.LEFT_BRACE, start);
        }
        if (c == '}') {
            throw error(start, "unexpected right brace '}'");
        }
        throw error(start, "unexpected character: " + rune(c));
    }

    private Token raw(int start) {
        int close = text.indexOf('`', start + 1);
        if (close < 0) {
            throw error(start, "unterminated raw string");
        }
        pos = close + 1;
        return new Token(Kind.STRING, start, text.substring(start, pos), text.substring(start + 1, close));
    }

    private Token quoted(int start, char quote) {
        StringBuilder value = new StringBuilder();
        pos = start + 1;
        while (pos < text.length()) {
            char c = text.charAt(pos);
            if (c == quote) {
                pos++;
                return new Token(Kind.STRING, start, text.substring(start, pos), value.toString());
            }
            if (c == '\n') {
                break;
            }
            pos++;
            if (c == '\\') {
                escape(start, quote, value);
            } else {
                value.append(c);
            }
        }
        throw error(start, "unterminated quoted string");
    }

    private void escape(int start, char quote, StringBuilder value) {
        if (pos == text.length()) {
            throw error(start, "escape sequence not terminated");
        }
        int c = text.codePointAt(pos);
        if (c == quote) {
            pos++;
            value.append(quote);
            return;
        }
        int at = "abfnrtv\\".indexOf(c);
        if (at >= 0) {
            pos++;
            value.append("\u0007\b\f\n\r\t\u000b\\".charAt(at));
            return;
        }
        int digits;
        int base = 16;
        if (c >= '0' && c <= '7') {
            digits = 3;
            base = 8;
        } else {
            digits = switch (c) {
                case 'x' -> 2;
                case 'u' -> 4;
                case 'U' -> 8;
                default -> throw error(start, "unknown escape sequence " + unicode(c));
            };
            pos++;
        }
        long point = 0;
        for (int i = 0; i < digits; i++) {
            int d = pos < text.length() ? text.codePointAt(pos) : -1;
            int digit = d < 0 || d > 0x7f ? -1 : Character.digit(d, base);
            if (digit < 0) {
                throw error(
                        start,
                        d < 0 ? "escape sequence not terminated" : "illegal character " + unicode(d) + " in escape sequence");
            }
            point = point * base + digit;
            pos++;
        }
        boolean oneByte = base == 8 || c == 'x';
        if (point > (oneByte ? 255 : Character.MAX_CODE_POINT) || (point >= 0xd800 && point < 0xe000)) {
            throw error(start, "escape sequence is an invalid Unicode code point");
        }
        // A byte above 127 on its own is no text here; it stands as the replacement character, as any invalid UTF-8 does.
        value.appendCodePoint(oneByte && point > 127 ? 0xfffd : (int) point);
    }

    private Token token(Kind kind, int start) {
        return new Token(kind, start, text.substring(start, pos), "");
    }

    /** Prometheus's text for a token that the grammar does not allow here. */
    ApiException unexpected(Token token, String context, String expected) {
        return error(
                token.start(),
                "unexpected " + token.describe() + (context.isEmpty() ? "" : " in " + context)
                        + (expected.isEmpty() ? "" : ", expected " + expected));
    }

    ApiException error(int at, String what) {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < at; i++) {
            if (text.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        int column = text.substring(lineStart, at).getBytes(StandardCharsets.UTF_8).length + 1;
        return ApiException.badRequest(line + ":" + column + ": parse error: " + what);
    }

    private static boolean isAlpha(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }

    /** Go's {@code %q} of a rune; the end of the input is the rune -1, which is no character. */
    private static String rune(int c) {
        if (c < 0) {
            return "'\ufffd'";
        }
        if (c == '\'') {
            return "'\\''";
        }
        if (c == '"') {
            return "'\"'";
        }
        String quoted = GoText.quote(Character.toString(c));
        return "'" + quoted.substring(1, quoted.length() - 1) + "'";
    }

    /** Go's {@code %#U}. */
    private static String unicode(int c) {
        return String.format("U+%04X '%s'", c, Character.toString(c));
    }
}
