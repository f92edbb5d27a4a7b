package io.narfi.logql.template;

import io.narfi.logql.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Cuts a template into tokens. A lexical error is the last token. */
final class TemplateLexer {
    private static final Map<String, Kind> KEYWORDS = Map.ofEntries(
            Map.entry(".", Kind.DOT),
            Map.entry("block", Kind.BLOCK),
            Map.entry("break", Kind.BREAK),
            Map.entry("continue", Kind.CONTINUE),
            Map.entry("define", Kind.DEFINE),
            Map.entry("else", Kind.ELSE),
            Map.entry("end", Kind.END),
            Map.entry("if", Kind.IF),
            Map.entry("range", Kind.RANGE),
            Map.entry("nil", Kind.NIL),
            Map.entry("template", Kind.TEMPLATE),
            Map.entry("with", Kind.WITH));
    private static final int EOF = -1;

    private final String input;
    private final List<Token> tokens = new ArrayList<>();
    private int start;
    private int at;
    private int line = 1;
    private int startLine = 1;
    private int parens;

    private TemplateLexer(String input) {
        this.input = input;
    }

    static List<Token> tokens(String input) {
        TemplateLexer l = new TemplateLexer(input);
        l.text();
        return l.tokens;
    }

    private void emit(Kind kind) {
        tokens.add(new Token(kind, start, input.substring(start, at), startLine));
        for (int i = start; i < at; i++) {
            line += input.charAt(i) == '\n' ? 1 : 0;
        }
        ignore();
    }

    private void ignore() {
        start = at;
        startLine = line;
    }

    private boolean error(String message) {
        tokens.add(new Token(Kind.ERROR, start, message, startLine));
        return false;
    }

    private int peek() {
        return at < input.length() ? input.charAt(at) : EOF;
    }

    private boolean accept(String valid) {
        if (at < input.length() && valid.indexOf(input.charAt(at)) >= 0) {
            at++;
            return true;
        }
        return false;
    }

    private void acceptRun(String valid) {
        while (accept(valid)) {
            // goes on
        }
    }

