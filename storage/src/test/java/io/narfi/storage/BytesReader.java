package io.narfi.storage;

import io.narfi.storage.object.RangeReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An object in memory that writes down what was read of it. */
public final class BytesReader implements RangeReader {
    /** One read. */
    public record Read(long offset, int length) {}

    private final String key;
    private final byte[] bytes;
    private final List<Read> reads = new ArrayList<>();

    public BytesReader(String key, byte[] bytes) {
        this.key = key;
        this.bytes = bytes;
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public byte[] read(long offset, int length) throws IOException {
        synchronized (reads) {
            reads.add(new Read(offset, length));
        }
        if (offset < 0 || length < 0 || offset + length > bytes.length) {
            throw new IOException("bytes " + offset + " to " + (offset + length) + " of " + bytes.length);
        }
        return Arrays.copyOfRange(bytes, (int) offset, (int) offset + length);
    }

    /** What was read since the last call. */
    public List<Read> takeReads() {
        synchronized (reads) {
            List<Read> taken = List.copyOf(reads);
            reads.clear();
            return taken;
        }
    }
}
