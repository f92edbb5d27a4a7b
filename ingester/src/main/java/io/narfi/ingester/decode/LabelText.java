package io.narfi.ingester.decode;

import io.narfi.common.ApiException;
import io.narfi.common.GoText;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.ingester.decode.LabelLexer.Kind;
import io.narfi.ingester.decode.LabelLexer.Token;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The text form of a stream's labels, {@code {a="b", c="d"}}, read as Prometheus reads a metric (contract/http-api.md §3.5): quoted names,
 * a name before the braces and a comma before the closing brace are allowed. Also the text of a selector, for limits that name streams.
 */
public final class LabelText {
    private static final String NAME_LABEL = "__name__";
    private static final String IN_SET = "label set";
    private static final String COMMA_OR_END = "\",\" or \"}\"";

    private LabelText() {}

    /** One label. */
    public record Pair(String name, String value) {}

    /**
     * The labels sorted by name, those with an empty value left out; a name may stand twice.
     *
     * @throws ApiException 400 with Prometheus's text and position
     */
    public static List<Pair> parse(String text) {
        LabelLexer lexer = new LabelLexer(text);
        List<Pair> pairs = new ArrayList<>();
        Token token = lexer.next();
        if (token.kind() == Kind.IDENTIFIER || token.kind() == Kind.METRIC_IDENTIFIER) {
            pairs.add(new Pair(NAME_LABEL, token.text()));
            token = lexer.next();
        }
        if (token.kind() == Kind.LEFT_BRACE) {
            set(lexer, pairs);
            token = lexer.next();
        }
        if (token.kind() != Kind.END) {
            throw lexer.unexpected(token, "", "");
        }
        pairs.removeIf(p -> p.value().isEmpty());
        pairs.sort(Comparator.comparing(Pair::name));
        return pairs;
    }

    private static void set(LabelLexer lexer, List<Pair> pairs) {
        while (true) {
            Token name = lexer.next();
            switch (name.kind()) {
                case RIGHT_BRACE -> {
                    return;
                }
                case IDENTIFIER, STRING -> {}
                case END, METRIC_IDENTIFIER, LEFT_BRACE, COMMA, EQUAL, OPERATOR ->
                    throw lexer.unexpected(name, IN_SET, "identifier or \"}\"");
            }
            Token equal = lexer.next();
            Token after;
            if (equal.kind() == Kind.EQUAL) {
                Token value = lexer.next();
                if (value.kind() != Kind.STRING) {
                    throw lexer.unexpected(value, IN_SET, "string");
                }
                pairs.add(new Pair(name.kind() == Kind.STRING ? name.value() : name.text(), value.value()));
                after = lexer.next();
            } else if (name.kind() == Kind.STRING) {
                pairs.add(new Pair(NAME_LABEL, name.value()));
                after = equal;
            } else {
                throw lexer.unexpected(equal, IN_SET, "\"=\"");
            }
            if (after.kind() == Kind.RIGHT_BRACE) {
                return;
            }
            if (after.kind() != Kind.COMMA) {
                throw lexer.unexpected(after, IN_SET, COMMA_OR_END);
            }
        }
    }

    /**
     * The matchers of a selector, {@code {a="b", c=~"d.+"}}.
     *
     * @throws ApiException 400 with Prometheus's text and position
     * @throws com.google.re2j.PatternSyntaxException if a regular expression is broken
     */
    public static List<LabelMatcher> parseSelector(String text) {
        LabelLexer lexer = new LabelLexer(text);
        Token token = lexer.next();
        if (token.kind() != Kind.LEFT_BRACE) {
            throw lexer.unexpected(token, "", "\"{\"");
        }
        List<LabelMatcher> matchers = new ArrayList<>();
        token = lexer.next();
        while (token.kind() != Kind.RIGHT_BRACE) {
            if (token.kind() != Kind.IDENTIFIER) {
                throw lexer.unexpected(token, "label matching", "identifier or \"}\"");
            }
            Token op = lexer.next();
            Token value = lexer.next();
            if ((op.kind() != Kind.EQUAL && op.kind() != Kind.OPERATOR) || value.kind() != Kind.STRING) {
                throw lexer.unexpected(op.kind() == Kind.EQUAL || op.kind() == Kind.OPERATOR ? value : op, "label matching", "");
            }
            matchers.add(new LabelMatcher(token.text(), op(op.text()), value.value()));
            token = lexer.next();
            if (token.kind() == Kind.COMMA) {
                token = lexer.next();
            } else if (token.kind() != Kind.RIGHT_BRACE) {
                throw lexer.unexpected(token, "label matching", COMMA_OR_END);
            }
        }
        return matchers;
    }

    private static LabelMatcher.Op op(String text) {
        return switch (text) {
            case "=" -> LabelMatcher.Op.EQUAL;
            case "!=" -> LabelMatcher.Op.NOT_EQUAL;
            case "=~" -> LabelMatcher.Op.REGEX;
            default -> LabelMatcher.Op.NOT_REGEX;
        };
    }

    /** The form of all messages, {@code {a="b", c="d"}}; unlike {@link Labels} it may have a name twice. */
    public static String render(List<Pair> pairs) {
        StringBuilder out = new StringBuilder(32 * pairs.size() + 2).append('{');
        for (Pair p : pairs) {
            if (out.length() > 1) {
                out.append(", ");
            }
            // Labels knows which names need quotes.
            String one = Labels.of(p.name(), "").toString();
            GoText.appendQuoted(out.append(one, 1, one.length() - 3), p.value());
        }
        return out.append('}').toString();
    }
}
