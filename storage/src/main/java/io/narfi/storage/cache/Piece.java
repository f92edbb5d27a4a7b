package io.narfi.storage.cache;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/** Which bytes of which object: a place in an object of a known size. */
record Piece(Id id, String key, long objectSize, long offset, int length) {
    /** The number of a piece that is the whole object. */
    static final int WHOLE = -1;

    /** The name of a piece in the cache: the hash of the object's key, and the piece's number in the object. */
    record Id(long hashHigh, long hashLow, int number) {
        boolean isOf(Id other) {
            return hashHigh == other.hashHigh && hashLow == other.hashLow;
        }
    }

    /** A piece of an object in pieces of one size; the last one may be shorter. */
    static Piece of(Id object, String key, long objectSize, int number, int pieceBytes) {
        long offset = (long) number * pieceBytes;
        return new Piece(new Id(object.hashHigh(), object.hashLow(), number), key, objectSize, offset, (int) Math.min(pieceBytes, objectSize - offset));
    }

    static Piece whole(String key, int objectSize) {
        return new Piece(objectId(key), key, objectSize, 0, objectSize);
    }

    /** The id of the whole object, from which those of its pieces are made. */
    static Id objectId(String key) {
        HashCode hash = Hashing.murmur3_128().hashString(key, StandardCharsets.US_ASCII);
        byte[] bytes = hash.asBytes();
        return new Id(longAt(bytes, 0), longAt(bytes, 8), WHOLE);
    }

    private static long longAt(byte[] bytes, int offset) {
        long result = 0;
        for (int i = 0; i < 8; i++) {
            result = result << 8 | (bytes[offset + i] & 0xff);
        }
        return result;
    }

    long end() {
        return offset + length;
    }
}
