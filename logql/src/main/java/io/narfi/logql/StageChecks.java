package io.narfi.logql;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What Loki checks of {@code regexp} and {@code pattern} stages while it parses (logql.md §3.2). */
final class StageChecks {
    private StageChecks() {}

    static void regexp(String regex) {
        try {
            Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            // RE2/J refuses names that occur twice; Go does not, Loki does so itself.
            if (!e.getDescription().equals("duplicate capture group name")) {
                throw new ParseException("invalid regexp parser: " + e.getMessage());
            }
        }
        List<String> names = captureNames(regex);
        if (names.isEmpty()) {
            throw new ParseException("invalid regexp parser: at least one named capture must be supplied");
        }
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!seen.add(name)) {
                throw new ParseException("invalid regexp parser: duplicate extracted label name '" + name + "'");
            }
        }
    }

    /** Names of the groups of a regular expression that compiles; escapes, {@code \Q…\E} and bracket classes hold none. */
    private static List<String> captureNames(String regex) {
        List<String> names = new ArrayList<>();
        boolean inClass = false;
        for (int i = 0; i < regex.length(); i++) {
            char c = regex.charAt(i);
            if (c == '\\') {
                i = regex.startsWith("\\Q", i) ? endOfQuoted(regex, i) : i + 1;
            } else if (inClass) {
                inClass = c != ']';
            } else if (c == '[') {
                inClass = true;
                i = skipLiteralBracket(regex, i);
            } else if (regex.startsWith("(?P<", i) || regex.startsWith("(?<", i)) {
                int start = regex.indexOf('<', i) + 1;
                names.add(regex.substring(start, regex.indexOf('>', start)));
            }
        }
        return names;
    }

    private static int endOfQuoted(String regex, int from) {
        int end = regex.indexOf("\\E", from);
        return end < 0 ? regex.length() : end + 1;
    }

    /** A bracket right after the opening one, or after {@code [^}, is a literal. */
    private static int skipLiteralBracket(String regex, int open) {
        int i = regex.startsWith("^", open + 1) ? open + 1 : open;
        return regex.startsWith("]", i + 1) ? i + 1 : i;
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
