package io.narfi.common;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Compiles regular expressions with RE2/J, around its weaknesses:
 * <ul>
 *   <li>It writes repetitions out without a bound, where Go refuses what grows too large. Such expressions are refused here.
 *   <li>With {@code (?i)} the nine code points U+1C80 to U+1C88, old forms of Cyrillic letters, make RE2/J 1.8 loop without end on a Java that knows them:
 *       it follows their case to the common letter, from where no case leads back. An expression that may ignore case has the common
 *       letters in their place; so RE2/J does not find the old forms with it.
 *   <li>With {@code (?i)} it folds ranges code point by code point. Expressions whose ranges are too many and wide together are refused.
 * </ul>
 */
public final class RegularExpressions {
    private static final int FIRST_OLD = 0x1c80;
    private static final String COMMON = "\u0432\u0434\u043e\u0441\u0442\u0442\u044a\u0463\ua64b";
    private static final int LAST_OLD = FIRST_OLD + COMMON.length() - 1;

    /** The last code point with a case. */
    private static final int LAST_CASED = 0x1e943;

    /** Code points that the ranges of one expression may fold: about a second. */
    static final int MAX_FOLDED = 5_000_000;

    /** Instructions that an expression may come to, each of some hundred bytes while it is compiled. */
    public static final int MAX_SIZE = 250_000;

    /** A class of Unicode has some hundred ranges. */
    private static final int CLASS_SIZE = 300;

    /** How far a name, a number or a count may be from its end; those of Unicode's scripts are the longest. */
    private static final int LONGEST_NAME = 64;

    private final String text;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private int folded;

    private RegularExpressions(String text) {
        this.text = text;
    }

    /** @throws PatternSyntaxException with Go's text if that is no regular expression, or too large a one */
    public static Pattern compile(String expression) {
        if (size(expression) > MAX_SIZE) {
            throw new PatternSyntaxException("expression too large", expression);
        }
        return Pattern.compile(ignoresCase(expression) ? new RegularExpressions(expression).rewritten() : expression);
    }

    /**
     * Looks for the next match from {@code start} on. RE2/J goes along the parts of an expression that take no character by recursion, which
     * thousands of them in a row can bring beyond the stack; that is an error of the query and no more.
     *
     * @throws ApiException 400
     */
    public static boolean find(Matcher matcher, int start) {
        try {
            return matcher.find(start);
        } catch (StackOverflowError e) {
            throw tooLarge(matcher.pattern(), e);
        }
    }

    /**
     * Whether a whole text matches, with the bound of {@link #find}.
     *
     * @throws ApiException 400
     */
    public static boolean matches(Pattern pattern, String text) {
        try {
            return pattern.matches(text);
        } catch (StackOverflowError e) {
            throw tooLarge(pattern, e);
        }
    }

    private static ApiException tooLarge(Pattern pattern, Throwable cause) {
        String expression = pattern.pattern();
        String shown = expression.length() <= 100 ? expression : expression.substring(0, 100) + "...";
        return new ApiException(400, "error parsing regexp: expression too large: `" + shown + "`", cause);
    }

    /** Roughly the instructions that an expression comes to with its repetitions written out; more than the bound is any number. */
    private static long size(String text) {
        Deque<Long> outer = new ArrayDeque<>();
        long size = 0;
        long last = 0;
        int i = 0;
        while (i < text.length() && size <= MAX_SIZE) {
            char c = text.charAt(i);
            int next = i + 1;
            switch (c) {
                case '\\' -> {
                    last = text.startsWith("p", next) || text.startsWith("P", next) ? CLASS_SIZE : 1;
                    next = endOfEscape(text, i);
                    size += last;
                }
                case '[' -> {
                    next = endOfClass(text, i);
                    String inside = text.substring(i, next);
                    last = 1 + (inside.contains("\\p") || inside.contains("\\P") ? CLASS_SIZE * (inside.length() / 3) : 0);
                    size += last;
                }
                case '(' -> {
                    outer.push(size);
                    size = 0;
                    last = 0;
                }
                case ')' -> {
                    last = size + 2;
                    size = last + (outer.isEmpty() ? 0 : outer.pop());
                }
                case '{' -> {
                    int close = text.indexOf('}', i, Math.min(text.length(), i + LONGEST_NAME));
                    int times = close < 0 ? 0 : repetitions(text.substring(next, close));
                    if (times > 0) {
                        size += last * (times - 1);
                        last *= times;
                        next = close + 1;
                    } else {
                        last = 1;
                        size++;
                    }
                }
                default -> {
                    last = c == '*' || c == '+' || c == '?' ? last + 1 : 1;
                    size++;
                }
            }
            i = next;
        }
        return outer.stream().mapToLong(Long::longValue).sum() + size;
    }

    private static int endOfClass(String text, int at) {
        int i = text.startsWith("[^", at) ? at + 2 : at + 1;
        int first = i;
        while (i < text.length() && (text.charAt(i) != ']' || i == first)) {
            int named = endOfNamed(text, i);
            i = named > 0 ? named : text.charAt(i) == '\\' ? i + 2 : i + 1;
        }
        return Math.min(i + 1, text.length());
    }

