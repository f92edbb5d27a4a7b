package io.narfi.logql.template;

import static io.narfi.logql.template.Functions.integer;
import static io.narfi.logql.template.Functions.string;

import io.narfi.logql.template.Function.Kind;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Loki's functions on strings (logql.md §7). */
final class StringFunctions {
    private static final Kind S = Kind.STRING;
    private static final Kind I = Kind.INT;

    private StringFunctions() {}

    static void register(Functions.Registry r) {
        for (String name : List.of("ToLower", "lower")) {
            r.add(name, (a, _) -> GoStrings.map(string(a, 0), Character::toLowerCase), S);
        }
        for (String name : List.of("ToUpper", "upper")) {
            r.add(name, (a, _) -> GoStrings.map(string(a, 0), Character::toUpperCase), S);
        }
        r.add("title", (a, _) -> title(string(a, 0)), S);
        r.add("Replace", (a, run) -> replace(string(a, 0), string(a, 1), string(a, 2), integer(a, 3), run), S, S, S, I);
        r.add("replace", (a, run) -> replace(string(a, 2), string(a, 0), string(a, 1), -1, run), S, S, S);
        r.add("Trim", (a, _) -> trim(string(a, 0), string(a, 1), true, true), S, S);
        r.add("TrimLeft", (a, _) -> trim(string(a, 0), string(a, 1), true, false), S, S);
        r.add("TrimRight", (a, _) -> trim(string(a, 0), string(a, 1), false, true), S, S);
        r.add("trimAll", (a, _) -> trim(string(a, 1), string(a, 0), true, true), S, S);
        r.add("TrimPrefix", (a, _) -> trimPrefix(string(a, 0), string(a, 1)), S, S);
        r.add("trimPrefix", (a, _) -> trimPrefix(string(a, 1), string(a, 0)), S, S);
        r.add("TrimSuffix", (a, _) -> trimSuffix(string(a, 0), string(a, 1)), S, S);
        r.add("trimSuffix", (a, _) -> trimSuffix(string(a, 1), string(a, 0)), S, S);
        for (String name : List.of("TrimSpace", "trim")) {
            r.add(name, (a, _) -> trim(string(a, 0), StringFunctions::isSpace, true, true), S);
        }
        r.add("trunc", (a, _) -> truncate(integer(a, 0), string(a, 1)), I, S);
        r.add("substr", (a, _) -> substring(integer(a, 0), integer(a, 1), string(a, 2)), I, I, S);
        r.add("repeat", (a, run) -> repeat(integer(a, 0), string(a, 1), run), I, S);
        r.add("indent", (a, run) -> indent(integer(a, 0), string(a, 1), run), I, S);
        r.add("nindent", (a, run) -> "\n" + indent(integer(a, 0), string(a, 1), run), I, S);
        r.add("alignLeft", (a, run) -> align(integer(a, 0), string(a, 1), true, run), I, S);
        r.add("alignRight", (a, run) -> align(integer(a, 0), string(a, 1), false, run), I, S);
        r.add("contains", (a, _) -> string(a, 1).contains(string(a, 0)), S, S);
        r.add("hasPrefix", (a, _) -> string(a, 1).startsWith(string(a, 0)), S, S);
        r.add("hasSuffix", (a, _) -> string(a, 1).endsWith(string(a, 0)), S, S);
        r.add("regexReplaceAll", (a, run) -> run.regexes().replaceAll(string(a, 0), string(a, 1), string(a, 2), false), S, S, S);
        r.add("regexReplaceAllLiteral", (a, run) -> run.regexes().replaceAll(string(a, 0), string(a, 1), string(a, 2), true), S, S, S);
        r.add("count", (a, run) -> GoInt.of(run.regexes().count(string(a, 0), string(a, 1))), S, S);
        r.add("urlencode", (a, _) -> Escapes.urlQuery(string(a, 0)), S);
        r.add("urldecode", (a, _) -> Escapes.urlDecode(string(a, 0)), S);
        r.add("b64enc", (a, _) -> GoStrings.ofText(Base64.getEncoder().encodeToString(GoStrings.toBytes(string(a, 0)))), S);
        r.add("b64dec", (a, _) -> Base64Text.decode(string(a, 0)), S);
        r.add("fromJson", (a, _) -> GoJson.parse(string(a, 0)), S);
        r.addVariadic("default", Kind.ANY, (a, _) -> a.length > 1 && !isEmpty(a[1]) ? a[1] : a[0], Kind.ANY);
    }

    private static boolean isEmpty(@Nullable Object v) {
        return switch (v) {
            case null -> true;
            case GoTime _ -> false;
            case Map<?, ?> m -> m.isEmpty();
            default -> !Values.truth(v);
        };
    }

    static boolean isSpace(int c) {
        return switch (c) {
            case '\t', '\n', 11, '\f', '\r', ' ', 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000 -> true;
            default -> c >= 0x2000 && c <= 0x200a;
        };
    }

