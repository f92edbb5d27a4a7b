package io.narfi.logql.regex;

import static java.util.Objects.requireNonNull;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.narfi.common.RegularExpressions;
import io.narfi.logql.Bound;
import io.narfi.logql.ByteText;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A compiled regular expression. Safe from any thread. */
public final class Regex {
    /** As in Go: parentheses nested deeper are refused. */
    private static final int MAX_NESTING = 1000;

    private final String expression;
    private final Pattern judge;
    private final @Nullable RegexNode tree;
    private final @Nullable Program program;
    private final @Nullable LazyDfa dfa;
    private final @Nullable RequiredLiterals required;
    private final @Nullable String[] groupNames;

    private Regex(String expression, Pattern judge) {
        this.expression = expression;
        this.judge = judge;
        RegexNode parsed = null;
        Program compiled = null;
        try {
            parsed = RegexParser.parse(expression);
            compiled = Program.compile(parsed);
        } catch (RegexParser.UnsupportedException left) {
            // RE2/J runs it: slower, but in linear time as well
            Bound.REGEX_FALLBACK.hit();
            compiled = null;
        }
        tree = parsed;
        program = compiled;
        dfa = compiled == null ? null : new LazyDfa(compiled);
        required = parsed == null ? null : RequiredLiterals.of(parsed);
        groupNames = new String[judge.groupCount() + 1];
        for (Map.Entry<String, Integer> e : judge.namedGroups().entrySet()) {
            groupNames[e.getValue()] = e.getKey();
        }
        if (parsed != null) {
            GroupNames.collect(parsed, groupNames);
        }
    }

    /** @throws RegexSyntaxException with Go's text if the expression is none */
    public static Regex compile(String expression) {
        requireNonNull(expression, "expression is null");
        if (ByteText.hasRawByte(expression)) {
            throw new RegexSyntaxException("invalid UTF-8", expression);
        }
        if (nesting(expression) > MAX_NESTING) {
            throw new RegexSyntaxException("expression nests too deeply", expression);
        }
        try {
            return new Regex(expression, RegularExpressions.compile(expression));
        } catch (PatternSyntaxException e) {
            if (e.getDescription().equals("duplicate capture group name")) {
                // Go takes them; the groups keep their numbers
                return compileUnnamed(expression);
            }
            if (e.getPattern().equals("stack underflow")) {
                throw new RegexSyntaxException("unexpected )", expression);
            }
            throw new RegexSyntaxException(requireNonNull(e.getMessage()));
        }
    }

    private static Regex compileUnnamed(String expression) {
        String unnamed = expression.replaceAll("\\(\\?P?<\\w+>", "(");
        try {
            return new Regex(expression, RegularExpressions.compile(unnamed));
        } catch (PatternSyntaxException e) {
            String fragment = unnamed.equals(e.getPattern()) ? expression : e.getPattern();
            throw new RegexSyntaxException(e.getDescription(), fragment);
        }
    }

    private static int nesting(String expression) {
        int depth = 0;
        int deepest = 0;
        for (int i = 0; i < expression.length(); i++) {
            switch (expression.charAt(i)) {
                case '\\' -> i++;
                case '(' -> deepest = Math.max(deepest, ++depth);
                case ')' -> depth--;
                default -> {
                    // no parenthesis
                }
            }
        }
        return deepest;
    }

    public String expression() {
        return expression;
    }

    /** The tree, or null if only RE2/J can run the expression. */
    public @Nullable RegexNode tree() {
        return tree;
    }

    /** Texts of which every match holds at least one, or null if there are none that help. */
    public @Nullable RequiredLiterals required() {
        return required;
    }

    /** Names of the groups by number, null for those without; number 0 is the whole match. */
    public @Nullable String[] groupNames() {
        return groupNames.clone();
    }

    /** Whether the expression matches somewhere in the bytes {@code [from, to)}. */
    public boolean find(byte[] text, int from, int to) {
        LazyDfa d = dfa;
        return d != null ? d.find(text, from, to) : judgeFinds(text, from, to);
    }

    private boolean judgeFinds(byte[] text, int from, int to) {
        return RegularExpressions.find(judge.matcher(Utf8.toText(text, from, to)), 0);
    }

    /** A matcher that also tells where groups lie; for one thread. */
    public GroupMatcher matcher() {
        Program p = program;
        return new GroupMatcher(judge, p == null ? null : new Backtracker(p), this);
    }
}