    private static boolean isSpace(int c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    private static boolean isAlphanumeric(int c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
    }

    private void text() {
        while (true) {
            int open = input.indexOf("{{", at);
            if (open < 0) {
                at = input.length();
                if (at > start) {
                    emit(Kind.TEXT);
                }
                emit(Kind.EOF);
                return;
            }
            boolean trim = open + 3 < input.length() && input.charAt(open + 2) == '-' && isSpace(input.charAt(open + 3));
            int end = open;
            while (trim && end > start && isSpace(input.charAt(end - 1))) {
                end--;
            }
            at = end;
            if (at > start) {
                emit(Kind.TEXT);
            }
            countLines(at, open);
            at = open;
            ignore();
            if (!action(trim)) {
                return;
            }
        }
    }

    private void countLines(int from, int to) {
        for (int i = from; i < to; i++) {
            line += input.charAt(i) == '\n' ? 1 : 0;
        }
    }

    /** From the left delimiter through the right one; false if the text ends with an error. */
    private boolean action(boolean trim) {
        int content = at + 2 + (trim ? 2 : 0);
        if (input.startsWith("/*", content)) {
            return comment(content);
        }
        at += 2;
        emit(Kind.LEFT_DELIMITER);
        at = content;
        ignore();
        parens = 0;
        while (true) {
            int close = rightDelimiter();
            if (close > 0) {
                if (parens > 0) {
                    return error("unclosed left paren");
                }
                at += close == 4 ? 2 : 0;
                ignore();
                at += 2;
                emit(Kind.RIGHT_DELIMITER);
                trimAfter(close == 4);
                return true;
            }
            if (!inside()) {
                return false;
            }
        }
    }

    private void trimAfter(boolean trim) {
        int from = at;
        while (trim && at < input.length() && isSpace(input.charAt(at))) {
            at++;
        }
        countLines(from, at);
        ignore();
    }

    /** Width of the right delimiter here, with its trim marker 4; 0 if there is none. */
    private int rightDelimiter() {
        if (at + 1 < input.length() && isSpace(input.charAt(at)) && input.startsWith("-}}", at + 1)) {
            return 4;
        }
        return input.startsWith("}}", at) ? 2 : 0;
    }

    private boolean comment(int content) {
        int end = input.indexOf("*/", content);
        if (end < 0) {
            return error("unclosed comment");
        }
        countLines(at, end + 2);
        at = end + 2;
        int close = rightDelimiter();
        if (close == 0) {
            return error("comment ends before closing delimiter");
        }
        at += close;
        ignore();
        trimAfter(close == 4);
        return true;
    }

    private boolean inside() {
        int c = peek();
        switch (c) {
            case EOF -> {
                return error("unclosed action");
            }
            case ' ', '\t', '\r', '\n' -> {
                while (isSpace(peek()) && rightDelimiter() != 4) {
                    at++;
                }
                emit(Kind.SPACE);
            }
            case '=' -> one(Kind.ASSIGN);
            case ':' -> {
                at++;
                if (peek() != '=') {
                    return error("expected :=");
                }
                one(Kind.DECLARE);
            }
            case '|' -> one(Kind.PIPE);
            case '"' -> {
                return quoted('"', Kind.STRING, "unterminated quoted string");
            }
            case '\'' -> {
                return quoted('\'', Kind.CHAR_CONSTANT, "unterminated character constant");
            }
            case '`' -> {
                int end = input.indexOf('`', at + 1);
                if (end < 0) {
                    return error("unterminated raw quoted string");
                }
                at = end + 1;
                emit(Kind.RAW_STRING);
            }
            case '$' -> {
                at++;
                return fieldOrVariable(Kind.VARIABLE);
            }
            case '.' -> {
                int next = at + 1 < input.length() ? input.charAt(at + 1) : EOF;
                if (next >= '0' && next <= '9') {
                    return number();
                }
                at++;
                return fieldOrVariable(Kind.FIELD);
            }
            case '(' -> {
                parens++;
                one(Kind.LEFT_PAREN);
            }
            case ')' -> {
                if (--parens < 0) {
                    return error("unexpected right paren");
                }
                one(Kind.RIGHT_PAREN);
            }
            default -> {
                if (c == '+' || c == '-' || (c >= '0' && c <= '9')) {
                    return number();
                }
                if (isAlphanumeric(c)) {
                    return identifier();
                }
                if (c < ' ' || c > '~') {
                    return error("unrecognized character in action: " + GoFormat.unicode(c));
                }
                one(Kind.CHAR);
            }
        }
        return true;
    }

    private void one(Kind kind) {
        at++;
        emit(kind);
    }

    private boolean quoted(char quote, Kind kind, String unterminated) {
        at++;
        while (true) {
            int c = peek();
            at++;
            if (c == '\\' && peek() != EOF && peek() != '\n') {
                at++;
            } else if (c == EOF || c == '\n' || c == '\\') {
                return error(unterminated);
            } else if (c == quote) {
                emit(kind);
                return true;
            }
        }
    }

    private boolean atTerminator() {
        int c = peek();
        return c == EOF || isSpace(c) || c == '.' || c == ',' || c == '|' || c == ':' || c == ')' || c == '(' || input.startsWith("}}", at);
    }

    private boolean fieldOrVariable(Kind kind) {
        if (atTerminator()) {
            emit(kind == Kind.VARIABLE ? Kind.VARIABLE : Kind.DOT);
            return true;
        }
        while (isAlphanumeric(peek())) {
            at++;
        }
        if (!atTerminator()) {
            return error("bad character " + GoFormat.unicode(peek()));
        }
        emit(kind);
        return true;
    }

    private boolean identifier() {
        while (isAlphanumeric(peek())) {
            at++;
        }
        if (!atTerminator()) {
            return error("bad character " + GoFormat.unicode(peek()));
        }
        String word = input.substring(start, at);
        emit(word.equals("true") || word.equals("false") ? Kind.BOOL : KEYWORDS.getOrDefault(word, Kind.IDENTIFIER));
        return true;
    }

    private boolean number() {
        accept("+-");
        String digits = "0123456789_";
        boolean hex = false;
        if (accept("0")) {
            if (accept("xX")) {
                digits = "0123456789abcdefABCDEF_";
                hex = true;
            } else if (accept("oO")) {
                digits = "01234567_";
            } else if (accept("bB")) {
                digits = "01_";
            }
        }
        acceptRun(digits);
        if (accept(".")) {
            acceptRun(digits);
        }
        if (hex ? accept("pP") : digits.length() == 11 && accept("eE")) {
            accept("+-");
            acceptRun("0123456789_");
        }
        accept("i");
        if (isAlphanumeric(peek())) {
            at++;
            return error("bad number syntax: " + GoFormat.quote(input.substring(start, at)));
        }
        emit(Kind.NUMBER);
        return true;
    }
}
