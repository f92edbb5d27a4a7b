package io.narfi.logql.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code fromJson}: strict JSON to maps, lists, strings, floats, booleans and null. */
final class GoJson {
    /** Bounds the recursion. */
    static final int MAX_DEPTH = 200;

    /** The text is no JSON. */
    private static final class BadJsonException extends Exception {
        private static final long serialVersionUID = 1L;

        BadJsonException() {
            super(null, null, false, false);
        }
    }

    private final String s;
    private int at;

    private GoJson(String s) {
        this.s = s;
    }

    /** The value, null for JSON's null and for what is no JSON. */
    static @Nullable Object parse(String text) {
        GoJson p = new GoJson(text);
        try {
            Object value = p.value(0);
            p.blanks();
            return p.at == text.length() ? value : null;
        } catch (BadJsonException e) {
            return null;
        }
    }

    private void blanks() {
        while (at < s.length() && " \t\r\n".indexOf(s.charAt(at)) >= 0) {
            at++;
        }
    }

    private char next() throws BadJsonException {
        blanks();
        if (at == s.length()) {
            throw new BadJsonException();
        }
        return s.charAt(at);
    }

    private boolean take(char c) throws BadJsonException {
        if (next() != c) {
            return false;
        }
        at++;
        return true;
    }

    private @Nullable Object value(int depth) throws BadJsonException {
        if (depth > MAX_DEPTH) {
            throw new BadJsonException();
        }
        return switch (next()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private @Nullable Object word(String word, @Nullable Object value) throws BadJsonException {
        if (!s.startsWith(word, at)) {
            throw new BadJsonException();
        }
        at += word.length();
        return value;
    }

    private Map<String, @Nullable Object> object(int depth) throws BadJsonException {
        Map<String, @Nullable Object> out = new TreeMap<>();
        at++;
        if (take('}')) {
            return out;
        }
        do {
            if (next() != '"') {
                throw new BadJsonException();
            }
            String key = string();
            if (!take(':')) {
                throw new BadJsonException();
            }
            out.put(key, value(depth + 1));
        } while (take(','));
        if (!take('}')) {
            throw new BadJsonException();
        }
        return out;
    }

    private List<@Nullable Object> array(int depth) throws BadJsonException {
        List<@Nullable Object> out = new ArrayList<>();
        at++;
        if (take(']')) {
            return out;
        }
        do {
            out.add(value(depth + 1));
        } while (take(','));
        if (!take(']')) {
            throw new BadJsonException();
        }
        return out;
    }

    private String string() throws BadJsonException {
        StringBuilder out = new StringBuilder();
        at++;
        while (true) {
            if (at == s.length()) {
                throw new BadJsonException();
            }
            char c = s.charAt(at++);
            if (c == '"') {
                return out.toString();
            }
            if (c < ' ') {
                throw new BadJsonException();
            }
            if (c != '\\') {
                out.append(c);
                continue;
            }
            escape(out);
        }
    }

    private void escape(StringBuilder out) throws BadJsonException {
        char kind = at < s.length() ? s.charAt(at++) : 0;
        switch (kind) {
            case '"', '\\', '/' -> out.append(kind);
            case 'b' -> out.append('\b');
            case 'f' -> out.append('\f');
            case 'n' -> out.append('\n');
            case 'r' -> out.append('\r');
            case 't' -> out.append('\t');
            case 'u' -> {
                int rune = hex();
                if (Character.isHighSurrogate((char) rune) && s.startsWith("\\u", at)) {
                    int mark = at;
                    at += 2;
                    int low = hex();
                    if (Character.isLowSurrogate((char) low)) {
                        rune = Character.toCodePoint((char) rune, (char) low);
                    } else {
                        at = mark;
                    }
                }
                out.append(GoStrings.ofRune(rune >= 0xd800 && rune < 0xe000 ? 0xfffd : rune));
            }
            default -> throw new BadJsonException();
        }
    }

    private int hex() throws BadJsonException {
        Long code = at + 4 <= s.length() && s.charAt(at) != '+' && s.charAt(at) != '-' ? Numbers.parseInt(s.substring(at, at + 4), 16) : null;
        if (code == null) {
            throw new BadJsonException();
        }
        at += 4;
        return (int) (long) code;
    }

    private Double number() throws BadJsonException {
        int start = at;
        at += s.charAt(at) == '-' ? 1 : 0;
        int digits = digits();
        if (digits == 0 || (digits > 1 && s.charAt(at - digits) == '0')) {
            throw new BadJsonException();
        }
        if (at < s.length() && s.charAt(at) == '.') {
            at++;
            if (digits() == 0) {
                throw new BadJsonException();
            }
        }
        if (at < s.length() && (s.charAt(at) == 'e' || s.charAt(at) == 'E')) {
            at++;
            at += at < s.length() && (s.charAt(at) == '+' || s.charAt(at) == '-') ? 1 : 0;
            if (digits() == 0) {
                throw new BadJsonException();
            }
        }
        double d = Double.parseDouble(s.substring(start, at));
        if (Double.isInfinite(d)) {
            throw new BadJsonException();
        }
        return d;
    }

    private int digits() {
        int start = at;
        while (at < s.length() && s.charAt(at) >= '0' && s.charAt(at) <= '9') {
            at++;
        }
        return at - start;
    }
}
