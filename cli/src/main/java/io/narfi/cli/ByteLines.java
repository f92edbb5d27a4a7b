package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Lines of a stream as bytes, without their newlines. What follows the last newline is no line: it was cut off. */
final class ByteLines {
    private final InputStream in;
    private final int maxBytes;
    private final byte[] buffer = new byte[64 << 10];
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private int at;
    private int end;

    /** @param maxBytes a longer line is an error */
    ByteLines(InputStream in, int maxBytes) {
        this.in = requireNonNull(in, "in is null");
        this.maxBytes = maxBytes;
    }

    /** The next line, or null at the end. */
    byte @Nullable [] next() throws IOException {
        line.reset();
        while (true) {
            if (at == end) {
                at = 0;
                end = in.read(buffer);
                if (end < 0) {
                    end = 0;
                    return null;
                }
            }
            int from = at;
            while (at < end && buffer[at] != '\n') {
                at++;
            }
            line.write(buffer, from, at - from);
            if (at < end) {
                at++;
                return line.toByteArray();
            }
            if (line.size() > maxBytes) {
                throw new IOException("a line of more than " + maxBytes + " bytes");
            }
        }
    }
}
