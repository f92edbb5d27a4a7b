package io.narfi.logql.pipeline;

/** What parser stages share: writing an extracted label by the rules of §5 and §8. */
final class Extractor {
    static final int NEXT = 0;
    /** Every needed label was found: the parser stops. */
    static final int DONE = 1;
    /** An early label filter rejected the entry. */
    static final int REJECTED = 2;

    private Extractor() {}

    /** Whether parsers have nothing to do in this entry. */
    static boolean isIdle(LabelBuilder entry) {
        return entry.hints.skipParsers() || entry.allFound();
    }

    /** Writes a label under its target name, which the entry wants, and tells how to go on. */
    static int write(LabelBuilder entry, Name target, byte[] buffer, int from, int to) {
        entry.set(target, buffer, from, to);
        entry.claim(target);
        if (target.early != null && !target.early.test(entry, target)) {
            return REJECTED;
        }
        return entry.allFound() ? DONE : NEXT;
    }

    /** Writes the content of a JSON string or of a logfmt value without escapes: U+FFFD and invalid bytes become blanks. */
    static int writeClean(LabelBuilder entry, Name target, byte[] b, int from, int to) {
        for (int i = from; i < to; i++) {
            if (b[i] < 0) {
                return writeNonAscii(entry, target, b, from, to);
            }
        }
        return write(entry, target, b, from, to);
    }

    private static int writeNonAscii(LabelBuilder entry, Name target, byte[] b, int from, int to) {
        byte[] room = entry.scratch(to - from);
        int at = entry.scratchEnd();
        System.arraycopy(b, from, room, at, to - from);
        int end = JsonStrings.blankOut(room, at, at + to - from);
        entry.take(end);
        return write(entry, target, room, at, end);
    }
}
