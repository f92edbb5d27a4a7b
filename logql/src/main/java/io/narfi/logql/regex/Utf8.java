package io.narfi.logql.regex;

/** Decoding as Go does it: what is not well-formed is U+FFFD, one byte wide. */
public final class Utf8 {
    private static final int BAD = (0xfffd << 3) | 1;

    private Utf8() {}

    /** The character at {@code at}, below {@code end}: code point times 8, plus its width in bytes (1 to 4). */
    public static int decode(byte[] b, int at, int end) {
        int c = b[at];
        if (c >= 0) {
            return (c << 3) | 1;
        }
        c &= 0xff;
        if (c < 0xc2 || c > 0xf4 || at + 1 >= end) {
            return BAD;
        }
        int c1 = b[at + 1] & 0xff;
        if (c < 0xe0) {
            return (c1 & 0xc0) == 0x80 ? ((((c & 0x1f) << 6) | (c1 & 0x3f)) << 3) | 2 : BAD;
        }
        int low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
        int high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        if (c1 < low || c1 > high || at + 2 >= end) {
            return BAD;
        }
        int c2 = b[at + 2] & 0xff;
        if ((c2 & 0xc0) != 0x80) {
            return BAD;
        }
        if (c < 0xf0) {
            return ((((c & 0xf) << 12) | ((c1 & 0x3f) << 6) | (c2 & 0x3f)) << 3) | 3;
        }
        if (at + 3 >= end || (b[at + 3] & 0xc0) != 0x80) {
            return BAD;
        }
        return ((((c & 7) << 18) | ((c1 & 0x3f) << 12) | ((c2 & 0x3f) << 6) | (b[at + 3] & 0x3f)) << 3) | 4;
    }

    /** The character that ends at {@code at}, above {@code start}, as {@link #decode}. */
    public static int decodeBefore(byte[] b, int start, int at) {
        int c = b[at - 1];
        if (c >= 0) {
            return (c << 3) | 1;
        }
        for (int from = at - 2; from >= Math.max(start, at - 4); from--) {
            if ((b[from] & 0xc0) != 0x80) {
                int decoded = decode(b, from, at);
                return (decoded & 7) == at - from ? decoded : BAD;
            }
        }
        return BAD;
    }

    /** The text of bytes; each byte that is no UTF-8 becomes U+FFFD. */
    public static String toText(byte[] b, int from, int to) {
        StringBuilder out = new StringBuilder(to - from);
        for (int at = from; at < to; ) {
            int decoded = decode(b, at, to);
            out.appendCodePoint(decoded >> 3);
            at += decoded & 7;
        }
        return out.toString();
    }

    /** Where in the bytes each UTF-16 unit of {@link #toText} begins; the last place is {@code to}. */
    static int[] places(byte[] b, int from, int to) {
        int[] places = new int[to - from + 1];
        int n = 0;
        for (int at = from; at < to; ) {
            int decoded = decode(b, at, to);
            places[n++] = at;
            if (decoded >> 3 > 0xffff) {
                places[n++] = at;
            }
            at += decoded & 7;
        }
        places[n++] = to;
        return java.util.Arrays.copyOf(places, n);
    }
}
