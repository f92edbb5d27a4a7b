package io.narfi.logql.pipeline;

/** Rows {@code [start, end)} of a batch, one bit each. */
final class RowSet {
    final int start;
    final int end;
    private final long[] words;

    RowSet(int start, int end) {
        this.start = start;
        this.end = end;
        this.words = new long[(end - start + 63) >>> 6];
    }

    static RowSet all(int start, int end) {
        RowSet s = new RowSet(start, end);
        java.util.Arrays.fill(s.words, -1L);
        int rest = (end - start) & 63;
        if (rest != 0) {
            s.words[s.words.length - 1] = (1L << rest) - 1;
        }
        return s;
    }

    void add(int row) {
        words[(row - start) >>> 6] |= 1L << (row - start);
    }

    boolean has(int row) {
        return (words[(row - start) >>> 6] & (1L << (row - start))) != 0;
    }

    int count() {
        int n = 0;
        for (long w : words) {
            n += Long.bitCount(w);
        }
        return n;
    }

    boolean isEmpty() {
        for (long w : words) {
            if (w != 0) {
                return false;
            }
        }
        return true;
    }

    /** The rows of this set that are not in another of the same range. */
    RowSet without(RowSet other) {
        RowSet out = new RowSet(start, end);
        for (int i = 0; i < words.length; i++) {
            out.words[i] = words[i] & ~other.words[i];
        }
        return out;
    }

    void addAll(RowSet other) {
        for (int i = 0; i < words.length; i++) {
            words[i] |= other.words[i];
        }
    }

    /** First row of the set at or after a row, -1 if there is none. */
    int next(int row) {
        if (row >= end) {
            return -1;
        }
        int i = (row - start) >>> 6;
        long w = words[i] & (-1L << (row - start));
        while (w == 0) {
            if (++i == words.length) {
                return -1;
            }
            w = words[i];
        }
        return start + (i << 6) + Long.numberOfTrailingZeros(w);
    }

    /** Last row of the set at or before a row, -1 if there is none. */
    int previous(int row) {
        if (row < start) {
            return -1;
        }
        int i = (row - start) >>> 6;
        long w = words[i] & (-1L >>> (63 - ((row - start) & 63)));
        while (w == 0) {
            if (--i < 0) {
                return -1;
            }
            w = words[i];
        }
        return start + (i << 6) + 63 - Long.numberOfLeadingZeros(w);
    }
}
