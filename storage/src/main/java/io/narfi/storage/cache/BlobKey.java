package io.narfi.storage.cache;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The name of a blob: the SHA-256 of all that decides its content, so that no two blobs that differ have one name. */
public record BlobKey(long a, long b, long c, long d) {
    static final int BYTES = 32;

    /** The key of what is described by these bytes. */
    public static BlobKey of(byte[] description) {
        try {
            return read(ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(description)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static BlobKey read(ByteBuffer in) {
        return new BlobKey(in.getLong(), in.getLong(), in.getLong(), in.getLong());
    }

    void write(ByteBuffer out) {
        out.putLong(a).putLong(b).putLong(c).putLong(d);
    }

    /** 64 hexadecimal digits. */
    String hex() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(a) + hex.toHexDigits(b) + hex.toHexDigits(c) + hex.toHexDigits(d);
    }
}
