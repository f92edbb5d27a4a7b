package io.narfi.fuzz;

import java.util.Arrays;

/** Inputs of two parts. */
final class Parts {
    private Parts() {}

    /** What stands before the first line break, and what stands behind it. */
    static byte[][] split(byte[] data) {
        int at = 0;
        while (at < data.length && data[at] != '\n') {
            at++;
        }
        return new byte[][] {Arrays.copyOf(data, at), Arrays.copyOfRange(data, Math.min(at + 1, data.length), data.length)};
    }
}
