package io.narfi.logql.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code |>}: literals in order with something between them (§6.2). */
final class PatternTest implements TextTest {
    private final List<PatternElement> elements;
    private final @Nullable Needle longest;

    /** @throws StageException if the pattern has named or adjacent captures */
    PatternTest(String pattern) {
        this.elements = PatternElement.parse(pattern);
        PatternElement previous = null;
        byte[] best = new byte[0];
        for (PatternElement e : elements) {
            if (e.isCapture() && !e.name().equals("_")) {
                throw new StageException("named captures are not allowed: found '" + e + "'");
            }
            if (previous != null && previous.isCapture() && e.isCapture()) {
                throw new StageException("found consecutive capture '" + previous + e + "': invalid expression");
            }
            if (e.literal().length > best.length) {
                best = e.literal();
            }
            previous = e;
        }
        this.longest = best.length == 0 ? null : new Needle(best, false);
    }

    @Override
    public boolean test(byte[] b, int from, int to) {
        if (elements.isEmpty()) {
            return from == to;
        }
        int at = from;
        for (int i = 0; i < elements.size(); i++) {
            PatternElement e = elements.get(i);
            if (e.isCapture()) {
                continue;
            }
            int found = Slices.indexOf(b, at, to, e.literal());
            if (found < 0 || (i > 0 && found == at)) {
                return false;
            }
            at = found + e.literal().length;
        }
        return elements.getLast().isCapture() ? at < to : at == to;
    }

    @Override
    public void match(PageText page, RowSet candidates, RowSet out) {
        RowSet open = candidates;
        if (longest != null) {
            open = new RowSet(candidates.start, candidates.end);
            page.find(longest, candidates, open);
        }
        TextTest.super.match(page, open, out);
    }
}
