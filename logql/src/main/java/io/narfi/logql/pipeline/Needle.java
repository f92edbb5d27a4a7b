package io.narfi.logql.pipeline;

import static io.narfi.logql.pipeline.Slices.word;

/**
 * Searches for a text of bytes, eight places at a time in plain long arithmetic: a place is looked at closely only if two bytes of the
 * needle stand where they must. The two are those that are rarest in logs. In a word of the text xor the wanted byte repeated, a byte is
 * zero where it matches; the or of two such words, loaded at the distance of the two bytes, is zero where both do. The usual test for a
 * zero byte may also report bytes above a true one: every report is verified.
 *
 * <p>With {@code fold} letters of ASCII match in both cases: bit 5 of such bytes is set before the comparison.
 */
final class Needle {
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH = 0x8080808080808080L;
    private static final int UNROLL = 4;
    /** Characters of logs, from frequent to rare; what is not here is rarer still. */
    private static final String FREQUENT = " e0t1aionrs2:\"d3l54-c6./7m98upf=hgb,Tk_wvy[]Ex()SCIORA{}N;DLPMUzjGFqWBHVKYJXQZ";

    private final byte[] text;
    private final boolean fold;
    private final int first;
    private final int distance;
    private final long firstPattern;
    private final long secondPattern;
    private final long firstMask;
    private final long secondMask;

    /** @param text at least one byte; in lower case with {@code fold} */
    Needle(byte[] text, boolean fold) {
        this.text = text;
        this.fold = fold;
        int rarest = 0;
        for (int i = 1; i < text.length; i++) {
            rarest = rank(text[i]) > rank(text[rarest]) ? i : rarest;
        }
        int other = rarest == 0 ? text.length - 1 : 0;
        for (int i = 0; i < text.length; i++) {
            boolean better = rank(text[i]) > rank(text[other]) && text[i] != text[rarest];
            other = i != rarest && better ? i : other;
        }
        this.first = Math.min(rarest, other);
        int second = Math.max(rarest, other);
        this.distance = second - first;
        this.firstMask = mask(text[first]);
        this.secondMask = mask(text[second]);
        this.firstPattern = (text[first] & 0xffL) * ONES;
        this.secondPattern = (text[second] & 0xffL) * ONES;
    }

    private static int rank(byte b) {
        int i = FREQUENT.indexOf((char) (b & 0xff));
        return i < 0 ? FREQUENT.length() : i;
    }

    private long mask(byte b) {
        return fold && b >= 'a' && b <= 'z' ? 0x20 * ONES : 0;
    }

    int length() {
        return text.length;
    }

    /** The first place in {@code [from, to)} where the needle stands as a whole, -1 if there is none. */
    int indexOf(byte[] b, int from, int to) {
        long p1 = firstPattern;
        long p2 = secondPattern;
        long m1 = firstMask;
        long m2 = secondMask;
        int d = distance;
        int i = from + first;
        // the last place of the first byte from which a whole word may be read at the second one
        int wordEnd = to - d - 8;
        for (; i <= wordEnd - 8 * (UNROLL - 1); i += 8 * UNROLL) {
            long z0 = ((word(b, i) | m1) ^ p1) | ((word(b, i + d) | m2) ^ p2);
            long z1 = ((word(b, i + 8) | m1) ^ p1) | ((word(b, i + 8 + d) | m2) ^ p2);
            long z2 = ((word(b, i + 16) | m1) ^ p1) | ((word(b, i + 16 + d) | m2) ^ p2);
            long z3 = ((word(b, i + 24) | m1) ^ p1) | ((word(b, i + 24 + d) | m2) ^ p2);
            long any = ((z0 - ONES) & ~z0) | ((z1 - ONES) & ~z1) | ((z2 - ONES) & ~z2) | ((z3 - ONES) & ~z3);
            if ((any & HIGH) != 0) {
                int found = verify(b, i, to, z0);
                found = found < 0 ? verify(b, i + 8, to, z1) : found;
                found = found < 0 ? verify(b, i + 16, to, z2) : found;
                found = found < 0 ? verify(b, i + 24, to, z3) : found;
                if (found >= 0) {
                    return found;
                }
            }
        }
        for (; i <= wordEnd; i += 8) {
            int found = verify(b, i, to, ((word(b, i) | m1) ^ p1) | ((word(b, i + d) | m2) ^ p2));
            if (found >= 0) {
                return found;
            }
        }
        for (int at = i - first; at <= to - text.length; at++) {
            if (matches(b, at)) {
                return at;
            }
        }
        return -1;
    }

    /** The first of eight places that holds the needle; {@code z} has a zero byte where both bytes fit. */
    private int verify(byte[] b, int i, int to, long z) {
        long hits = (z - ONES) & ~z & HIGH;
        while (hits != 0) {
            int at = i - first + (Long.numberOfTrailingZeros(hits) >>> 3);
            if (at + text.length <= to && matches(b, at)) {
                return at;
            }
            hits &= hits - 1;
        }
        return -1;
    }

    private boolean matches(byte[] b, int at) {
        for (int i = 0; i < text.length; i++) {
            byte c = fold ? AsciiCase.lower(b[at + i]) : b[at + i];
            if (c != text[i]) {
                return false;
            }
        }
        return true;
    }
}
