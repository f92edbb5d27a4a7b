package io.narfi.logql.regex;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The sets that {@code \p{…}} names: general categories by their one or two letters, and scripts by name. */
final class UnicodeClasses {
    private static final Map<String, String> CATEGORIES = Map.ofEntries(
            Map.entry("L", "Lu Ll Lt Lm Lo"),
            Map.entry("M", "Mn Mc Me"),
            Map.entry("N", "Nd Nl No"),
            Map.entry("P", "Pc Pd Ps Pe Pi Pf Po"),
            Map.entry("S", "Sm Sc Sk So"),
            Map.entry("Z", "Zs Zl Zp"),
            Map.entry("C", "Cc Cf Cs Co"));

    private static final Map<String, Integer> TYPES = Map.ofEntries(
            Map.entry("Lu", (int) Character.UPPERCASE_LETTER),
            Map.entry("Ll", (int) Character.LOWERCASE_LETTER),
            Map.entry("Lt", (int) Character.TITLECASE_LETTER),
            Map.entry("Lm", (int) Character.MODIFIER_LETTER),
            Map.entry("Lo", (int) Character.OTHER_LETTER),
            Map.entry("Mn", (int) Character.NON_SPACING_MARK),
            Map.entry("Mc", (int) Character.COMBINING_SPACING_MARK),
            Map.entry("Me", (int) Character.ENCLOSING_MARK),
            Map.entry("Nd", (int) Character.DECIMAL_DIGIT_NUMBER),
            Map.entry("Nl", (int) Character.LETTER_NUMBER),
            Map.entry("No", (int) Character.OTHER_NUMBER),
            Map.entry("Pc", (int) Character.CONNECTOR_PUNCTUATION),
            Map.entry("Pd", (int) Character.DASH_PUNCTUATION),
            Map.entry("Ps", (int) Character.START_PUNCTUATION),
            Map.entry("Pe", (int) Character.END_PUNCTUATION),
            Map.entry("Pi", (int) Character.INITIAL_QUOTE_PUNCTUATION),
            Map.entry("Pf", (int) Character.FINAL_QUOTE_PUNCTUATION),
            Map.entry("Po", (int) Character.OTHER_PUNCTUATION),
            Map.entry("Sm", (int) Character.MATH_SYMBOL),
            Map.entry("Sc", (int) Character.CURRENCY_SYMBOL),
            Map.entry("Sk", (int) Character.MODIFIER_SYMBOL),
            Map.entry("So", (int) Character.OTHER_SYMBOL),
            Map.entry("Zs", (int) Character.SPACE_SEPARATOR),
            Map.entry("Zl", (int) Character.LINE_SEPARATOR),
            Map.entry("Zp", (int) Character.PARAGRAPH_SEPARATOR),
            Map.entry("Cc", (int) Character.CONTROL),
            Map.entry("Cf", (int) Character.FORMAT),
            Map.entry("Cs", (int) Character.SURROGATE),
            Map.entry("Co", (int) Character.PRIVATE_USE));

    /** Holds at most one set per category and script. */
    private static final Map<String, RuneSet> CACHE = new ConcurrentHashMap<>();

    private UnicodeClasses() {}

    /** The set of a name, or null if there is none. */
    static @Nullable RuneSet named(String name) {
        if (name.equals("Any")) {
            return RuneSet.of(0, RuneSet.MAX_RUNE);
        }
        RuneSet known = CACHE.get(name);
        if (known != null) {
            return known;
        }
        IntPredicate member = predicate(name);
        if (member == null) {
            return null;
        }
        RuneSet set = scan(member);
        CACHE.put(name, set);
        return set;
    }

    private static @Nullable IntPredicate predicate(String name) {
        String types = TYPES.containsKey(name) ? name : CATEGORIES.get(name);
        if (types != null) {
            long mask = 0;
            for (String type : types.split(" ")) {
                mask |= 1L << TYPES.getOrDefault(type, (int) Character.UNASSIGNED);
            }
            long wanted = mask;
            return c -> (wanted & (1L << Character.getType(c))) != 0;
        }
        try {
            Character.UnicodeScript script = Character.UnicodeScript.forName(name);
            return script.name().equals(name.toUpperCase(Locale.ROOT)) ? c -> Character.UnicodeScript.of(c) == script : null;
        } catch (IllegalArgumentException unknown) {
            return null;
        }
    }

    private static RuneSet scan(IntPredicate member) {
        RuneSet.Builder out = new RuneSet.Builder();
        int start = -1;
        for (int c = 0; c <= RuneSet.MAX_RUNE; c++) {
            if (member.test(c)) {
                start = start < 0 ? c : start;
            } else if (start >= 0) {
                out.add(start, c - 1);
                start = -1;
            }
        }
        return start < 0 ? out.build() : out.add(start, RuneSet.MAX_RUNE).build();
    }
}
