package io.narfi.querier.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JsonOutTest {
    @Test
    void escapesLinesForHtml() throws IOException {
        assertThat(line("a\"b\\c\n\r\t\b\u0000<>&\u2028\u2029é😀".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("\"a\\\"b\\\\c\\n\\r\\t\\u0008\\u0000\\u003c\\u003e\\u0026\\u2028\\u2029é😀\"");
    }

    @Test
    void replacesBytesThatAreNoUtf8() throws IOException {
        assertThat(line(new byte[] {'a', (byte) 0xff, 'b', (byte) 0xc3, (byte) 0xe2, (byte) 0x82})).isEqualTo("\"a\\ufffdb\\ufffd\\ufffd\\ufffd\"");
        // Overlong forms, surrogates, and code points beyond the last are no UTF-8 either.
        assertThat(line(new byte[] {(byte) 0xc0, (byte) 0x80})).isEqualTo("\"\\ufffd\\ufffd\"");
        assertThat(line(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80})).isEqualTo("\"\\ufffd\\ufffd\\ufffd\"");
        assertThat(line(new byte[] {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80})).isEqualTo("\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
    }

    @Test
    void leavesHtmlInLabelsAlone() throws IOException {
        assertThat(string("<a&b>\u2028\"\u0001", false)).isEqualTo("\"<a&b>\u2028\\\"\\u0001\"");
        assertThat(string("<a&b>\u2028", true)).isEqualTo("\"\\u003ca\\u0026b\\u003e\\u2028\"");
        assertThat(string("x\ud800y", false)).isEqualTo("\"x\\ufffdy\"");
        assertThat(string("é€😀", false)).isEqualTo("\"é€😀\"");
    }

    @Test
    void writesMoreThanTheBufferHolds() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 100_000; i++) {
            text.append((char) ('a' + i % 26)).append('€').append("😀");
        }
        assertThat(string(text.toString(), false)).isEqualTo("\"" + text + "\"");
        assertThat(line(text.toString().getBytes(StandardCharsets.UTF_8))).isEqualTo("\"" + text + "\"");
        String ascii = "x".repeat(200_000);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new JsonOut(out).raw(ascii).flush();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(ascii);
    }

    private static String line(byte[] line) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new JsonOut(out).line(line, 0, line.length).flush();
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String string(String s, boolean html) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonOut json = new JsonOut(out);
        (html ? json.htmlSafeString(s) : json.string(s)).flush();
        return out.toString(StandardCharsets.UTF_8);
    }
}
