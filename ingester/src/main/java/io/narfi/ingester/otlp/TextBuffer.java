package io.narfi.ingester.otlp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.ingester.memory.MemoryBudget;
import java.util.Arrays;

/** Bytes that grow, paid for by the push's lease. */
final class TextBuffer {
    private static final int FIRST = 1 << 10;

    private final MemoryBudget.Lease lease;

    /** How many bytes may be added at most, so that offsets beyond the body still are integers. */
    private final int most;

    private byte[] bytes = {};
    private int length;

    TextBuffer(int most, MemoryBudget.Lease lease) {
        this.most = most;
        this.lease = requireNonNull(lease, "lease is null");
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void add(char ascii) {
        ensure(1);
        bytes[length++] = (byte) ascii;
    }

    void addAscii(String text) {
        add(text.getBytes(ISO_8859_1));
    }

    void add(byte[] text) {
        add(text, 0, text.length);
    }

    void add(byte[] from, int offset, int n) {
        ensure(n);
        System.arraycopy(from, offset, bytes, length, n);
        length += n;
    }

    /** A number in decimal. */
    void add(long value) {
        if (value >= 0 && value < 10) {
            add((char) ('0' + value));
        } else {
            addAscii(Long.toString(value));
        }
    }

    private void ensure(int n) {
        if (n <= bytes.length - length) {
            return;
        }
        if (n > most - length) {
            throw new ApiException(413, "request body too large: its attributes are larger than " + most + " bytes as text");
        }
        int size = (int) Math.min(most, Math.max(FIRST, Math.max(2L * bytes.length, (long) length + n)));
        lease.reserve(size);
        int before = bytes.length;
        bytes = Arrays.copyOf(bytes, size);
        lease.release(before);
    }
}
