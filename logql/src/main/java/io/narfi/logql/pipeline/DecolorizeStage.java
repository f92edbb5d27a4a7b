package io.narfi.logql.pipeline;

import io.narfi.logql.regex.GroupMatcher;
import io.narfi.logql.regex.Regex;

/** {@code | decolorize} (§6.12): takes ANSI escape sequences out of the line. */
final class DecolorizeStage implements RowStage {
    /** An introducer, then either parameters up to BEL, or parameters and one final character. */
    private static final Regex SEQUENCE = Regex.compile("[\\x{1b}\\x{9b}][\\[\\]()#;?]*"
            + "(?:(?:(?:[a-zA-Z\\d]*(?:;[a-zA-Z\\d]*)*)?\\x{07})|(?:(?:\\d{1,4}(?:;\\d{0,4})*)?[\\dA-PRZcf-ntqry=><~]))");

    private final GroupMatcher matcher = SEQUENCE.matcher();

    @Override
    public boolean run(LabelBuilder entry) {
        byte[] b = entry.line;
        int from = entry.lineFrom;
        int to = entry.lineTo;
        if (Slices.indexOf(b, from, to, (byte) 0x1b) < 0 && Slices.indexOf(b, from, to, (byte) 0x9b) < 0) {
            return true;
        }
        byte[] room = entry.scratch(to - from);
        int start = entry.scratchEnd();
        int out = start;
        int at = from;
        while (at < to && matcher.find(b, from, at, to)) {
            int kept = matcher.start(0) - at;
            System.arraycopy(b, at, room, out, kept);
            out += kept;
            at = matcher.end(0);
        }
        System.arraycopy(b, at, room, out, to - at);
        out += to - at;
        entry.take(out);
        entry.setLine(room, start, out);
        return true;
    }
}
