package io.narfi.logql.regex;

import io.narfi.logql.regex.RegexNode.AnyChar;
import io.narfi.logql.regex.RegexNode.AnyCharNotNewline;
import io.narfi.logql.regex.RegexNode.Assertion;
import io.narfi.logql.regex.RegexNode.Capture;
import io.narfi.logql.regex.RegexNode.Concat;
import io.narfi.logql.regex.RegexNode.Empty;
import io.narfi.logql.regex.RegexNode.Kind;
import io.narfi.logql.regex.RegexNode.Literal;
import io.narfi.logql.regex.RegexNode.NoMatch;
import io.narfi.logql.regex.RegexNode.Plus;
import io.narfi.logql.regex.RegexNode.Quest;
import io.narfi.logql.regex.RegexNode.Repeat;
import io.narfi.logql.regex.RegexNode.Star;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds the tree of an expression that RE2/J has already accepted, in the shape of Go's parser: adjacent characters are one literal,
 * single characters between bars are one class, and common prefixes of alternatives are factored out ({@link Alternatives}).
 */
final class RegexParser {
    /** As in Go: deeper nesting is refused. */
    static final int MAX_DEPTH = 1000;

    /** The expression is one that only RE2/J runs. */
    static final class UnsupportedException extends Exception {
        private static final long serialVersionUID = 1L;

        UnsupportedException(String message) {
            super(message);
        }
    }

    private static final int FOLD = 1;
    private static final int MULTI_LINE = 2;
    private static final int DOT_NEWLINE = 4;
    private static final int UNGREEDY = 8;

    private final int[] text;
    private int at;
    private int flags;
    private int captures;
    private int depth;

    private RegexParser(String text) {
        this.text = text.codePoints().toArray();
    }

    static RegexNode parse(String expression) throws UnsupportedException {
        RegexParser p = new RegexParser(expression);
        RegexNode node = p.alternation();
        if (p.at < p.text.length) {
            throw new UnsupportedException("text after the expression");
        }
        return node;
    }

    private RegexNode alternation() throws UnsupportedException {
        if (++depth > MAX_DEPTH) {
            throw new UnsupportedException("nested too deeply");
        }
        List<RegexNode> branches = new ArrayList<>();
        List<RegexNode> parts = new ArrayList<>();
        while (at < text.length && text[at] != ')') {
            if (text[at] == '|') {
                at++;
                Alternatives.addBranch(branches, concat(parts));
                parts = new ArrayList<>();
            } else {
                element(parts);
            }
        }
        Alternatives.addBranch(branches, concat(parts));
        depth--;
        return Alternatives.of(branches);
    }

    private static RegexNode concat(List<RegexNode> parts) {
        List<RegexNode> merged = new ArrayList<>();
        for (RegexNode part : parts) {
            if (part instanceof Literal b && !merged.isEmpty() && merged.getLast() instanceof Literal a && a.fold() == b.fold()) {
                merged.set(merged.size() - 1, new Literal(a.text() + b.text(), a.fold()));
            } else {
                merged.add(part);
            }
        }
        List<RegexNode> flat = new ArrayList<>();
        for (RegexNode part : merged) {
            if (part instanceof Concat c) {
                flat.addAll(c.subs());
            } else {
                flat.add(part);
            }
        }
        return flat.isEmpty() ? new Empty() : flat.size() == 1 ? flat.getFirst() : new Concat(flat);
    }

    private void element(List<RegexNode> parts) throws UnsupportedException {
        int c = text[at];
        switch (c) {
            case '(' -> group(parts);
            case '[' -> parts.add(simplest(characterClass()));
            case '.' -> {
                at++;
                parts.add((flags & DOT_NEWLINE) != 0 ? new AnyChar() : new AnyCharNotNewline());
            }
            case '^' -> {
                at++;
                parts.add(new Assertion((flags & MULTI_LINE) != 0 ? Kind.BEGIN_LINE : Kind.BEGIN_TEXT));
            }
            case '$' -> {
                at++;
                parts.add(new Assertion((flags & MULTI_LINE) != 0 ? Kind.END_LINE : Kind.END_TEXT));
            }
            case '*', '+', '?' -> {
                at++;
                repeat(parts, c == '+' ? 1 : 0, c == '?' ? 1 : -1, c);
            }
            case '{' -> counted(parts);
            case '\\' -> escape(parts);
            default -> {
                at++;
                parts.add(literal(c));
            }
        }
    }

