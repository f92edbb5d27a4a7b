package io.narfi.logql.regex;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A parsed regular expression, shaped as Go's {@code regexp/syntax} shapes it. */
public sealed interface RegexNode {
    /** Matches the empty text. */
    record Empty() implements RegexNode {}

    /** Matches nothing at all. */
    record NoMatch() implements RegexNode {}

    /** One or more characters; with {@code fold} in any case. */
    record Literal(String text, boolean fold) implements RegexNode {}

    /** One character of a set. */
    record CharClass(RuneSet set) implements RegexNode {}

    /** {@code .} with the flag {@code s}. */
    record AnyChar() implements RegexNode {}

    /** {@code .} without the flag {@code s}. */
    record AnyCharNotNewline() implements RegexNode {}

    /** An assertion about the place between two characters. */
    record Assertion(Kind kind) implements RegexNode {}

    /** What an {@link Assertion} asks for. */
    enum Kind {
        BEGIN_LINE,
        END_LINE,
        BEGIN_TEXT,
        END_TEXT,
        WORD_BOUNDARY,
        NO_WORD_BOUNDARY
    }

    /** A group whose text is remembered; {@code name} is null if it has none. */
    record Capture(RegexNode sub, int index, @Nullable String name) implements RegexNode {}

    /** {@code *}. */
    record Star(RegexNode sub, boolean greedy) implements RegexNode {}

    /** {@code +}. */
    record Plus(RegexNode sub, boolean greedy) implements RegexNode {}

    /** {@code ?}. */
    record Quest(RegexNode sub, boolean greedy) implements RegexNode {}

    /** {@code {min,max}}; max is -1 without an upper bound. */
    record Repeat(RegexNode sub, int min, int max, boolean greedy) implements RegexNode {}

    /** One after the other. */
    record Concat(List<RegexNode> subs) implements RegexNode {
        public Concat {
            subs = List.copyOf(subs);
        }
    }

    /** The first that matches. */
    record Alternate(List<RegexNode> subs) implements RegexNode {
        public Alternate {
            subs = List.copyOf(subs);
        }
    }
}
