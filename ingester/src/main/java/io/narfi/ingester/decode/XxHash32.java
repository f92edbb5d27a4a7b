package io.narfi.ingester.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** xxHash, 32 bits, seed 0: the checksum of LZ4 frames (the xxHash project's specification). */
final class XxHash32 {
    private static final int PRIME1 = 0x9E3779B1;
    private static final int PRIME1_PLUS_2 = 0x24234428;
    private static final int PRIME2 = 0x85EBCA77;
    private static final int PRIME3 = 0xC2B2AE3D;
    private static final int PRIME4 = 0x27D4EB2F;
    private static final int PRIME5 = 0x165667B1;
    private static final int STRIPE = 16;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private XxHash32() {}

    static int of(byte[] b, int offset, int length) {
        int p = offset;
        int end = offset + length;
        int h;
        if (length >= STRIPE) {
            int v1 = PRIME1_PLUS_2;
            int v2 = PRIME2;
            int v3 = 0;
            int v4 = -PRIME1;
            while (end - p >= STRIPE) {
                v1 = round(v1, (int) INT.get(b, p));
                v2 = round(v2, (int) INT.get(b, p + 4));
                v3 = round(v3, (int) INT.get(b, p + 8));
                v4 = round(v4, (int) INT.get(b, p + 12));
                p += STRIPE;
            }
            h = Integer.rotateLeft(v1, 1) + Integer.rotateLeft(v2, 7) + Integer.rotateLeft(v3, 12) + Integer.rotateLeft(v4, 18);
        } else {
            h = PRIME5;
        }
        h += length;
        for (; end - p >= 4; p += 4) {
            h = Integer.rotateLeft(h + (int) INT.get(b, p) * PRIME3, 17) * PRIME4;
        }
        for (; p < end; p++) {
            h = Integer.rotateLeft(h + (b[p] & 0xff) * PRIME5, 11) * PRIME1;
        }
        h = (h ^ h >>> 15) * PRIME2;
        h = (h ^ h >>> 13) * PRIME3;
        return h ^ h >>> 16;
    }

    private static int round(int v, int lane) {
        return Integer.rotateLeft(v + lane * PRIME2, 13) * PRIME1;
    }
}
