package io.narfi.logql.regex;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The sets that {@code [:name:]} and {@code [:^name:]} mean inside brackets; all ASCII. */
final class PosixClasses {
    private PosixClasses() {}

    /** The set of the name that is read, or null if no such class stands there. */
    static @Nullable RuneSet named(Supplier<@Nullable String> reader) throws RegexParser.UnsupportedException {
        String name = reader.get();
        if (name == null) {
            return null;
        }
        boolean negated = name.startsWith("^");
        RuneSet set = set(negated ? name.substring(1) : name);
        if (set == null) {
            throw new RegexParser.UnsupportedException("unknown class " + name);
        }
        return negated ? set.negate() : set;
    }

    private static @Nullable RuneSet set(String name) {
        return switch (name) {
            case "alnum" -> RuneSet.of('0', '9', 'A', 'Z', 'a', 'z');
            case "alpha" -> RuneSet.of('A', 'Z', 'a', 'z');
            case "ascii" -> RuneSet.of(0, 0x7f);
            case "blank" -> RuneSet.of('\t', '\t', ' ', ' ');
            case "cntrl" -> RuneSet.of(0, 0x1f, 0x7f, 0x7f);
            case "digit" -> RuneSet.of('0', '9');
            case "graph" -> RuneSet.of('!', '~');
            case "lower" -> RuneSet.of('a', 'z');
            case "print" -> RuneSet.of(' ', '~');
            case "punct" -> RuneSet.of('!', '/', ':', '@', '[', '`', '{', '~');
            case "space" -> RuneSet.of('\t', '\r', ' ', ' ');
            case "upper" -> RuneSet.of('A', 'Z');
            case "word" -> RuneSet.of('0', '9', 'A', 'Z', '_', '_', 'a', 'z');
            case "xdigit" -> RuneSet.of('0', '9', 'A', 'F', 'a', 'f');
            default -> null;
        };
    }
}