    private RegexNode literal(int c) {
        boolean fold = (flags & FOLD) != 0;
        return new Literal(Character.toString(fold ? CaseFolding.least(c) : c), fold);
    }

    private void group(List<RegexNode> parts) throws UnsupportedException {
        int outer = flags;
        at++;
        if (at < text.length && text[at] == '?') {
            at++;
            if (looking("P<") || looking("<")) {
                at = find('<') + 1;
                int end = find('>');
                String name = new String(text, at, end - at);
                at = end + 1;
                parts.add(captured(name));
            } else if (flagsOnly()) {
                return;
            } else {
                parts.add(alternation());
                close();
            }
        } else {
            parts.add(captured(null));
        }
        flags = outer;
    }

    private RegexNode captured(@Nullable String name) throws UnsupportedException {
        int index = ++captures;
        RegexNode sub = alternation();
        close();
        return new Capture(sub, index, name);
    }

    private void close() throws UnsupportedException {
        if (at >= text.length) {
            throw new UnsupportedException("missing )");
        }
        at++;
    }

    /** Reads {@code flags)} or {@code flags:}; true for the first, which changes the rest of the enclosing group. */
    private boolean flagsOnly() throws UnsupportedException {
        boolean on = true;
        for (; at < text.length; at++) {
            int bit =
                    switch (text[at]) {
                        case 'i' -> FOLD;
                        case 'm' -> MULTI_LINE;
                        case 's' -> DOT_NEWLINE;
                        case 'U' -> UNGREEDY;
                        default -> 0;
                    };
            if (bit != 0) {
                flags = on ? flags | bit : flags & ~bit;
            } else if (text[at] == '-') {
                on = false;
            } else if (text[at] == ':' || text[at] == ')') {
                return text[at++] == ')';
            } else {
                break;
            }
        }
        throw new UnsupportedException("flags");
    }

    private void counted(List<RegexNode> parts) throws UnsupportedException {
        int start = at;
        at++;
        int min = number();
        int max = min;
        if (min >= 0 && looking(",")) {
            at++;
            max = looking("}") ? -1 : number();
            if (max < 0 && !looking("}")) {
                min = -1;
            }
        }
        if (min < 0 || !looking("}")) {
            at = start + 1;
            parts.add(literal('{'));
            return;
        }
        at++;
        repeat(parts, min, max, '{');
        if ((min >= 2 || max >= 2) && !repeatsAtMost(parts.getLast(), 1000)) {
            throw new RegexSyntaxException("invalid repeat count", new String(text, start, at - start));
        }
    }

    /** Whether nested counts, multiplied, stay within a bound. */
    private static boolean repeatsAtMost(RegexNode n, int bound) {
        return switch (n) {
            case Repeat r -> {
                int count = r.max() < 0 ? r.min() : r.max();
                yield r.max() == 0 || (count <= bound && repeatsAtMost(r.sub(), count > 0 ? bound / count : bound));
            }
            case Capture c -> repeatsAtMost(c.sub(), bound);
            case Star s -> repeatsAtMost(s.sub(), bound);
            case Plus p -> repeatsAtMost(p.sub(), bound);
            case Quest q -> repeatsAtMost(q.sub(), bound);
            case Concat c -> c.subs().stream().allMatch(sub -> repeatsAtMost(sub, bound));
            case RegexNode.Alternate a -> a.subs().stream().allMatch(sub -> repeatsAtMost(sub, bound));
            default -> true;
        };
    }

    /** A decimal number without leading zeros, -1 if there is none. */
    private int number() throws UnsupportedException {
        int start = at;
        int n = 0;
        while (at < text.length && text[at] >= '0' && text[at] <= '9') {
            n = Math.min(10_000, n * 10 + text[at++] - '0');
        }
        return at == start || (at - start > 1 && text[start] == '0') ? -1 : n;
    }

