package io.narfi.logql.regex;

import io.narfi.logql.regex.RegexNode.Alternate;
import io.narfi.logql.regex.RegexNode.AnyChar;
import io.narfi.logql.regex.RegexNode.AnyCharNotNewline;
import io.narfi.logql.regex.RegexNode.CharClass;
import io.narfi.logql.regex.RegexNode.Concat;
import io.narfi.logql.regex.RegexNode.Empty;
import io.narfi.logql.regex.RegexNode.Literal;
import io.narfi.logql.regex.RegexNode.NoMatch;
import io.narfi.logql.regex.RegexNode.Repeat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Alternations in Go's shape. Neighbours of one character become a class; then, in runs of neighbours, common literal prefixes are
 * factored out, next common leading classes, next single characters are merged again, last adjacent empty branches.
 */
final class Alternatives {
    private Alternatives() {}

    /** Adds a branch, merged with the one before it if both are single characters. */
    static void addBranch(List<RegexNode> branches, RegexNode branch) {
        if (!branches.isEmpty() && isSingle(branches.getLast()) && isSingle(branch)) {
            branches.set(branches.size() - 1, merge(branches.getLast(), branch));
        } else {
            branches.add(branch);
        }
    }

    static RegexNode of(List<RegexNode> branches) {
        List<RegexNode> flat = new ArrayList<>();
        for (RegexNode branch : branches) {
            if (branch instanceof Alternate a && branches.size() > 1) {
                flat.addAll(a.subs());
            } else {
                flat.add(branch);
            }
        }
        if (flat.isEmpty()) {
            return new NoMatch();
        }
        if (flat.size() == 1) {
            return flat.getFirst();
        }
        List<RegexNode> factored = mergeEmpties(mergeSingles(factorLeading(factorLiterals(flat))));
        return factored.size() == 1 ? factored.getFirst() : new Alternate(factored);
    }

    /** The class as {@code .} if it is that. */
    static RegexNode wholeClass(RuneSet set) {
        int[] r = set.ranges();
        if (r.length == 2 && r[0] == 0 && r[1] == RuneSet.MAX_RUNE) {
            return new AnyChar();
        }
        if (r.length == 4 && r[0] == 0 && r[1] == '\n' - 1 && r[2] == '\n' + 1 && r[3] == RuneSet.MAX_RUNE) {
            return new AnyCharNotNewline();
        }
        return new CharClass(set);
    }

    private static boolean isSingle(RegexNode n) {
        return n instanceof CharClass
                || n instanceof AnyChar
                || n instanceof AnyCharNotNewline
                || (n instanceof Literal l && l.text().codePointCount(0, l.text().length()) == 1);
    }

    private static RegexNode merge(RegexNode a, RegexNode b) {
        return a.equals(b) ? a : wholeClass(new RuneSet.Builder().add(set(a)).add(set(b)).build());
    }

    static RuneSet set(RegexNode single) {
        return switch (single) {
            case CharClass c -> c.set();
            case AnyChar _ -> RuneSet.of(0, RuneSet.MAX_RUNE);
            case AnyCharNotNewline _ -> RuneSet.of(0, '\n' - 1, '\n' + 1, RuneSet.MAX_RUNE);
            case Literal l -> {
                int rune = l.text().codePointAt(0);
                RuneSet one = RuneSet.of(rune, rune);
                yield l.fold() ? CaseFolding.close(one) : one;
            }
            default -> throw new IllegalArgumentException("no single character: " + single);
        };
    }

