package io.narfi.logql.regex;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Texts of which every match of an expression holds at least one: searching them first is much cheaper than running the expression.
 *
 * @param texts none empty; with {@code fold} ASCII and in lower case
 * @param fold whether the case of ASCII letters is to be ignored. {@code k} and {@code s} then also have a variant outside ASCII (the
 *     Kelvin sign and the long s), which the searcher must heed
 */
public record RequiredLiterals(List<String> texts, boolean fold) {
    private static final int MAX_TEXTS = 16;
    private static final int MAX_LENGTH = 128;
    /** Also matches bytes that are no UTF-8, so no text can be required. */
    private static final int REPLACEMENT = 0xfffd;

    public RequiredLiterals {
        texts = List.copyOf(texts);
    }

    /** All texts a node can match if they are few, and texts of which each match holds one; null where unknown. */
    private record Texts(@Nullable Set<String> exact, @Nullable Set<String> needed) {
        static final Texts UNKNOWN = new Texts(null, null);

        @Nullable Set<String> best() {
            return better(exact, needed);
        }
    }

    static @Nullable RequiredLiterals of(RegexNode tree) {
        for (boolean fold : new boolean[] {false, true}) {
            Set<String> best = new Search(fold).info(tree).best();
            if (best != null && shortest(best) > 0) {
                return new RequiredLiterals(new ArrayList<>(best), fold);
            }
        }
        return null;
    }

    private static int shortest(Set<String> texts) {
        int shortest = Integer.MAX_VALUE;
        for (String s : texts) {
            shortest = Math.min(shortest, s.length());
        }
        return shortest;
    }

    /** The set that filters more: longer texts first, then fewer. */
    private static @Nullable Set<String> better(@Nullable Set<String> a, @Nullable Set<String> b) {
        if (a == null || a.isEmpty() || shortest(a) == 0) {
            return b;
        }
        if (b == null || b.isEmpty() || shortest(b) == 0) {
            return a;
        }
        int longer = Integer.compare(Math.min(shortest(a), 8), Math.min(shortest(b), 8));
        return longer != 0 ? (longer > 0 ? a : b) : a.size() <= b.size() ? a : b;
    }

    /** One walk over the tree, either for texts with exact case or for folded ones. */
    private record Search(boolean fold) {
        Texts info(RegexNode node) {
            return switch (node) {
                case RegexNode.Empty _, RegexNode.Assertion _ -> new Texts(Set.of(""), null);
                case RegexNode.NoMatch _, RegexNode.AnyChar _, RegexNode.AnyCharNotNewline _ -> Texts.UNKNOWN;
                case RegexNode.Literal l -> literal(l);
                case RegexNode.CharClass c -> characterClass(c.set());
                case RegexNode.Capture c -> info(c.sub());
                case RegexNode.Star _ -> Texts.UNKNOWN;
                case RegexNode.Plus p -> new Texts(null, info(p.sub()).best());
                case RegexNode.Quest q -> optional(info(q.sub()));
                case RegexNode.Repeat r -> r.min() == 0 ? Texts.UNKNOWN : new Texts(null, info(r.sub()).best());
                case RegexNode.Concat c -> concat(c.subs());
                case RegexNode.Alternate a -> alternate(a.subs());
            };
        }

        private Texts literal(RegexNode.Literal l) {
            if (l.fold() && (!fold || !isAscii(l.text()))) {
                return Texts.UNKNOWN;
            }
            if ((fold && !isAscii(l.text())) || l.text().indexOf(REPLACEMENT) >= 0) {
                return Texts.UNKNOWN;
            }
            return new Texts(Set.of(fold ? lower(l.text()) : l.text()), null);
        }

        private Texts characterClass(RuneSet set) {
            if (set.size() > 6) {
                return Texts.UNKNOWN;
            }
            Set<String> texts = new LinkedHashSet<>();
            for (int rune : set.members()) {
                if (rune == 0x212a && fold) {
                    texts.add("k");
                } else if (rune == 0x17f && fold) {
                    texts.add("s");
                } else if ((rune > 127 && fold) || rune == REPLACEMENT) {
                    return Texts.UNKNOWN;
                } else {
                    texts.add(fold ? lower(Character.toString(rune)) : Character.toString(rune));
                }
            }
            return new Texts(texts, null);
        }

        private static Texts optional(Texts sub) {
            if (sub.exact() == null || sub.exact().size() >= MAX_TEXTS) {
                return Texts.UNKNOWN;
            }
            Set<String> exact = new LinkedHashSet<>(sub.exact());
            exact.add("");
            return new Texts(exact, null);
        }

        private Texts concat(List<RegexNode> subs) {
            Set<String> run = Set.of("");
            Set<String> best = null;
            boolean whole = true;
            for (RegexNode sub : subs) {
                Texts info = info(sub);
                Set<String> product = info.exact() == null ? null : product(run, info.exact());
                if (product != null) {
                    run = product;
                } else {
                    best = better(better(best, run), info.best());
                    run = info.exact() == null ? Set.of("") : info.exact();
                    whole = false;
                }
            }
            return whole ? new Texts(run, null) : new Texts(null, better(best, run));
        }

        private static @Nullable Set<String> product(Set<String> left, Set<String> right) {
            if (left.size() * right.size() > MAX_TEXTS) {
                return null;
            }
            Set<String> out = new LinkedHashSet<>();
            for (String a : left) {
                for (String b : right) {
                    if (a.length() + b.length() > MAX_LENGTH) {
                        return null;
                    }
                    out.add(a + b);
                }
            }
            return out;
        }

        private Texts alternate(List<RegexNode> subs) {
            Set<String> exact = new LinkedHashSet<>();
            Set<String> needed = new LinkedHashSet<>();
            for (RegexNode sub : subs) {
                Texts info = info(sub);
                exact = exact == null || info.exact() == null ? null : union(exact, info.exact());
                Set<String> best = info.best();
                needed = needed == null || best == null || best.isEmpty() || shortest(best) == 0 ? null : union(needed, best);
            }
            return new Texts(exact, needed);
        }

        private static @Nullable Set<String> union(Set<String> a, Set<String> b) {
            a.addAll(b);
            return a.size() > MAX_TEXTS ? null : a;
        }

        private static boolean isAscii(String s) {
            for (int i = 0; i < s.length(); i++) {
                if (s.charAt(i) > 127) {
                    return false;
                }
            }
            return true;
        }

        private static String lower(String s) {
            StringBuilder out = new StringBuilder(s);
            for (int i = 0; i < s.length(); i++) {
                char c = s.charAt(i);
                if (c >= 'A' && c <= 'Z') {
                    out.setCharAt(i, (char) (c + 32));
                }
            }
            return out.toString();
        }
    }
}