    private void repeat(List<RegexNode> parts, int min, int max, int op) throws UnsupportedException {
        boolean greedy = (flags & UNGREEDY) == 0;
        if (looking("?")) {
            at++;
            greedy = !greedy;
        }
        if (parts.isEmpty()) {
            throw new UnsupportedException("nothing to repeat");
        }
        RegexNode sub = parts.removeLast();
        parts.add(
                switch (op) {
                    case '*' -> star(sub, greedy);
                    case '+' -> sub instanceof Plus p && p.greedy() == greedy ? sub : isLoop(sub, greedy) ? star(sub, greedy) : new Plus(sub, greedy);
                    case '?' -> sub instanceof Quest q && q.greedy() == greedy ? sub : isLoop(sub, greedy) ? star(sub, greedy) : new Quest(sub, greedy);
                    default -> new Repeat(sub, min, max, greedy);
                });
    }

    /** Whether a sub-expression already is {@code *}, {@code +} or {@code ?} of the same greed: then the two squash into one {@code *}. */
    private static boolean isLoop(RegexNode n, boolean greedy) {
        return (n instanceof Star s && s.greedy() == greedy)
                || (n instanceof Plus p && p.greedy() == greedy)
                || (n instanceof Quest q && q.greedy() == greedy);
    }

    private static RegexNode star(RegexNode sub, boolean greedy) {
        if (isLoop(sub, greedy)) {
            RegexNode inner =
                    switch (sub) {
                        case Star s -> s.sub();
                        case Plus p -> p.sub();
                        case Quest q -> q.sub();
                        default -> sub;
                    };
            return new Star(inner, greedy);
        }
        return new Star(sub, greedy);
    }

    private void escape(List<RegexNode> parts) throws UnsupportedException {
        int c = at + 1 < text.length ? text[at + 1] : -1;
        switch (c) {
            case 'A' -> assertion(parts, Kind.BEGIN_TEXT);
            case 'z' -> assertion(parts, Kind.END_TEXT);
            case 'b' -> assertion(parts, Kind.WORD_BOUNDARY);
            case 'B' -> assertion(parts, Kind.NO_WORD_BOUNDARY);
            case 'Q' -> {
                at += 2;
                while (at < text.length && !looking("\\E")) {
                    parts.add(literal(text[at++]));
                }
                at = Math.min(text.length, at + 2);
            }
            default -> {
                RuneSet set = escapedClass();
                parts.add(set == null ? literal(escapedRune()) : simplest(set));
            }
        }
    }

    private void assertion(List<RegexNode> parts, Kind kind) {
        at += 2;
        parts.add(new Assertion(kind));
    }

    /** {@code \d}, {@code \pN} and their like, or null if the escape is none of them. */
    private @Nullable RuneSet escapedClass() throws UnsupportedException {
        int c = at + 1 < text.length ? text[at + 1] : -1;
        RuneSet set =
                switch (c) {
                    case 'd', 'D' -> RuneSet.of('0', '9');
                    case 's', 'S' -> RuneSet.of('\t', '\n', '\f', '\r', ' ', ' ');
                    case 'w', 'W' -> RuneSet.of('0', '9', 'A', 'Z', '_', '_', 'a', 'z');
                    default -> null;
                };
        if (set != null) {
            at += 2;
            set = folded(set);
            return c < 'a' ? set.negate() : set;
        }
        return c == 'p' || c == 'P' ? unicodeClass(c == 'P') : null;
    }

    private RuneSet unicodeClass(boolean negated) throws UnsupportedException {
        at += 2;
        String name;
        if (looking("{")) {
            int end = find('}');
            name = new String(text, at + 1, end - at - 1);
            at = end + 1;
        } else {
            name = Character.toString(text[at++]);
        }
        if (name.startsWith("^")) {
            negated = !negated;
            name = name.substring(1);
        }
        RuneSet set = UnicodeClasses.named(name);
        if (set == null) {
            throw new UnsupportedException("unknown class " + name);
        }
        set = folded(set);
        return negated ? set.negate() : set;
    }

