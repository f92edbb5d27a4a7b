package io.narfi.common;

import static org.assertj.core.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class Utf8Test {
    /** All two first bytes with every kind of third and fourth, cut off and whole; Java's strict decoder is the judge. */
    @Test
    void agreesWithJava() {
        byte[] kinds = {0x41, (byte) 0x80, (byte) 0xff};
        for (int first = 0x7f; first < 256; first++) {
            for (int second = 0; second < 256; second++) {
                for (byte third : kinds) {
                    for (byte fourth : kinds) {
                        byte[] bytes = {(byte) first, (byte) second, third, fourth};
                        for (int end = 1; end <= 4; end++) {
                            if (Utf8.sequence(bytes, 0, end) != judged(bytes, end)) {
                                fail("%02x %02x %02x %02x to %d", first, second, third, fourth, end);
                            }
                        }
                    }
                }
            }
        }
    }

    /** Length of the shortest prefix that is a character of its own, 0 if none is. */
    private static int judged(byte[] bytes, int end) {
        for (int n = 1; n <= end; n++) {
            if (isText(bytes, n)) {
                return n;
            }
        }
        return 0;
    }

    private static boolean isText(byte[] bytes, int length) {
        // Without the exception of the simpler method, which would take most of the time.
        return !StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length), CharBuffer.allocate(4), true).isError();
    }
}
