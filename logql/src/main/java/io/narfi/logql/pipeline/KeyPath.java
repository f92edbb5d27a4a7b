package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The expressions of keyed parsers, with the errors of Loki's small grammars (§3.3, 6.5, 6.7): a path like {@code a.b["c"][0]} into JSON, or
 * the one key of a logfmt extraction.
 */
final class KeyPath {
    /** One step: a field by name, or else an index into an array. */
    record Step(byte @Nullable [] field, int index) {}

    private enum Kind {
        DOT,
        LSB,
        RSB,
        STRING,
        FIELD,
        INDEX,
        END
    }

    private record Token(Kind kind, String text) {}

    private KeyPath() {}

    /** @throws StageException if it is no path */
    static List<Step> json(String expression) {
        List<Token> tokens = jsonTokens(expression);
        List<Step> steps = new ArrayList<>();
        int i = 0;
        Token t = tokens.get(i++);
        if (t.kind() == Kind.FIELD) {
            steps.add(field(t));
            t = tokens.get(i++);
        } else if (t.kind() != Kind.LSB) {
            throw unexpected(expression, t, "LSB or FIELD");
        }
        while (t.kind() != Kind.END) {
            if (t.kind() == Kind.DOT) {
                Token name = tokens.get(i++);
                if (name.kind() != Kind.FIELD) {
                    throw unexpected(expression, name, "FIELD");
                }
                steps.add(field(name));
            } else if (t.kind() == Kind.LSB) {
                Token key = tokens.get(i++);
                if (key.kind() != Kind.STRING && key.kind() != Kind.INDEX) {
                    throw unexpected(expression, key, "STRING or INDEX");
                }
                steps.add(key.kind() == Kind.STRING ? field(key) : new Step(null, Integer.parseInt(key.text())));
                Token close = tokens.get(i++);
                if (close.kind() != Kind.RSB) {
                    throw unexpected(expression, close, "RSB");
                }
            } else {
                throw unexpected(expression, t, null);
            }
            t = tokens.get(i++);
        }
        return steps;
    }

    private static Step field(Token t) {
        return new Step(t.text().getBytes(UTF_8), -1);
    }

    private static StageException unexpected(String expression, Token t, @Nullable String expecting) {
        String name = t.kind() == Kind.END ? "$end" : t.kind().name();
        return error(expression, "syntax error: unexpected " + name + (expecting == null ? "" : ", expecting " + expecting));
    }

    private static StageException error(String expression, String message) {
        return new StageException("cannot parse expression [" + expression + "]: " + message);
    }

    private static List<Token> jsonTokens(String s) {
        List<Token> out = new ArrayList<>();
        int i = 0;
        while (i < s.length()) {
            char c = s.charAt(i);
            if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
                i++;
            } else if (c == '.') {
                out.add(new Token(Kind.DOT, "."));
                i++;
            } else if (c == '[') {
                out.add(new Token(Kind.LSB, "["));
                i++;
            } else if (c == ']') {
                out.add(new Token(Kind.RSB, "]"));
                i++;
            } else if (c == '"') {
                int end = i + 1;
                while (end < s.length() && s.charAt(end) != '"' && s.charAt(end) != ']') {
                    end++;
                }
                out.add(new Token(Kind.STRING, s.substring(i + 1, end)));
                i = end < s.length() && s.charAt(end) == '"' ? end + 1 : end;
            } else if (isDigit(c)) {
                int end = i;
                while (end < s.length() && (isDigit(s.charAt(end)) || s.charAt(end) == '.')) {
                    end++;
                }
                String number = s.substring(i, end);
                if (number.indexOf('.') >= 0) {
                    throw error(s, "cannot use float as array index");
                }
                if (number.length() > 9) {
                    throw error(s, "non-integer value: " + number);
                }
                out.add(new Token(Kind.INDEX, number));
                i = end;
            } else if (isLetter(c)) {
                int end = i;
                while (end < s.length() && LabelNames.isNameCharacter(s.charAt(end))) {
                    end++;
                }
                out.add(new Token(Kind.FIELD, s.substring(i, end)));
                i = end;
            } else {
                // as in Loki: the scanner stops, and the parser complains first if it cannot end here
                return ended(s, out, c);
            }
        }
        out.add(new Token(Kind.END, ""));
        return out;
    }

    private static List<Token> ended(String s, List<Token> tokens, char stray) {
        tokens.add(new Token(Kind.END, ""));
        if (canEnd(tokens)) {
            throw error(s, "unexpected char " + stray);
        }
        return tokens;
    }

    private static boolean canEnd(List<Token> tokens) {
        Kind last = tokens.size() < 2 ? Kind.END : tokens.get(tokens.size() - 2).kind();
        return last == Kind.FIELD || last == Kind.RSB;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(char c) {
        return LabelNames.isNameCharacter(c) && !isDigit(c);
    }

    /**
     * The key of a logfmt extraction, cleaned like the keys of lines.
     *
     * @throws StageException if the expression is not one key
     */
    static String logfmtKey(String s) {
        List<String> keys = new ArrayList<>();
        boolean strings = false;
        int i = 0;
        while (i < s.length()) {
            char c = s.charAt(i);
            if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
                i++;
            } else if (c == '"') {
                int end = i + 1;
                StringBuilder text = new StringBuilder();
                while (end < s.length() && s.charAt(end) != '"') {
                    if (s.charAt(end) == '\\' && end + 1 < s.length()) {
                        end++;
                    }
                    text.append(s.charAt(end++));
                }
                keys.add(text.toString());
                strings = keys.size() > 1 || strings;
                i = end + 1;
            } else if (isLetter(c)) {
                int end = i;
                while (end < s.length() && LabelNames.isNameCharacter(s.charAt(end))) {
                    end++;
                }
                keys.add(s.substring(i, end));
                i = end;
            } else if (keys.isEmpty()) {
                throw error(s, "syntax error: unexpected $end, expecting STRING or KEY");
            } else {
                throw error(s, "unexpected char " + c);
            }
            if (keys.size() > 1) {
                throw error(s, "syntax error: unexpected " + (strings ? "STRING" : "KEY"));
            }
        }
        if (keys.isEmpty()) {
            throw error(s, "syntax error: unexpected $end, expecting STRING or KEY");
        }
        return keys.getFirst();
    }
}
