package io.narfi.storage.page;

import io.narfi.storage.CorruptDataException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Unsigned 64-bit numbers, bit-packed in runs of 128, each run relative to its own smallest value, so that one outlier costs one run:
 *
 * <pre>
 *   run:  varint min | u8 width | ceil(n * width / 8) bytes: value - min, low bits first
 * </pre>
 *
 * <p>A width over 56 is written as 64, so that a value never touches more than eight bytes.
 */
final class PackedInts {
    static final int RUN = 128;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int WIDEST_UNALIGNED = 56;

    private PackedInts() {}

    static void encode(long[] values, int count, ByteWriter out) {
        for (int from = 0; from < count; from += RUN) {
            int to = Math.min(count, from + RUN);
            long min = values[from];
            for (int i = from + 1; i < to; i++) {
                if (Long.compareUnsigned(values[i], min) < 0) {
                    min = values[i];
                }
            }
            long bits = 0;
            for (int i = from; i < to; i++) {
                bits |= values[i] - min;
            }
            int width = Long.SIZE - Long.numberOfLeadingZeros(bits);
            if (width > WIDEST_UNALIGNED) {
                width = Long.SIZE;
            }
            out.varint(min);
            out.u8(width);
            pack(values, from, to, min, width, out);
        }
    }

    private static void pack(long[] values, int from, int to, long min, int width, ByteWriter out) {
        if (width == 0) {
            return;
        }
        int length = packedLength(to - from, width);
        out.reserve(length + Long.BYTES);
        byte[] bytes = out.array();
        int at = out.size();
        long buffer = 0;
        int used = 0;
        for (int i = from; i < to; i++) {
            long value = values[i] - min;
            buffer |= value << used;
            used += width;
            if (used >= Long.SIZE) {
                LONG.set(bytes, at, buffer);
                at += Long.BYTES;
                used -= Long.SIZE;
                buffer = used == 0 ? 0 : value >>> (width - used);
            }
        }
        if (used > 0) {
            LONG.set(bytes, at, buffer);
        }
        out.advance(length);
    }

    private static int packedLength(int count, int width) {
        return (count * width + 7) >>> 3;
    }

    static void decode(ByteReader in, long[] out, int count) throws CorruptDataException {
        for (int from = 0; from < count; from += RUN) {
            int to = Math.min(count, from + RUN);
            long min = in.varint();
            int width = in.u8();
            if (width > WIDEST_UNALIGNED && width != Long.SIZE) {
                throw in.corrupt("bit width " + width);
            }
            if (width == 0) {
                Arrays.fill(out, from, to, min);
            } else {
                int at = in.skip(packedLength(to - from, width));
                unpack(in.array(), at, width, min, out, from, to);
            }
        }
    }

    private static void unpack(byte[] bytes, int at, int width, long min, long[] out, int from, int to) {
        long mask = -1L >>> (Long.SIZE - width);
        // Values whose eight bytes lie in the array are read with one load each; only the last few of an array need care.
        int i = from;
        int bit = 0;
        int lastLoad = bytes.length - Long.BYTES;
        for (; i < to; i++, bit += width) {
            int index = at + (bit >>> 3);
            if (index > lastLoad) {
                break;
            }
            out[i] = (((long) LONG.get(bytes, index) >>> (bit & 7)) & mask) + min;
        }
        for (; i < to; i++, bit += width) {
            int index = at + (bit >>> 3);
            long word = 0;
            for (int b = 0; b < Long.BYTES && index + b < bytes.length; b++) {
                word |= (bytes[index + b] & 0xffL) << (8 * b);
            }
            out[i] = ((word >>> (bit & 7)) & mask) + min;
        }
    }
}
