package io.narfi.storage.page;

import io.narfi.common.Labels;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * Hashes of a row's line and metadata, to find copies among rows of one timestamp. Multiply-and-fold over eight bytes at a time (the
 * scheme of wyhash), keyed with random numbers of this process: nobody who sends logs can aim at collisions. Never stored.
 */
public final class RowHash {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long STEP = 0x9e3779b97f4a7c15L;
    private static final long KEY_1;
    private static final long KEY_2;

    static {
        SecureRandom random = new SecureRandom();
        KEY_1 = random.nextLong() | 1;
        KEY_2 = random.nextLong() | 1;
    }

    private RowHash() {}

    /** One half of a 128-bit hash. */
    public static long first(byte[] bytes, int offset, int length, Labels metadata) {
        return hash(KEY_1, KEY_2, bytes, offset, length, metadata);
    }

    /** The other half. */
    public static long second(byte[] bytes, int offset, int length, Labels metadata) {
        return hash(KEY_2, KEY_1, bytes, offset, length, metadata);
    }

    private static long hash(long key, long otherKey, byte[] bytes, int offset, int length, Labels metadata) {
        long h = fold(length ^ key, otherKey);
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            h = fold(h ^ (long) LONG.get(bytes, offset + i), key + STEP);
        }
        long tail = 0;
        for (; i < length; i++) {
            tail = tail << 8 | (bytes[offset + i] & 0xff);
        }
        h = fold(h ^ tail, otherKey + STEP);
        for (int pair = 0; pair < metadata.size(); pair++) {
            h = text(h, metadata.name(pair), key);
            h = text(h, metadata.value(pair), otherKey);
        }
        return h;
    }

    private static long text(long hash, String s, long key) {
        long h = fold(hash ^ s.length(), key);
        for (int i = 0; i < s.length(); i++) {
            h = fold(h ^ s.charAt(i), key + STEP);
        }
        return h;
    }

    private static long fold(long a, long b) {
        return (a * b) ^ Math.unsignedMultiplyHigh(a, b);
    }
}
