package io.narfi.common;

import static java.util.Objects.requireNonNull;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A condition on one label of a stream, as Prometheus defines it: regular expressions are anchored, their {@code .} matches a newline,
 * and a missing label counts as the empty value.
 */
public final class LabelMatcher {
    /** How the value is compared. */
    public enum Op {
        EQUAL("="),
        NOT_EQUAL("!="),
        REGEX("=~"),
        NOT_REGEX("!~");

        private final String text;

        Op(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    private final String name;
    private final Op op;
    private final String value;
    private final @Nullable Pattern pattern;

    /** The only values that match, if the expression just lists them. */
    private final @Nullable Set<String> alternatives;

    /** @throws PatternSyntaxException if the value of a regex matcher is no RE2 expression */
    public LabelMatcher(String name, Op op, String value) {
        this.name = requireNonNull(name, "name is null");
        this.op = requireNonNull(op, "op is null");
        this.value = requireNonNull(value, "value is null");
        this.pattern = op == Op.REGEX || op == Op.NOT_REGEX ? RegularExpressions.compile("^(?s:" + value + ")$") : null;
        this.alternatives = pattern == null ? null : alternatives(value);
    }

    public String name() {
        return name;
    }

    public Op op() {
        return op;
    }

    public String value() {
        return value;
    }

    /** Whether a value passes; the empty string stands for a missing label. */
    public boolean matches(String candidate) {
        return switch (op) {
            case EQUAL -> candidate.equals(value);
            case NOT_EQUAL -> !candidate.equals(value);
            case REGEX -> matchesPattern(candidate);
            case NOT_REGEX -> !matchesPattern(candidate);
        };
    }

    private boolean matchesPattern(String candidate) {
        Set<String> known = alternatives;
        return known != null ? known.contains(candidate) : RegularExpressions.matches(requireNonNull(pattern), candidate);
    }

    /**
     * The texts of {@code a|b\.c} or {@code (a|b)}, which is how dashboards write a choice of many; null for any other expression.
     *
     * @param expression a valid one
     */
    static @Nullable Set<String> alternatives(String expression) {
        boolean group = expression.startsWith("(") && expression.endsWith(")") && !expression.endsWith("\\)");
        String list = group ? expression.substring(1, expression.length() - 1) : expression;
        Set<String> out = new HashSet<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            if (c == '|') {
                out.add(text.toString());
                text.setLength(0);
            } else if (c == '\\' && i + 1 < list.length() && ".+*?()|[]{}^$\\-/".indexOf(list.charAt(i + 1)) >= 0) {
                text.append(list.charAt(++i));
            } else if (".+*?()[]{}^$\\".indexOf(c) >= 0) {
                return null;
            } else {
                text.append(c);
            }
        }
        out.add(text.toString());
        return out;
    }

    public boolean matches(Labels labels) {
        return matches(labels.getOrEmpty(name));
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof LabelMatcher m && name.equals(m.name) && op == m.op && value.equals(m.value);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * name.hashCode() + op.hashCode()) + value.hashCode();
    }

    @Override
    public String toString() {
        return GoText.appendQuoted(new StringBuilder(name).append(op.text()), value).toString();
    }
}
