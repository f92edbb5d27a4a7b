package io.narfi.logql.pipeline;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Bytes in {@code [from, to)} of an array. */
final class Slices {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Slices() {}

    /** The eight bytes at an index as a little-endian number. */
    static long word(byte[] b, int at) {
        return (long) LONGS.get(b, at);
    }

    static int hash(byte[] b, int from, int to) {
        long h = (long) to - from;
        int i = from;
        for (; i + 8 <= to; i += 8) {
            h = (h ^ word(b, i)) * 0x9e3779b97f4a7c15L;
            h ^= h >>> 29;
        }
        for (; i < to; i++) {
            h = (h ^ b[i]) * 0x9e3779b97f4a7c15L;
        }
        return (int) (h ^ (h >>> 32));
    }

    /** Whether no byte is above 127. */
    static boolean isAscii(byte[] b, int from, int to) {
        int i = from;
        long all = 0;
        for (; i + 32 <= to; i += 32) {
            all |= word(b, i) | word(b, i + 8) | word(b, i + 16) | word(b, i + 24);
        }
        for (; i < to; i++) {
            all |= b[i] < 0 ? Long.MIN_VALUE : 0;
        }
        return (all & 0x8080808080808080L) == 0;
    }

    static boolean equal(byte[] b, int from, int to, byte[] other) {
        return to - from == other.length && Arrays.equals(b, from, to, other, 0, other.length);
    }

    static boolean startsWith(byte[] b, int from, int to, byte[] prefix) {
        return to - from >= prefix.length && Arrays.equals(b, from, from + prefix.length, prefix, 0, prefix.length);
    }

    /** Index of the first occurrence at or after {@code from}, wholly before {@code to}; -1 if there is none. */
    static int indexOf(byte[] b, int from, int to, byte[] needle) {
        int last = to - needle.length;
        if (needle.length == 0) {
            return from <= to ? from : -1;
        }
        byte first = needle[0];
        for (int i = from; i <= last; i++) {
            i = indexOf(b, i, last + 1, first);
            if (i < 0) {
                return -1;
            }
            if (Arrays.equals(b, i, i + needle.length, needle, 0, needle.length)) {
                return i;
            }
        }
        return -1;
    }

    /** Index of a byte in {@code [from, to)}, -1 if it is not there. Eight bytes at a time. */
    static int indexOf(byte[] b, int from, int to, byte wanted) {
        int i = from;
        long pattern = (wanted & 0xffL) * 0x0101010101010101L;
        for (; i + 8 <= to; i += 8) {
            long x = word(b, i) ^ pattern;
            long hit = (x - 0x0101010101010101L) & ~x & 0x8080808080808080L;
            if (hit != 0) {
                return i + (Long.numberOfTrailingZeros(hit) >>> 3);
            }
        }
        for (; i < to; i++) {
            if (b[i] == wanted) {
                return i;
            }
        }
        return -1;
    }
}
