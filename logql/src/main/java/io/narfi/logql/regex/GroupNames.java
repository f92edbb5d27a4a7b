package io.narfi.logql.regex;

import org.jspecify.annotations.Nullable;

/** Finds the names of groups, repeated names too. */
final class GroupNames {
    private GroupNames() {}

    static void collect(RegexNode node, @Nullable String[] names) {
        switch (node) {
            case RegexNode.Capture c -> {
                names[c.index()] = c.name();
                collect(c.sub(), names);
            }
            case RegexNode.Star s -> collect(s.sub(), names);
            case RegexNode.Plus p -> collect(p.sub(), names);
            case RegexNode.Quest q -> collect(q.sub(), names);
            case RegexNode.Repeat r -> collect(r.sub(), names);
            case RegexNode.Concat c -> c.subs().forEach(sub -> collect(sub, names));
            case RegexNode.Alternate a -> a.subs().forEach(sub -> collect(sub, names));
            case RegexNode.Empty _, RegexNode.NoMatch _, RegexNode.Literal _, RegexNode.CharClass _, RegexNode.AnyChar _,
                    RegexNode.AnyCharNotNewline _, RegexNode.Assertion _ -> {
                // no group inside
            }
        }
    }
}
