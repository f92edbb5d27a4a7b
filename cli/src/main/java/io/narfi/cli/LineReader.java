package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Lines of a stream, UTF-8 with other bytes replaced, without their ends. A line of more than {@code maxBytes} is cut there. */
final class LineReader {
    private final InputStream in;
    private final int maxBytes;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long cut;

    LineReader(InputStream in, int maxBytes) {
        this.in = new BufferedInputStream(requireNonNull(in, "in is null"), 64 << 10);
        this.maxBytes = maxBytes;
    }

    /** The next line, or null at the end. */
    @Nullable String next() throws IOException {
        line.reset();
        int b = in.read();
        if (b < 0) {
            return null;
        }
        boolean tooLong = false;
        for (; b >= 0 && b != '\n'; b = in.read()) {
            if (line.size() < maxBytes) {
                line.write(b);
            } else {
                tooLong = true;
            }
        }
        if (tooLong) {
            cut++;
        }
        String text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    /** How many lines were cut. */
    long cut() {
        return cut;
    }
}
