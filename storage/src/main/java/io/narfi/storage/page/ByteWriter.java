package io.narfi.storage.page;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** A growing byte array with the primitives of Narfi's formats: little-endian integers, LEB128 varints, CRC32C. For one thread. */
public final class ByteWriter {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int MAX_SIZE = Integer.MAX_VALUE - 16;

    private byte[] bytes;
    private int size;

    public ByteWriter(int capacity) {
        bytes = new byte[capacity];
    }

    /** The array; valid up to {@link #size()} and until the next write. */
    public byte[] array() {
        return bytes;
    }

    public int size() {
        return size;
    }

    public int capacity() {
        return bytes.length;
    }

    public void clear() {
        size = 0;
    }

    /** Cuts the end off. */
    public void truncate(int newSize) {
        if (newSize < 0 || newSize > size) {
            throw new IllegalArgumentException("cannot cut " + size + " bytes to " + newSize);
        }
        size = newSize;
    }

    /** A copy of what was written. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    /**
     * Makes room for {@code n} bytes after {@link #size()}, which the caller fills in {@link #array()} and then takes with {@link
     * #advance}.
     *
     * @throws IllegalStateException past 2 GiB
     */
    public void reserve(int n) {
        long needed = (long) size + n;
        if (needed > bytes.length) {
            if (needed > MAX_SIZE) {
                throw new IllegalStateException("a section of " + needed + " bytes is too large");
            }
            bytes = Arrays.copyOf(bytes, (int) Math.min(MAX_SIZE, Math.max(needed, bytes.length + (bytes.length >> 1) + 16L)));
        }
    }

    public void advance(int n) {
        size += n;
    }

    public void u8(int value) {
        reserve(1);
        bytes[size++] = (byte) value;
    }

    public void i32(int value) {
        reserve(4);
        INT.set(bytes, size, value);
        size += 4;
    }

    public void i64(long value) {
        reserve(8);
        LONG.set(bytes, size, value);
        size += 8;
    }

    /** Overwrites four bytes that were written before. */
    public void i32At(int position, int value) {
        INT.set(bytes, position, value);
    }

    /** An unsigned number in groups of seven bits, low ones first: 1 to 10 bytes. */
    public void varint(long value) {
        reserve(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    /** A signed number, small in either direction: zigzag, then varint. */
    public void zigzag(long value) {
        varint((value << 1) ^ (value >> 63));
    }

    public void bytes(byte[] source, int offset, int length) {
        reserve(length);
        System.arraycopy(source, offset, bytes, size, length);
        size += length;
    }

    public void bytes(byte[] source) {
        bytes(source, 0, source.length);
    }

    /** A varint length, then UTF-8. */
    public void utf8(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        varint(encoded.length);
        bytes(encoded);
    }

    /** Appends the CRC32C of everything from a position on. */
    public void crcFrom(int position) {
        i32(crc(bytes, position, size - position));
    }

    /** CRC32C of a part of an array. */
    public static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
