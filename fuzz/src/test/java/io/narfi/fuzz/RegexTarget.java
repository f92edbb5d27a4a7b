package io.narfi.fuzz;

import com.google.re2j.PatternSyntaxException;
import io.narfi.common.ApiException;
import io.narfi.common.RegularExpressions;
import io.narfi.logql.regex.GroupMatcher;
import io.narfi.logql.regex.Regex;
import io.narfi.logql.regex.RegexSyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** A regular expression and behind a line break a text; RE2/J is the judge where the text is UTF-8. */
public final class RegexTarget {
    /** RE2/J takes time by the product of both. */
    private static final int MAX_EXPRESSION = 200;

    private static final int MAX_TEXT = 500;

    private RegexTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        byte[][] parts = Parts.split(data);
        String expression = new String(parts[0], StandardCharsets.UTF_8);
        Regex regex;
        try {
            regex = Regex.compile(expression);
        } catch (RegexSyntaxException refused) {
            return;
        }
        byte[] text = parts[1];
        boolean found;
        try {
            found = regex.find(text, 0, text.length);
            GroupMatcher groups = regex.matcher();
            if (groups.find(text, 0, text.length) != found) {
                throw new AssertionError("groups differ: " + found);
            }
        } catch (ApiException tooLarge) {
            return;
        }
        if (expression.length() > MAX_EXPRESSION || text.length > MAX_TEXT) {
            return;
        }
        String decoded;
        try {
            decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
        } catch (CharacterCodingException notText) {
            return;
        }
        boolean judged;
        try {
            judged = RegularExpressions.compile(expression).matcher(decoded).find();
        } catch (PatternSyntaxException e) {
            // Go takes a name twice, so Regex does; the judge does not.
            if (e.getDescription().equals("duplicate capture group name")) {
                return;
            }
            throw e;
        }
        if (judged != found) {
            throw new AssertionError("found " + found + ", RE2/J says " + judged);
        }
    }
}
