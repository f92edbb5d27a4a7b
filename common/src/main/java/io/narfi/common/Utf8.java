package io.narfi.common;

/** UTF-8 as Go reads it: a byte that begins no well-formed sequence stands for itself alone. */
public final class Utf8 {
    private Utf8() {}

    /** Length of the well-formed UTF-8 sequence at {@code i}, 0 if there is none (Unicode table 3-7). */
    public static int sequence(byte[] b, int i, int end) {
        int c = b[i] & 0xff;
        if (c < 0x80) {
            return 1;
        }
        int n = c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
        if (n == 0 || end - i < n) {
            return 0;
        }
        int second = b[i + 1] & 0xff;
        int low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
        int high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        if (second < low || second > high) {
            return 0;
        }
        for (int k = 2; k < n; k++) {
            if ((b[i + k] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return n;
    }
}
