package io.narfi.logql.template;

import io.narfi.logql.regex.GroupMatcher;
import io.narfi.logql.regex.Regex;
import io.narfi.logql.regex.RegexSyntaxException;
import io.narfi.logql.regex.Utf8;
import java.util.LinkedHashMap;
import java.util.Map;

/** Regular expressions of one execution's functions, the last few compiled. */
final class Regexes {
    static final int MAX_COMPILED = 32;

    /** A byte that an expression looks at, in bytes that other functions look at. */
    private static final int WORK_PER_BYTE = 30;

    private final Execution run;
    private final Map<String, Compiled> compiled = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Compiled> eldest) {
            return size() > MAX_COMPILED;
        }
    };

    private record Compiled(Regex regex, GroupMatcher matcher) {}

    Regexes(Execution run) {
        this.run = run;
    }

    private Compiled compile(String expression) throws TemplateException {
        Compiled known = compiled.get(expression);
        if (known == null) {
            try {
                Regex regex = Regex.compile(GoStrings.toText(expression));
                known = new Compiled(regex, regex.matcher());
            } catch (RegexSyntaxException e) {
                throw new TemplateException(GoStrings.ofText(String.valueOf(e.getMessage())));
            }
            compiled.put(expression, known);
        }
        return known;
    }

    int size() {
        return compiled.size();
    }

    /** Replaces every match; an empty match directly behind another one is left alone. */
    String replaceAll(String expression, String s, String replacement, boolean literal) throws TemplateException {
        Compiled c = compile(expression);
        run.work((long) WORK_PER_BYTE * s.length());
        GroupMatcher m = c.matcher();
        byte[] b = GoStrings.toBytes(s);
        StringBuilder out = new StringBuilder(s.length());
        int copied = 0;
        int at = 0;
        while (at <= b.length && m.find(b, 0, at, b.length)) {
            int from = m.start(0);
            int to = m.end(0);
            out.append(s, copied, from);
            if (to > copied || from == 0) {
                if (literal) {
                    out.append(replacement);
                } else {
                    expand(c, s, replacement, out);
                }
            }
            run.check(out.length());
            copied = to;
            int width = at < b.length ? Utf8.decode(b, at, b.length) & 7 : 0;
            at = at + width > to ? at + width : at + 1 > to ? at + 1 : to;
        }
        m.release();
        return out.append(s, copied, s.length()).toString();
    }

    /** {@code $name}, {@code ${name}} and {@code $$}; unknown groups are empty. */
    private static void expand(Compiled c, String s, String template, StringBuilder out) {
        int i = 0;
        while (i < template.length()) {
            char ch = template.charAt(i);
            if (ch != '$' || i + 1 == template.length()) {
                out.append(ch);
                i++;
                continue;
            }
            if (template.charAt(i + 1) == '$') {
                out.append('$');
                i += 2;
                continue;
            }
            boolean brace = template.charAt(i + 1) == '{';
            int start = i + (brace ? 2 : 1);
            int end = start;
            while (end < template.length() && isWord(template.charAt(end))) {
                end++;
            }
            if (end == start || (brace && (end == template.length() || template.charAt(end) != '}'))) {
                out.append('$');
                i++;
                continue;
            }
            int group = group(c, template.substring(start, end));
            if (group >= 0 && group <= c.matcher().groups() && c.matcher().start(group) >= 0) {
                out.append(s, c.matcher().start(group), c.matcher().end(group));
            }
            i = brace ? end + 1 : end;
        }
    }

    private static boolean isWord(char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static int group(Compiled c, String name) {
        boolean number = name.length() <= 8;
        for (int i = 0; i < name.length(); i++) {
            number &= name.charAt(i) >= '0' && name.charAt(i) <= '9';
        }
        if (number && (name.length() == 1 || name.charAt(0) != '0')) {
            return Integer.parseInt(name);
        }
        String[] names = c.regex().groupNames();
        for (int g = 1; g < names.length; g++) {
            if (name.equals(names[g]) && c.matcher().start(g) >= 0) {
                return g;
            }
        }
        return -1;
    }

    /** Number of matches that do not overlap. */
    int count(String expression, String s) throws TemplateException {
        GroupMatcher m = compile(expression).matcher();
        run.work((long) WORK_PER_BYTE * s.length());
        byte[] b = GoStrings.toBytes(s);
        int n = 0;
        int previous = -1;
        int at = 0;
        while (at <= b.length && m.find(b, 0, at, b.length)) {
            int from = m.start(0);
            int to = m.end(0);
            if (to == at) {
                n += from == previous ? 0 : 1;
                at += at < b.length ? Utf8.decode(b, at, b.length) & 7 : 1;
            } else {
                n++;
                at = to;
            }
            previous = to;
        }
        m.release();
        return n;
    }
}