    /** Behind a named class such as {@code [:alpha:]}, -1 if none is there. */
    private static int endOfNamed(String text, int at) {
        int end = text.startsWith("[:", at) ? text.indexOf(":]", at + 2, Math.min(text.length(), at + LONGEST_NAME)) : -1;
        return end < 0 ? -1 : end + 2;
    }

    /** Behind an escape; a name or number in braces belongs to it. */
    private static int endOfEscape(String text, int at) {
        int behind = Math.min(at + 2, text.length());
        boolean braces = behind < text.length() && text.charAt(behind) == '{' && "xpP".indexOf(text.charAt(behind - 1)) >= 0;
        int close = braces ? text.indexOf('}', behind, Math.min(text.length(), behind + LONGEST_NAME)) : -1;
        return close < 0 ? behind : close + 1;
    }

    /** The most repetitions that {@code n}, {@code n,} or {@code n,m} say, plus one for an open end; 0 if that is none of them. */
    private static int repetitions(String bounds) {
        int comma = bounds.indexOf(',');
        String most = comma < 0 || comma == bounds.length() - 1 ? bounds.substring(0, comma < 0 ? bounds.length() : comma) : bounds.substring(comma + 1);
        if (most.isEmpty() || most.length() > 4 || !most.chars().allMatch(d -> d >= '0' && d <= '9')) {
            return 0;
        }
        return Math.max(1, Integer.parseInt(most) + (comma == bounds.length() - 1 ? 1 : 0));
    }

    /** Whether a group with the flag {@code i} may be in it. */
    private static boolean ignoresCase(String text) {
        for (int i = text.indexOf("(?"); i >= 0; i = text.indexOf("(?", i + 2)) {
            for (int j = i + 2; j < text.length() && Character.isLetter(text.charAt(j)); j++) {
                if (text.charAt(j) == 'i') {
                    return true;
                }
            }
        }
        return false;
    }

    private String rewritten() {
        while (at < text.length()) {
            if (text.startsWith("\\Q", at)) {
                int end = text.indexOf("\\E", at);
                quoted(end < 0 ? text.length() : end + 2);
            } else if (text.charAt(at) == '[') {
                characterClass();
            } else {
                single();
            }
        }
        return out.toString();
    }

    private void quoted(int end) {
        for (; at < end; at++) {
            char c = text.charAt(at);
            out.append(isOld(c) ? COMMON.charAt(c - FIRST_OLD) : c);
        }
    }

    private void characterClass() {
        int first = text.startsWith("[^", at) ? at + 2 : at + 1;
        out.append(text, at, first);
        at = first;
        while (at < text.length() && (text.charAt(at) != ']' || at == first)) {
            int end = endOfNamed(text, at);
            if (end > 0) {
                out.append(text, at, end);
                at = end;
                continue;
            }
            int from = at;
            int low = next();
            if (at < text.length() - 1 && text.charAt(at) == '-' && text.charAt(at + 1) != ']') {
                int dash = at++;
                int highFrom = at;
                int high = next();
                range(text.substring(from, dash), low, text.substring(highFrom, at), high);
            } else {
                out.append(isOld(low) ? String.valueOf(COMMON.charAt(low - FIRST_OLD)) : text.substring(from, at));
            }
        }
        if (at < text.length()) {
            out.append(text.charAt(at++));
        }
    }

    private void range(String lowText, int low, String highText, int high) {
        folded += Math.max(0, Math.min(high, LAST_CASED) - Math.max(low, 0));
        if (folded > MAX_FOLDED) {
            throw new PatternSyntaxException("expression too large", text);
        }
        if (low < 0 || low > LAST_OLD || high < FIRST_OLD) {
            out.append(lowText).append('-').append(highText);
            return;
        }
        if (low < FIRST_OLD) {
            out.append(lowText).append("-\\x{1c7f}");
        }
        for (int c = Math.max(low, FIRST_OLD); c <= Math.min(high, LAST_OLD); c++) {
            out.append(COMMON.charAt(c - FIRST_OLD));
        }
        if (high > LAST_OLD) {
            out.append("\\x{1c89}-").append(highText);
        }
    }

    private void single() {
        int from = at;
        int c = next();
        out.append(isOld(c) ? String.valueOf(COMMON.charAt(c - FIRST_OLD)) : text.substring(from, at));
    }

    private static boolean isOld(int c) {
        return c >= FIRST_OLD && c <= LAST_OLD;
    }

    /** Goes behind the next character or escape and gives its code point, -1 for an escape that stands for none or that RE2/J refuses. */
    private int next() {
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\' || at == text.length()) {
            return c;
        }
        int escaped = text.codePointAt(at);
        at += Character.charCount(escaped);
        if (escaped != 'x' || at == text.length()) {
            return Character.isLetterOrDigit(escaped) ? -1 : escaped;
        }
        int from = at;
        int to = Math.min(at + 2, text.length());
        if (text.charAt(at) == '{') {
            int close = text.indexOf('}', at);
            from = at + 1;
            to = close < 0 ? text.length() : close;
            at = Math.min(to + 1, text.length());
        } else {
            at = to;
        }
        try {
            return Integer.parseInt(text.substring(from, to), 16);
        } catch (NumberFormatException refused) {
            return -1;
        }
    }
}
