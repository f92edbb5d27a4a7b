package io.narfi.http;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** Help with bodies. */
public final class Bodies {
    private Bodies() {}

    /**
     * Unpacks gzip.
     *
     * @param maxBytes reading more unpacked bytes than this fails with {@link BodyTooLargeException}
     * @throws java.util.zip.ZipException if it is not gzip, here or while it is read
     */
    public static InputStream gunzip(InputStream packed, long maxBytes) throws IOException {
        return new LimitedInputStream(new GZIPInputStream(requireNonNull(packed, "packed is null"), 8 << 10), maxBytes, -1);
    }

    /**
     * Reads everything.
     *
     * @throws BodyTooLargeException if there are more than {@code maxBytes}
     */
    public static byte[] readAll(InputStream in, int maxBytes) throws IOException {
        return new LimitedInputStream(requireNonNull(in, "in is null"), maxBytes, -1).readAllBytes();
    }
}