    /** The first letter of each word in upper case; letters, digits and underscores make words. */
    private static String title(String s) {
        StringBuilder out = new StringBuilder(s.length());
        int before = ' ';
        for (int rune : GoStrings.runes(s)) {
            out.append(GoStrings.ofRune(isSeparator(before) ? Character.toTitleCase(rune) : rune));
            before = rune;
        }
        return out.toString();
    }

    private static boolean isSeparator(int c) {
        if (c < 0x80) {
            return !(c == '_' || Character.isLetterOrDigit(c));
        }
        return !Character.isLetter(c) && !Character.isDigit(c) && isSpace(c);
    }

    private static String replace(String s, String old, String by, long n, Execution run) throws TemplateException {
        if (n == 0 || old.equals(by)) {
            return s;
        }
        long places = old.isEmpty() ? (long) s.length() + 1 : s.length() / old.length();
        run.check(s.length() + Math.min(places, n < 0 ? places : n) * by.length());
        StringBuilder out = new StringBuilder(s.length());
        int at = 0;
        long done = 0;
        while (n < 0 || done < n) {
            int hit;
            if (old.isEmpty()) {
                hit = done == 0 ? 0 : at < s.length() ? at + width(s, at) : -1;
                if (hit < 0) {
                    break;
                }
            } else {
                hit = s.indexOf(old, at);
                if (hit < 0) {
                    break;
                }
            }
            out.append(s, at, hit).append(by);
            at = hit + old.length();
            done++;
        }
        return out.append(s, at, s.length()).toString();
    }

    /** Bytes of the character at a place. */
    private static int width(String s, int at) {
        byte[] b = GoStrings.toBytes(s.substring(at, Math.min(s.length(), at + 4)));
        return io.narfi.logql.regex.Utf8.decode(b, 0, b.length) & 7;
    }

    private static String trim(String s, String cut, boolean left, boolean right) {
        Set<Integer> set = new HashSet<>();
        for (int rune : GoStrings.runes(cut)) {
            set.add(rune);
        }
        return trim(s, set::contains, left, right);
    }

    private static String trim(String s, IntPredicate cut, boolean left, boolean right) {
        byte[] b = GoStrings.toBytes(s);
        int from = 0;
        int to = b.length;
        while (left && from < to) {
            int decoded = io.narfi.logql.regex.Utf8.decode(b, from, to);
            if (!cut.test(decoded >> 3)) {
                break;
            }
            from += decoded & 7;
        }
        while (right && to > from) {
            int decoded = io.narfi.logql.regex.Utf8.decodeBefore(b, from, to);
            if (!cut.test(decoded >> 3)) {
                break;
            }
            to -= decoded & 7;
        }
        return s.substring(from, to);
    }

    private static String trimPrefix(String s, String prefix) {
        return s.startsWith(prefix) ? s.substring(prefix.length()) : s;
    }

    private static String trimSuffix(String s, String suffix) {
        return s.endsWith(suffix) ? s.substring(0, s.length() - suffix.length()) : s;
    }

    private static String truncate(long n, String s) {
        if (n < 0) {
            return n > -s.length() ? s.substring((int) (s.length() + n)) : s;
        }
        return n < s.length() ? s.substring(0, (int) n) : s;
    }

    private static String substring(long from, long to, String s) throws TemplateException {
        if (from < 0) {
            return cut(s, 0, to);
        }
        return to < 0 || to > s.length() ? cut(s, from, s.length()) : cut(s, from, to);
    }

    private static String cut(String s, long from, long to) throws TemplateException {
        if (to < 0 || to > s.length()) {
            throw new TemplateException("runtime error: slice bounds out of range [:" + to + (to < 0 ? "]" : "] with length " + s.length()));
        }
        if (from > to) {
            throw new TemplateException("runtime error: slice bounds out of range [" + from + ":" + to + "]");
        }
        return s.substring((int) from, (int) to);
    }

    private static String repeat(long n, String s, Execution run) throws TemplateException {
        if (n < 0) {
            throw new TemplateException("strings: negative Repeat count");
        }
        run.check(s.isEmpty() ? 0 : n > run.limit() ? Long.MAX_VALUE : n * s.length());
        return s.isEmpty() ? "" : s.repeat((int) n);
    }

    private static String indent(long n, String s, Execution run) throws TemplateException {
        String pad = repeat(n, " ", run);
        return pad + replace(s, "\n", "\n" + pad, -1, run);
    }

    private static String align(long n, String s, boolean left, Execution run) throws TemplateException {
        if (n < 0) {
            return s;
        }
        int[] runes = GoStrings.runes(s);
        if (n > runes.length) {
            String pad = repeat(n - runes.length, " ", run);
            return left ? s + pad : pad + s;
        }
        StringBuilder out = new StringBuilder();
        int from = left ? 0 : (int) (runes.length - n);
        for (int i = 0; i < n; i++) {
            out.append(GoStrings.ofRune(runes[from + i]));
        }
        return n == runes.length ? s : out.toString();
    }
}
