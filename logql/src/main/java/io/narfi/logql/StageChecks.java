package io.narfi.logql;

import io.narfi.logql.regex.Regex;
import io.narfi.logql.regex.RegexSyntaxException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What Loki checks of {@code regexp} and {@code pattern} stages while it parses (logql.md §3.2). */
final class StageChecks {
    private StageChecks() {}

    static void regexp(String regex) {
        Set<String> seen = new HashSet<>();
        for (String name : groupNames(regex)) {
            if (name != null && !seen.add(name)) {
                throw new ParseException("invalid regexp parser: duplicate extracted label name '" + name + "'");
            }
        }
        if (seen.isEmpty()) {
            throw new ParseException("invalid regexp parser: at least one named capture must be supplied");
        }
    }

    private static @Nullable String[] groupNames(String regex) {
        try {
            return Regex.compile(regex).groupNames();
        } catch (RegexSyntaxException e) {
            throw new ParseException("invalid regexp parser: " + e.getMessage());
        }
    }

    static void pattern(String pattern) {
        if (pattern.isEmpty()) {
            throw new ParseException("invalid pattern parser: "
                    + new ParseException("syntax error: unexpected $end, expecting IDENTIFIER or LITERAL", 1, 1).text());
        }
        Set<String> seen = new HashSet<>();
        String previous = "";
        String duplicate = "";
        String consecutive = "";
        for (int i = 0; i < pattern.length(); ) {
            int end = endOfCapture(pattern, i);
            if (end < 0) {
                previous = "";
                i++;
                continue;
            }
            String capture = pattern.substring(i, end);
            String name = capture.substring(1, capture.length() - 1);
            if (!previous.isEmpty() && consecutive.isEmpty()) {
                consecutive = previous + capture;
            }
            if (!name.equals("_") && !seen.add(name) && duplicate.isEmpty()) {
                duplicate = name;
            }
            previous = capture;
            i = end;
        }
        if (seen.isEmpty()) {
            throw new ParseException("invalid pattern parser: at least one capture is required");
        }
        if (!consecutive.isEmpty()) {
            throw new ParseException("invalid pattern parser: found consecutive capture '" + consecutive + "': invalid expression");
        }
        if (!duplicate.isEmpty()) {
            throw new ParseException("invalid pattern parser: duplicate capture name (" + duplicate + "): invalid expression");
        }
    }

    /** Index after the capture {@code <name>} that starts here, -1 if none does. */
    private static int endOfCapture(String pattern, int start) {
        if (pattern.charAt(start) != '<') {
            return -1;
        }
        int i = start + 1;
        while (i < pattern.length() && isNameCharacter(pattern.charAt(i), i > start + 1)) {
            i++;
        }
        return i > start + 1 && i < pattern.length() && pattern.charAt(i) == '>' ? i + 1 : -1;
    }

    private static boolean isNameCharacter(char c, boolean digits) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (digits && c >= '0' && c <= '9');
    }
}
