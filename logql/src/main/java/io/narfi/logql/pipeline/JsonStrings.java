package io.narfi.logql.pipeline;

import io.narfi.logql.regex.Utf8;

/** Content of JSON strings, decoded into an entry's scratch buffer where that is needed. */
final class JsonStrings {
    private JsonStrings() {}

    /** Whether the bytes need no decoding: they are ASCII without a backslash. */
    static boolean isPlain(byte[] b, int from, int to) {
        int i = from;
        for (; i + 8 <= to; i += 8) {
            long w = Slices.word(b, i);
            long x = w ^ 0x5c5c5c5c5c5c5c5cL;
            if (((((x - 0x0101010101010101L) & ~x) | w) & 0x8080808080808080L) != 0) {
                return false;
            }
        }
        for (; i < to; i++) {
            if (b[i] < 0 || b[i] == '\\') {
                return false;
            }
        }
        return true;
    }

    /**
     * Decodes escapes, with U+FFFD and bytes that are no UTF-8 as blanks, to {@code out[at…]}.
     *
     * @return the end of the decoded text, -1 if an escape is invalid. It is never longer than the source.
     */
    static int decode(byte[] b, int from, int to, byte[] out, int at) {
        int end = unescape(b, from, to, out, at);
        return end < 0 ? end : blankOut(out, at, end);
    }

    /** Decodes escapes only. */
    static int unescape(byte[] b, int from, int to, byte[] out, int at) {
        int o = at;
        int i = from;
        while (i < to) {
            byte c = b[i];
            if (c != '\\') {
                out[o++] = c;
                i++;
                continue;
            }
            if (i + 1 >= to) {
                return -1;
            }
            switch (b[i + 1]) {
                case '"', '\\', '/' -> out[o++] = b[i + 1];
                case 'b' -> out[o++] = '\b';
                case 'f' -> out[o++] = '\f';
                case 'n' -> out[o++] = '\n';
                case 'r' -> out[o++] = '\r';
                case 't' -> out[o++] = '\t';
                case 'u' -> {
                    int rune = hex4(b, i + 2, to);
                    if (rune >= 0xd800 && rune < 0xdc00) {
                        int low = i + 7 < to && b[i + 6] == '\\' && b[i + 7] == 'u' ? hex4(b, i + 8, to) : -1;
                        rune = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((rune - 0xd800) << 10) + low - 0xdc00 : -1;
                        i += 6;
                    } else if (rune >= 0xdc00 && rune < 0xe000) {
                        rune = -1;
                    }
                    if (rune < 0) {
                        return -1;
                    }
                    o = encode(rune, out, o);
                    i += 4;
                }
                default -> {
                    return -1;
                }
            }
            i += 2;
        }
        return o;
    }

    static int hex4(byte[] b, int from, int to) {
        if (from + 4 > to) {
            return -1;
        }
        int n = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = Character.digit(b[i], 16);
            if (digit < 0) {
                return -1;
            }
            n = n << 4 | digit;
        }
        return n;
    }

    static int encode(int rune, byte[] out, int at) {
        int o = at;
        if (rune < 0x80) {
            out[o++] = (byte) rune;
        } else if (rune < 0x800) {
            out[o++] = (byte) (0xc0 | (rune >> 6));
            out[o++] = (byte) (0x80 | (rune & 0x3f));
        } else if (rune < 0x10000) {
            out[o++] = (byte) (0xe0 | (rune >> 12));
            out[o++] = (byte) (0x80 | ((rune >> 6) & 0x3f));
            out[o++] = (byte) (0x80 | (rune & 0x3f));
        } else {
            out[o++] = (byte) (0xf0 | (rune >> 18));
            out[o++] = (byte) (0x80 | ((rune >> 12) & 0x3f));
            out[o++] = (byte) (0x80 | ((rune >> 6) & 0x3f));
            out[o++] = (byte) (0x80 | (rune & 0x3f));
        }
        return o;
    }

    /** Whether the bytes hold U+FFFD or are not all UTF-8. */
    static boolean hasReplacement(byte[] b, int from, int to) {
        for (int i = from; i < to; ) {
            int decoded = Utf8.decode(b, i, to);
            if (decoded >> 3 == 0xfffd) {
                return true;
            }
            i += decoded & 7;
        }
        return false;
    }

    /** Replaces U+FFFD and bytes that are no UTF-8 by blanks, in place; gives the new end. */
    static int blankOut(byte[] b, int from, int to) {
        int o = from;
        int i = from;
        while (i < to) {
            if (b[i] >= 0) {
                b[o++] = b[i++];
                continue;
            }
            int decoded = Utf8.decode(b, i, to);
            int width = decoded & 7;
            if (decoded >> 3 == 0xfffd) {
                b[o++] = ' ';
                i += width;
            } else {
                for (int k = 0; k < width; k++) {
                    b[o++] = b[i++];
                }
            }
        }
        return o;
    }
}
