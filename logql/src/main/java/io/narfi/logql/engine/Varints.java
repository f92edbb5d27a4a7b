package io.narfi.logql.engine;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** Numbers in base 128, seven bits a byte, lowest first; at most ten bytes. */
final class Varints {
    static final int MAX_BYTES = 10;

    private Varints() {}

    static void write(ByteBuffer out, long value) {
        long v = value;
        while ((v & ~0x7fL) != 0) {
            out.put((byte) (v | 0x80));
            v >>>= 7;
        }
        out.put((byte) v);
    }

    /** @throws BufferUnderflowException if the input ends within the number, or it is longer than any */
    static long read(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7fL) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new BufferUnderflowException();
    }

    /** A number from 0 to a bound. */
    static int readInt(ByteBuffer in, int most) {
        long value = read(in);
        if (value < 0 || value > most) {
            throw new IllegalArgumentException("number out of range: " + Long.toUnsignedString(value) + " > " + most);
        }
        return (int) value;
    }
}
