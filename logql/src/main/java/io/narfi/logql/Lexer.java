package io.narfi.logql;

import io.narfi.common.Durations;
import io.narfi.logql.lr.ParseTable;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a query with Loki's rules (logql.md §1): which words are reserved where, durations, sizes, ranges, flags, and for each
 * token whether its line is known.
 *
 * <p>Values of tokens: IDENTIFIER, NUMBER and FUNCTION_FLAG their text, STRING the decoded text, DURATION and RANGE nanoseconds, BYTES
 * a number of bytes.
 */
final class Lexer implements ParseTable.Tokens {
    private static final Token[] TOKENS = Token.values();
    private static final List<String> FLAGS = List.of("--strict", "--keep-empty");
    private static final String DURATION_CHARACTERS = ".nu\u00b5mshdwy";
    private static final String BYTES_CHARACTERS = ".BikKMGTP";

    private final Scanner scanner;
    private @Nullable Object value;
    /** Loki forgets the line of a token that it completed by reading on. */
    private boolean readOn;

    Lexer(String query) {
        scanner = new Scanner(query);
    }

    @Override
    public int next() {
        return nextToken().terminal();
    }

    Token nextToken() {
        value = null;
        readOn = false;
        return switch (scanner.scan()) {
            case END -> Token.END;
            case STRING -> {
                value = scanner.stringValue();
                yield Token.STRING;
            }
            case NUMBER -> number();
            case IDENTIFIER -> word(scanner.tokenText());
            case CHARACTER -> {
                value = scanner.tokenText();
                yield Token.IDENTIFIER;
            }
            case OTHER -> operator(scanner.tokenText());
        };
    }

    @Override
    public @Nullable Object value() {
        return value;
    }

    private Token number() {
        int digits = scanner.position();
        int run = run(0, DURATION_CHARACTERS);
        if (run > 0) {
            Long nanos = Units.duration(scanner.text(scanner.start(), digits + run));
            if (nanos != null) {
                return lookedAhead(Token.DURATION, run, nanos);
            }
        }
        run = run(0, BYTES_CHARACTERS);
        if (run > 0) {
            Long bytes = Units.bytes(scanner.text(scanner.start(), digits + run));
            if (bytes != null) {
                return lookedAhead(Token.BYTES, run, bytes);
            }
        }
        value = scanner.tokenText();
        return Token.NUMBER;
    }

    /** Number of characters from the position on that are numbers or one of some others. */
    private int run(int from, String others) {
        int n = from;
        while (scanner.peek(n) >= 0 && (isNumber(scanner.peek(n)) || others.indexOf(scanner.peek(n)) >= 0)) {
            n++;
        }
        return n - from;
    }

    private static boolean isNumber(int c) {
        int type = Character.getType(c);
        return type == Character.DECIMAL_DIGIT_NUMBER || type == Character.LETTER_NUMBER || type == Character.OTHER_NUMBER;
    }

    private Token lookedAhead(Token token, int characters, @Nullable Object tokenValue) {
        scanner.accept(characters);
        readOn = true;
        value = tokenValue;
        return token;
    }

    private Token word(String text) {
        Token function = Token.function(text);
        if (function != null && isCalled()) {
            return function;
        }
        Token word = Token.word(text);
        if (word != null) {
            return word;
        }
        value = text;
        return Token.IDENTIFIER;
    }

    /** Whether a parenthesis follows, or a grouping and then a parenthesis; comments are not skipped. */
    private boolean isCalled() {
        int n = skipWhite(0);
        if (scanner.peek(n) == '(') {
            return true;
        }
        int start = n;
        while (Character.isLetter(Math.max(scanner.peek(n), 0))) {
            n++;
        }
        String word = scanner.text(scanner.position() + start, scanner.position() + n);
        return (word.equalsIgnoreCase("by") || word.equalsIgnoreCase("without")) && scanner.peek(skipWhite(n)) == '(';
    }

    private int skipWhite(int from) {
        int n = from;
        while (isUnicodeWhite(scanner.peek(n))) {
            n++;
        }
        return n;
    }

    private static boolean isUnicodeWhite(int c) {
        return c >= 0 && (Character.isSpaceChar(c) || (c >= '\t' && c <= '\r') || c == 0x85);
    }

    private Token operator(String text) {
        if (text.equals("[")) {
            return range();
        }
        if (text.equals("-")) {
            Token flagOrDuration = afterMinus();
            if (flagOrDuration != null) {
                return flagOrDuration;
            }
        }
        int next = scanner.peek();
        Token two = next < 0 ? null : Token.operator(text + Character.toString(next));
        if (two != null) {
            return lookedAhead(two, 1, null);
        }
        Token one = Token.operator(text);
        if (one != null) {
            return one;
        }
        value = text;
        return Token.IDENTIFIER;
    }

    private Token range() {
        int n = 0;
        while (scanner.peek(n) != ']') {
            if (scanner.peek(n) < 0) {
                throw new ParseException("missing closing ']' in duration", 0, scanner.startColumn());
            }
            n++;
        }
        String text = scanner.text(scanner.position(), scanner.position() + n);
        try {
            return lookedAhead(Token.RANGE, n + 1, Durations.parsePrometheus(text));
        } catch (IllegalArgumentException e) {
            throw new ParseException(String.valueOf(e.getMessage()), 0, scanner.startColumn());
        }
    }

    private @Nullable Token afterMinus() {
        int n = 0;
        while (scanner.peek(n) == '-' || (scanner.peek(n) >= 'a' && scanner.peek(n) <= 'z')) {
            n++;
        }
        String flag = scanner.text(scanner.start(), scanner.position() + n);
        if (FLAGS.contains(flag)) {
            return lookedAhead(Token.FUNCTION_FLAG, n, flag);
        }
        int run = run(0, DURATION_CHARACTERS);
        Long nanos = run == 0 ? null : Units.duration(scanner.text(scanner.start(), scanner.position() + run));
        return nanos == null ? null : lookedAhead(Token.DURATION, run, nanos);
    }

    @Override
    public ParseException unexpected(int terminal, List<Integer> expected) {
        String message = "syntax error: unexpected " + TOKENS[terminal].text();
        if (!expected.isEmpty()) {
            message += ", expecting " + expected.stream().map(t -> TOKENS[t].text()).collect(Collectors.joining(" or "));
        }
        return new ParseException(message, readOn ? 0 : scanner.startLine(), scanner.startColumn());
    }

    @Override
    public ParseException tooDeep(int limit) {
        return new ParseException(
                "the query is nested too deeply, more than " + limit + " open expressions", scanner.startLine(), scanner.startColumn());
    }
}
