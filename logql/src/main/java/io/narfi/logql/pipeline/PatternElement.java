package io.narfi.logql.pipeline;

import io.narfi.logql.ByteText;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of a pattern: a literal, or {@code <name>} (§6.9).
 *
 * @param name of a capture, {@code _} without one; empty for a literal
 * @param literal of a literal, else empty
 */
record PatternElement(String name, byte[] literal) {
    boolean isCapture() {
        return !name.isEmpty();
    }

    @Override
    public String toString() {
        return isCapture() ? "<" + name + ">" : ByteText.fromBytes(literal);
    }

    /** Everything that is no well-formed capture is literal text. */
    static List<PatternElement> parse(String pattern) {
        List<PatternElement> out = new ArrayList<>();
        int start = 0;
        int i = 0;
        while (i < pattern.length()) {
            int close = pattern.charAt(i) == '<' ? captureEnd(pattern, i) : -1;
            if (close < 0) {
                i++;
                continue;
            }
            if (i > start) {
                out.add(new PatternElement("", ByteText.toBytes(pattern.substring(start, i))));
            }
            out.add(new PatternElement(pattern.substring(i + 1, close), new byte[0]));
            i = close + 1;
            start = i;
        }
        if (i > start) {
            out.add(new PatternElement("", ByteText.toBytes(pattern.substring(start))));
        }
        return out;
    }

    private static int captureEnd(String pattern, int open) {
        int i = open + 1;
        while (i < pattern.length() && LabelNames.isNameCharacter(pattern.charAt(i))) {
            i++;
        }
        boolean named = i > open + 1 && i < pattern.length() && pattern.charAt(i) == '>';
        char first = pattern.charAt(Math.min(open + 1, pattern.length() - 1));
        return named && !(first >= '0' && first <= '9') ? i : -1;
    }
}