    private static List<RegexNode> factorLiterals(List<RegexNode> subs) {
        List<RegexNode> out = new ArrayList<>();
        int start = 0;
        Literal prefix = null;
        for (int i = 0; i <= subs.size(); i++) {
            Literal leading = i < subs.size() ? leadingLiteral(subs.get(i)) : null;
            if (i > 0 && i < subs.size() && prefix != null && leading != null && prefix.fold() == leading.fold()) {
                int same = commonPrefix(prefix.text(), leading.text());
                if (same > 0) {
                    prefix = new Literal(prefix.text().substring(0, same), prefix.fold());
                    continue;
                }
            }
            if (i - start == 1) {
                out.add(subs.get(start));
            } else if (i - start > 1 && prefix != null) {
                List<RegexNode> rest = new ArrayList<>();
                for (RegexNode sub : subs.subList(start, i)) {
                    rest.add(withoutLiteral(sub, prefix.text().length()));
                }
                out.add(joined(prefix, of(rest)));
            }
            start = i;
            prefix = leading;
        }
        return out;
    }

    private static @Nullable Literal leadingLiteral(RegexNode n) {
        RegexNode first = n instanceof Concat c ? c.subs().getFirst() : n;
        return first instanceof Literal l ? l : null;
    }

    private static int commonPrefix(String a, String b) {
        int n = 0;
        while (n < a.length() && n < b.length() && a.codePointAt(n) == b.codePointAt(n)) {
            n += Character.charCount(a.codePointAt(n));
        }
        return n;
    }

    private static RegexNode withoutLiteral(RegexNode n, int length) {
        if (n instanceof Concat c) {
            RegexNode first = withoutLiteral(c.subs().getFirst(), length);
            List<RegexNode> rest = new ArrayList<>(c.subs().subList(1, c.subs().size()));
            if (first instanceof Empty) {
                return rest.size() == 1 ? rest.getFirst() : new Concat(rest);
            }
            rest.addFirst(first);
            return new Concat(rest);
        }
        Literal l = (Literal) n;
        return l.text().length() == length ? new Empty() : new Literal(l.text().substring(length), l.fold());
    }

    private static RegexNode joined(RegexNode prefix, RegexNode suffix) {
        return new Concat(List.of(prefix, suffix));
    }

    private static List<RegexNode> factorLeading(List<RegexNode> subs) {
        List<RegexNode> out = new ArrayList<>();
        int start = 0;
        RegexNode prefix = null;
        for (int i = 0; i <= subs.size(); i++) {
            RegexNode leading = i < subs.size() ? leading(subs.get(i)) : null;
            if (i > 0 && prefix != null && prefix.equals(leading) && isFactor(prefix)) {
                continue;
            }
            if (i - start == 1) {
                out.add(subs.get(start));
            } else if (i - start > 1 && prefix != null) {
                List<RegexNode> rest = new ArrayList<>();
                for (RegexNode sub : subs.subList(start, i)) {
                    rest.add(withoutLeading(sub));
                }
                out.add(joined(prefix, of(rest)));
            }
            start = i;
            prefix = leading;
        }
        return out;
    }

    private static @Nullable RegexNode leading(RegexNode n) {
        RegexNode first = n instanceof Concat c ? c.subs().getFirst() : n;
        return first instanceof Empty ? null : first;
    }

    private static boolean isFactor(RegexNode n) {
        return isSingle(n)
                || (n instanceof Repeat r && r.min() == r.max() && isSingle(r.sub()));
    }

    private static RegexNode withoutLeading(RegexNode n) {
        if (!(n instanceof Concat c)) {
            return new Empty();
        }
        List<RegexNode> rest = c.subs().subList(1, c.subs().size());
        return rest.size() == 1 ? rest.getFirst() : new Concat(rest);
    }

    private static List<RegexNode> mergeSingles(List<RegexNode> subs) {
        List<RegexNode> out = new ArrayList<>();
        for (RegexNode sub : subs) {
            addBranch(out, sub);
        }
        return out;
    }

    private static List<RegexNode> mergeEmpties(List<RegexNode> subs) {
        List<RegexNode> out = new ArrayList<>();
        for (RegexNode sub : subs) {
            if (!(sub instanceof Empty && !out.isEmpty() && out.getLast() instanceof Empty)) {
                out.add(sub);
            }
        }
        return out;
    }
}
