package io.narfi.logql.engine;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.narfi.common.Labels;
import io.narfi.common.RegularExpressions;
import io.narfi.logql.MetricExpr.LabelReplace;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** {@code label_replace} (logql.md §9.6): equal results are not joined. */
final class LabelReplacement {
    private LabelReplacement() {}

    static StepMatrix apply(LabelReplace node, StepMatrix matrix) {
        Pattern pattern = RegularExpressions.compile("^(?:" + node.regex() + ")$");
        List<StepRow> rows = new ArrayList<>(matrix.rows().size());
        for (StepRow row : matrix.rows()) {
            Matcher matcher = pattern.matcher(row.labels().getOrEmpty(node.source()));
            rows.add(RegularExpressions.find(matcher, 0) ? row.withLabels(replace(row.labels(), node.target(), expand(node.replacement(), matcher, pattern))) : row);
        }
        return new StepMatrix(matrix.steps(), rows);
    }

    private static Labels replace(Labels labels, String name, String value) {
        TreeMap<String, String> map = new TreeMap<>(labels.toMap());
        if (value.isEmpty()) {
            map.remove(name);
        } else {
            map.put(name, value);
        }
        return Labels.of(map);
    }

    /** Go's {@code Regexp.Expand}: {@code $name} takes the longest word, unknown groups are empty, {@code $$} is a dollar. */
    static String expand(String template, Matcher matcher, Pattern pattern) {
        StringBuilder out = new StringBuilder();
        int i = 0;
        while (i < template.length()) {
            char c = template.charAt(i);
            if (c != '$' || i + 1 == template.length()) {
                out.append(c);
                i++;
                continue;
            }
            if (template.charAt(i + 1) == '$') {
                out.append('$');
                i += 2;
                continue;
            }
            boolean braces = template.charAt(i + 1) == '{';
            int start = braces ? i + 2 : i + 1;
            int end = start;
            while (end < template.length() && isWord(template.charAt(end))) {
                end++;
            }
            boolean closed = !braces || (end < template.length() && template.charAt(end) == '}');
            if (end == start || !closed) {
                out.append('$');
                i++;
                continue;
            }
            out.append(group(template.substring(start, end), matcher, pattern));
            i = braces ? end + 1 : end;
        }
        return out.toString();
    }

    private static boolean isWord(char c) {
        return c == '_' || Character.isLetterOrDigit(c);
    }

    private static String group(String name, Matcher matcher, Pattern pattern) {
        boolean number = name.chars().allMatch(c -> c >= '0' && c <= '9') && name.length() < 9;
        int index = number ? Integer.parseInt(name) : pattern.namedGroups().getOrDefault(name, -1);
        if (index < 0 || index > matcher.groupCount()) {
            return "";
        }
        String value = matcher.group(index);
        return value == null ? "" : value;
    }
}