    private RuneSet folded(RuneSet set) {
        return (flags & FOLD) != 0 ? CaseFolding.close(set) : set;
    }

    /** The character of an escape that stands for one. */
    private int escapedRune() throws UnsupportedException {
        at++;
        if (at >= text.length) {
            throw new UnsupportedException("trailing backslash");
        }
        int c = text[at++];
        switch (c) {
            case 'a' -> c = 7;
            case 'f' -> c = '\f';
            case 't' -> c = '\t';
            case 'n' -> c = '\n';
            case 'r' -> c = '\r';
            case 'v' -> c = 11;
            case 'x' -> c = hex();
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                c -= '0';
                for (int i = 0; i < 2 && at < text.length && text[at] >= '0' && text[at] <= '7'; i++) {
                    c = c * 8 + text[at++] - '0';
                }
            }
            default -> {
                if (c >= 0x80 || Character.isLetterOrDigit(c)) {
                    throw new UnsupportedException("escape");
                }
            }
        }
        return c;
    }

    private int hex() throws UnsupportedException {
        int end = looking("{") ? find('}') : at + 2;
        int start = looking("{") ? at + 1 : at;
        if (end > text.length) {
            throw new UnsupportedException("hex escape");
        }
        int c = 0;
        for (int i = start; i < end; i++) {
            int digit = Character.digit(text[i], 16);
            if (digit < 0 || c > RuneSet.MAX_RUNE) {
                throw new UnsupportedException("hex escape");
            }
            c = c * 16 + digit;
        }
        at = start == at ? end : end + 1;
        return c;
    }

    private RuneSet characterClass() throws UnsupportedException {
        at++;
        boolean negated = looking("^");
        at += negated ? 1 : 0;
        RuneSet.Builder out = new RuneSet.Builder();
        for (boolean first = true; first || !looking("]"); first = false) {
            if (at >= text.length) {
                throw new UnsupportedException("missing ]");
            }
            RuneSet set = looking("[:") ? PosixClasses.named(this::posixName) : text[at] == '\\' ? escapedClass() : null;
            if (set != null) {
                out.add(folded(set));
                continue;
            }
            int low = classRune();
            int high = low;
            if (looking("-") && at + 1 < text.length && text[at + 1] != ']') {
                at++;
                high = classRune();
            }
            if (high < low) {
                throw new UnsupportedException("bad range");
            }
            out.add(low, high);
        }
        at++;
        RuneSet set = folded(out.build());
        return negated ? set.negate() : set;
    }

    private int classRune() throws UnsupportedException {
        if (at >= text.length) {
            throw new UnsupportedException("missing ]");
        }
        return text[at] == '\\' ? escapedRune() : text[at++];
    }

    /** Reads {@code [:name:]} if it stands here, else gives null. */
    private @Nullable String posixName() {
        for (int i = at + 2; i + 1 < text.length; i++) {
            if (text[i] == ':' && text[i + 1] == ']') {
                String name = new String(text, at + 2, i - at - 2);
                at = i + 2;
                return name;
            }
        }
        return null;
    }

    /** A class of one character is a literal, one of a character in both cases a literal without case. */
    private RegexNode simplest(RuneSet set) {
        int[] r = set.ranges();
        if (set.isEmpty()) {
            return new NoMatch();
        }
        if (r.length == 2 && r[0] == r[1]) {
            return new Literal(Character.toString(r[0]), false);
        }
        if (r.length == 4 && r[0] == r[1] && r[2] == r[3]) {
            int[] orbit = CaseFolding.orbit(r[0]);
            if (orbit.length == 2 && orbit[0] == r[0] && orbit[1] == r[2]) {
                return new Literal(Character.toString(r[0]), true);
            }
        }
        return Alternatives.wholeClass(set);
    }


    private boolean looking(String s) {
        for (int i = 0; i < s.length(); i++) {
            if (at + i >= text.length || text[at + i] != s.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private int find(int c) throws UnsupportedException {
        for (int i = at; i < text.length; i++) {
            if (text[i] == c) {
                return i;
            }
        }
        throw new UnsupportedException("missing " + Character.toString(c));
    }
}
