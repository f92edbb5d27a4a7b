package io.narfi.logql.pipeline;

import io.narfi.logql.regex.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code key=value} pairs byte by byte (§6.6); every byte up to the blank separates. After {@link #next} says that there is a pair,
 * its places are in the fields.
 */
final class LogfmtScanner {
    private byte[] b = new byte[0];
    private int base;
    private int at;
    private int end;

    int keyFrom;
    int keyTo;
    int valueFrom;
    int valueTo;
    /** Whether the value was in quotes and holds backslashes. */
    boolean escaped;
    /** What was wrong at the last place that is no pair, with its position. */
    @Nullable String error;

    void reset(byte[] line, int from, int to) {
        b = line;
        base = from;
        at = from;
        end = to;
        error = null;
    }

    /**
     * Reads the next pair; false at the end of the line, or with {@link #error} set where something is no pair.
     */
    boolean next() {
        error = null;
        int i = at;
        while (i < end && isSeparator(b[i])) {
            i++;
        }
        at = i;
        if (i == end) {
            return false;
        }
        keyFrom = i;
        boolean ascii = true;
        while (i < end && b[i] != '=' && b[i] != '"' && !isSeparator(b[i])) {
            ascii &= b[i] >= 0;
            i++;
        }
        at = i;
        keyTo = i;
        if (i < end && b[i] == '"') {
            return fail("unexpected '\"'");
        }
        if (i < end && b[i] == '=' && i == keyFrom) {
            return fail("unexpected '='");
        }
        if (!ascii && !isValid(keyFrom, keyTo)) {
            return fail("invalid key");
        }
        escaped = false;
        if (i == end || b[i] != '=') {
            valueFrom = i;
            valueTo = i;
            return true;
        }
        i++;
        return i < end && b[i] == '"' ? quoted(i + 1) : bare(i);
    }

    private boolean bare(int from) {
        int i = from;
        while (i < end && !isSeparator(b[i])) {
            if (b[i] == '=' || b[i] == '"') {
                at = i;
                return fail(b[i] == '=' ? "unexpected '='" : "unexpected '\"'");
            }
            i++;
        }
        valueFrom = from;
        valueTo = i;
        at = i;
        return true;
    }

    private boolean quoted(int from) {
        int close = JsonScanner.stringEnd(b, from, end);
        if (close < 0) {
            at = end;
            return fail("unterminated quoted value");
        }
        at = close;
        valueFrom = from;
        valueTo = close - 1;
        escaped = Slices.indexOf(b, from, close - 1, (byte) '\\') >= 0;
        if (escaped && !LogfmtStrings.isValid(b, valueFrom, valueTo)) {
            return fail("invalid quoted value");
        }
        return true;
    }

    private boolean fail(String message) {
        error = "logfmt syntax error at pos " + (at - base + 1) + " : " + message;
        return false;
    }

    /** Goes on behind the next separator. */
    void skip() {
        while (at < end && !isSeparator(b[at])) {
            at++;
        }
    }

    private boolean isValid(int from, int to) {
        for (int i = from; i < to; ) {
            int decoded = Utf8.decode(b, i, to);
            if (decoded >> 3 == 0xfffd) {
                return false;
            }
            i += decoded & 7;
        }
        return true;
    }

    private static boolean isSeparator(byte c) {
        return c <= ' ' && c >= 0;
    }
}
