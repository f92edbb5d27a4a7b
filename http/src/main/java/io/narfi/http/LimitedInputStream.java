package io.narfi.http;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;

/** Fails with {@link BodyTooLargeException} when more than a limit is read; at once if the body was announced to be longer. */
final class LimitedInputStream extends InputStream {
    private final InputStream in;
    private final long maxBytes;
    private final boolean announcedTooLong;
    private long taken;

    /**
     * Limits a stream.
     *
     * @param announced the announced length in bytes, or -1
     */
    LimitedInputStream(InputStream in, long maxBytes, long announced) {
        this.in = requireNonNull(in, "in is null");
        this.maxBytes = maxBytes;
        this.announcedTooLong = announced > maxBytes;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
        if (announcedTooLong || taken > maxBytes) {
            throw new BodyTooLargeException(maxBytes);
        }
        // One byte more than the limit, to see whether there is more.
        int n = in.read(b, off, (int) Math.min(len, Math.max(1, maxBytes - taken + 1)));
        if (n > 0) {
            taken += n;
            if (taken > maxBytes) {
                throw new BodyTooLargeException(maxBytes);
            }
        }
        return n;
    }

    @Override
    public int available() throws IOException {
        return (int) Math.min(in.available(), Math.max(0, maxBytes - taken));
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
