package io.narfi.storage.page;

import static java.util.Objects.checkFromToIndex;
import static java.util.Objects.requireNonNull;

import io.narfi.storage.CorruptDataException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads the primitives of Narfi's formats from a part of an array and never past it: whatever the bytes are, a read gives a value in
 * range or throws {@link CorruptDataException} with the place. For one thread.
 */
public final class ByteReader {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final String key;
    private final String section;
    private final long base;
    private final byte[] bytes;
    private final int end;
    private int position;

    /**
     * @param key the object's key, for messages
     * @param section the part's name, for messages
     * @param base add to an index of {@code bytes} to get the offset in the object
     */
    public ByteReader(String key, String section, long base, byte[] bytes, int from, int to) {
        this.key = requireNonNull(key, "key is null");
        this.section = requireNonNull(section, "section is null");
        this.base = base;
        this.bytes = bytes;
        checkFromToIndex(from, to, bytes.length);
        this.position = from;
        this.end = to;
    }

    public byte[] array() {
        return bytes;
    }

    /** Index of the next byte in {@link #array()}. */
    public int position() {
        return position;
    }

    public int end() {
        return end;
    }

    public int remaining() {
        return end - position;
    }

    public CorruptDataException corrupt(String problem) {
        return new CorruptDataException(key, section, base + position, problem);
    }

    /** Passes over {@code n} bytes and returns the index of the first of them in {@link #array()}. */
    public int skip(int n) throws CorruptDataException {
        if (n < 0 || n > end - position) {
            throw corrupt(n + " bytes wanted, " + (end - position) + " left");
        }
        int at = position;
        position += n;
        return at;
    }

    public int u8() throws CorruptDataException {
        return bytes[skip(1)] & 0xff;
    }

    public int i32() throws CorruptDataException {
        return (int) INT.get(bytes, skip(4));
    }

    public long i64() throws CorruptDataException {
        return (long) LONG.get(bytes, skip(8));
    }

    public long varint() throws CorruptDataException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (position == end) {
                throw corrupt("a number is cut off");
            }
            byte b = bytes[position++];
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                if (shift == 63 && b > 1) {
                    throw corrupt("a number has more than 64 bits");
                }
                return value;
            }
        }
        throw corrupt("a number has more than 64 bits");
    }

    public long zigzag() throws CorruptDataException {
        long value = varint();
        return (value >>> 1) ^ -(value & 1);
    }

    /** An unsigned number from 0 to {@code max}. */
    public long varint(long max, String what) throws CorruptDataException {
        long value = varint();
        if (value < 0 || value > max) {
            throw corrupt(what + " is " + Long.toUnsignedString(value) + ", at most " + max + " is possible");
        }
        return value;
    }

    /** An unsigned number from 0 to {@code max}. */
    public int varint32(int max, String what) throws CorruptDataException {
        return (int) varint(max, what);
    }

    /** A count of things that take at least {@code bytesEach} (1 or more) bytes each, so that a damaged count allocates no more than the input justifies. */
    public int count(int bytesEach, String what) throws CorruptDataException {
        return varint32(remaining() / bytesEach, what);
    }

    /** A varint length, then UTF-8. */
    public String utf8() throws CorruptDataException {
        int length = varint32(remaining(), "length of a string");
        return new String(bytes, skip(length), length, StandardCharsets.UTF_8);
    }

    /** A reader of the next {@code n} bytes, which this one passes over. */
    public ByteReader part(int n) throws CorruptDataException {
        int at = skip(n);
        return new ByteReader(key, section, base, bytes, at, at + n);
    }

    /** Checks the CRC32C in the last four bytes and returns a reader of what is before them. */
    public ByteReader checked() throws CorruptDataException {
        int length = remaining() - 4;
        if (length < 0) {
            throw corrupt("too short for a checksum: " + remaining() + " bytes");
        }
        int stored = (int) INT.get(bytes, position + length);
        int computed = ByteWriter.crc(bytes, position, length);
        if (stored != computed) {
            throw corrupt("checksum is " + Integer.toHexString(computed) + ", stored is " + Integer.toHexString(stored));
        }
        return new ByteReader(key, section, base, bytes, position, position + length);
    }

    public void expectEnd() throws CorruptDataException {
        if (position != end) {
            throw corrupt((end - position) + " bytes too many");
        }
    }

    String key() {
        return key;
    }
}
