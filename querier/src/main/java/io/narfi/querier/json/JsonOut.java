package io.narfi.querier.json;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Utf8;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A buffer in front of a response body that knows how JSON text is escaped. It writes no structure by itself: the answers have fixed
 * shapes, and their separators are Loki's to the byte.
 */
public final class JsonOut {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int BUFFER = 32 * 1024;
    /** The most bytes that one character can take: backslash, u and four digits, twice. */
    private static final int LONGEST = 12;

    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER];
    private int used;

    public JsonOut(OutputStream out) {
        this.out = requireNonNull(out, "out is null");
    }

    /** Characters of ASCII as they are. */
    public JsonOut raw(String ascii) throws IOException {
        int length = ascii.length();
        int i = 0;
        while (i < length) {
            int n = Math.min(length - i, BUFFER - used);
            for (int end = i + n; i < end; i++) {
                buffer[used++] = (byte) ascii.charAt(i);
            }
            if (used == BUFFER) {
                drain();
            }
        }
        return this;
    }

    public JsonOut raw(char ascii) throws IOException {
        room(1);
        buffer[used++] = (byte) ascii;
        return this;
    }

    /** Bytes as they are. */
    public JsonOut bytes(byte[] bytes) throws IOException {
        if (bytes.length > BUFFER - used) {
            drain();
        }
        if (bytes.length > BUFFER) {
            out.write(bytes, 0, bytes.length);
        } else {
            System.arraycopy(bytes, 0, buffer, used, bytes.length);
            used += bytes.length;
        }
        return this;
    }

    public JsonOut number(long value) throws IOException {
        return raw(Long.toString(value));
    }

    /** A quoted string without HTML escaping: label names, label values, warnings of log queries. */
    public JsonOut string(String s) throws IOException {
        return string(s, false);
    }

    /** A quoted string in which {@code < > &} are escaped too: everything in metric answers. */
    public JsonOut htmlSafeString(String s) throws IOException {
        return string(s, true);
    }

    private JsonOut string(String s, boolean html) throws IOException {
        raw('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            room(LONGEST);
            if (c < 0x80) {
                ascii(c, html);
            } else if (Character.isSurrogate(c)) {
                if (Character.isHighSurrogate(c) && i + 1 < s.length() && Character.isLowSurrogate(s.charAt(i + 1))) {
                    int cp = Character.toCodePoint(c, s.charAt(++i));
                    buffer[used++] = (byte) (0xf0 | cp >> 18);
                    buffer[used++] = (byte) (0x80 | (cp >> 12 & 0x3f));
                    buffer[used++] = (byte) (0x80 | (cp >> 6 & 0x3f));
                    buffer[used++] = (byte) (0x80 | (cp & 0x3f));
                } else {
                    escape(0xfffd);
                }
            } else if (html && (c == 0x2028 || c == 0x2029)) {
                escape(c);
            } else if (c < 0x800) {
                buffer[used++] = (byte) (0xc0 | c >> 6);
                buffer[used++] = (byte) (0x80 | (c & 0x3f));
            } else {
                buffer[used++] = (byte) (0xe0 | c >> 12);
                buffer[used++] = (byte) (0x80 | (c >> 6 & 0x3f));
                buffer[used++] = (byte) (0x80 | (c & 0x3f));
            }
        }
        return raw('"');
    }

    /**
     * A log line as a quoted string: HTML characters and the two line separators of JavaScript escaped, every byte that is not part of
     * valid UTF-8 replaced.
     */
    public JsonOut line(byte[] bytes, int start, int end) throws IOException {
        raw('"');
        int i = start;
        while (i < end) {
            room(LONGEST);
            int b = bytes[i];
            if (b >= 0) {
                ascii((char) b, true);
                i++;
                continue;
            }
            int n = Utf8.sequence(bytes, i, end);
            if (n == 0) {
                escape(0xfffd);
                i++;
            } else if (n == 3 && b == (byte) 0xe2 && bytes[i + 1] == (byte) 0x80 && (bytes[i + 2] & 0xfe) == 0xa8) {
                escape(0x2000 | (bytes[i + 2] & 0x3f));
                i += 3;
            } else {
                for (int k = 0; k < n; k++) {
                    buffer[used++] = bytes[i++];
                }
            }
        }
        return raw('"');
    }

    public void flush() throws IOException {
        drain();
        out.flush();
    }

    private void ascii(char c, boolean html) {
        switch (c) {
            case '"', '\\' -> {
                buffer[used++] = '\\';
                buffer[used++] = (byte) c;
            }
            case '\n' -> shortEscape('n');
            case '\r' -> shortEscape('r');
            case '\t' -> shortEscape('t');
            case '<', '>', '&' -> {
                if (html) {
                    escape(c);
                } else {
                    buffer[used++] = (byte) c;
                }
            }
            default -> {
                if (c < ' ') {
                    escape(c);
                } else {
                    buffer[used++] = (byte) c;
                }
            }
        }
    }

    private void shortEscape(char c) {
        buffer[used++] = '\\';
        buffer[used++] = (byte) c;
    }

    private void escape(int c) {
        buffer[used++] = '\\';
        buffer[used++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
            buffer[used++] = HEX[c >> shift & 15];
        }
    }

    private void room(int n) throws IOException {
        if (BUFFER - used < n) {
            drain();
        }
    }

    private void drain() throws IOException {
        out.write(buffer, 0, used);
        used = 0;
    }
}
