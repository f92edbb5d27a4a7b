package io.narfi.logql.pipeline;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Lower case of ASCII letters; all other bytes stay. */
final class AsciiCase {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH = 0x8080808080808080L;

    private AsciiCase() {}

    static byte lower(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
    }

    /** In place, eight bytes at a time. */
    static void lower(byte[] b) {
        int i = 0;
        for (; i + 8 <= b.length; i += 8) {
            long w = (long) LONGS.get(b, i);
            long seven = w & ~HIGH;
            // the high bit of a byte is set if it is at least 'A', at most 'Z', and ASCII
            long upper = (seven + ONES * (0x80 - 'A')) & ~(seven + ONES * (0x80 - 'Z' - 1)) & ~w & HIGH;
            LONGS.set(b, i, w | (upper >>> 2));
        }
        for (; i < b.length; i++) {
            b[i] = lower(b[i]);
        }
    }
}
