package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.logql.regex.Regex;
import io.narfi.logql.regex.RegexNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns regular expressions of line and label filters into simpler tests, with Loki's rules (§6.2, 6.3.2). The rules are not exact: in an
 * alternation a branch that is always true is lost, and label filters lose their anchors beside {@code .*} and in alternations with a
 * common prefix. Clients see that, so it is kept.
 */
final class TextTests {
    private static final int MAX_PARTS = 3;

    private final boolean label;

    private TextTests(boolean label) {
        this.label = label;
    }

    /** The test of {@code |~}. */
    static TextTest ofLine(String expression) {
        Regex regex = Regex.compile(expression);
        TextTest simple = simplified(regex.tree(), false);
        return simple != null ? simple : new RegexTest(regex);
    }

    /** The test of a label filter's {@code =~}. */
    static TextTest ofLabel(String expression) {
        TextTest simple = simplified(Regex.compile(expression).tree(), true);
        return simple != null ? simple : new RegexTest(Regex.compile("^(?:" + expression + ")$"));
    }

    private static @Nullable TextTest simplified(@Nullable RegexNode tree, boolean label) {
        return tree == null ? null : new TextTests(label).simplify(tree);
    }

    private @Nullable TextTest simplify(RegexNode node) {
        return switch (node) {
            case RegexNode.Alternate a -> {
                List<TextTest> tests = new ArrayList<>();
                for (RegexNode sub : a.subs()) {
                    TextTest test = simplify(sub);
                    if (test == null) {
                        yield null;
                    }
                    tests.add(test);
                }
                yield TextTest.or(tests);
            }
            case RegexNode.Concat c -> concat(c.subs(), null);
            case RegexNode.Capture c -> simplify(c.sub());
            case RegexNode.Literal l -> label ? equal(l) : contains(l.text(), l.fold());
            case RegexNode.Star _ -> isAnything(node) ? ConstantTest.TRUE : null;
            case RegexNode.Plus p -> p.sub() instanceof RegexNode.AnyCharNotNewline ? new TextTest.NonEmpty() : null;
            case RegexNode.Empty _ -> ConstantTest.TRUE;
            default -> null;
        };
    }

    private static TextTest equal(RegexNode.Literal l) {
        return l.fold() ? new FoldedTest(l.text(), true) : new TextTest.Equal(l.text().getBytes(UTF_8));
    }

    private static TextTest contains(String text, boolean fold) {
        return fold ? new FoldedTest(text, false) : ContainsTest.of(text.getBytes(UTF_8));
    }

    private static boolean isAnything(RegexNode node) {
        return node instanceof RegexNode.Star s && clear(s.sub()) instanceof RegexNode.AnyCharNotNewline;
    }

    private static RegexNode clear(RegexNode node) {
        return node instanceof RegexNode.Capture c ? clear(c.sub()) : node;
    }

    /** @param base the literal before an alternation of which this is a branch, else null */
    private @Nullable TextTest concat(List<RegexNode> subs, RegexNode.@Nullable Literal base) {
        if (subs.size() > MAX_PARTS) {
            return null;
        }
        RegexNode.Literal literal = null;
        TextTest alternatives = null;
        RegexNode previous = null;
        for (RegexNode part : subs) {
            RegexNode sub = clear(part);
            switch (sub) {
                case RegexNode.Literal l -> {
                    if (literal != null || alternatives != null || (base != null && previous != null)) {
                        return null;
                    }
                    literal = l;
                }
                case RegexNode.Alternate a -> {
                    if (literal == null || !literal.equals(previous)) {
                        return null;
                    }
                    alternatives = branches(a, join(base, literal));
                    if (alternatives == null) {
                        return null;
                    }
                }
                default -> {
                    if (!isAnything(sub)) {
                        return null;
                    }
                }
            }
            previous = sub;
        }
        if (alternatives != null) {
            return alternatives;
        }
        if (literal == null) {
            return base == null ? null : contains(base.text(), base.fold());
        }
        if (base != null && literal.fold() && !base.fold()) {
            return null;
        }
        RegexNode.Literal whole = join(base, literal);
        return contains(whole.text(), whole.fold());
    }

    private static RegexNode.Literal join(RegexNode.@Nullable Literal base, RegexNode.Literal next) {
        return base == null ? next : new RegexNode.Literal(base.text() + next.text(), base.fold());
    }

    private @Nullable TextTest branches(RegexNode.Alternate alternate, RegexNode.Literal base) {
        List<TextTest> tests = new ArrayList<>();
        for (RegexNode branch : alternate.subs()) {
            RegexNode sub = clear(branch);
            TextTest test =
                    switch (sub) {
                        case RegexNode.Literal l -> l.fold() && !base.fold() ? null : contains(base.text() + l.text(), base.fold());
                        case RegexNode.Empty _ -> contains(base.text(), base.fold());
                        case RegexNode.Concat c -> concat(c.subs(), base);
                        default -> isAnything(sub) ? contains(base.text(), base.fold()) : null;
                    };
            if (test == null) {
                return null;
            }
            tests.add(test);
        }
        return TextTest.or(tests);
    }
}
