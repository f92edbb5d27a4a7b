package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.logql.regex.Regex;
import io.narfi.logql.regex.RequiredLiterals;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Matches a regular expression somewhere. Where the expression needs certain texts, a page is first searched for those. */
final class RegexTest implements TextTest {
    private final Regex regex;
    private final List<Needle> needles = new ArrayList<>();
    private final boolean fold;

    RegexTest(Regex regex) {
        this.regex = regex;
        @Nullable RequiredLiterals required = regex.required();
        this.fold = required != null && required.fold();
        if (required != null) {
            for (String text : required.texts()) {
                needles.add(new Needle(text.getBytes(UTF_8), fold));
            }
        }
    }

    @Override
    public boolean test(byte[] b, int from, int to) {
        return regex.find(b, from, to);
    }

    @Override
    public void match(PageText page, RowSet candidates, RowSet out) {
        RowSet open = candidates;
        if (!needles.isEmpty() && !(fold && page.hasWideLetters())) {
            open = new RowSet(candidates.start, candidates.end);
            for (Needle needle : needles) {
                page.find(needle, candidates.without(open), open);
            }
        }
        TextTest.super.match(page, open, out);
    }
}
