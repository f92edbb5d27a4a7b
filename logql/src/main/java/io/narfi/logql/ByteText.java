package io.narfi.logql;

import io.narfi.common.GoText;
import io.narfi.common.Utf8;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Text that may hold bytes which are no UTF-8: a Go string can ({@code "\xff"} in a query), a Java one cannot. Such a byte stands as the
 * lone surrogate U+DC00 + byte, so that a query's strings stay {@link String}s and lose nothing.
 */
public final class ByteText {
    private static final char ESCAPE = 0xdc00;

    private ByteText() {}

    /** The bytes of a text: UTF-8, with escaped bytes as themselves. Any other lone surrogate becomes {@code ?}. */
    public static byte[] toBytes(String text) {
        if (!hasRawByte(text)) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() + 8);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (isRawByte(c)) {
                out.write(c - ESCAPE);
            } else {
                out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        return out.toByteArray();
    }

    /** Whether a code point stands for a byte that is no UTF-8. */
    public static boolean isRawByte(int codePoint) {
        return codePoint >= ESCAPE + 0x80 && codePoint <= ESCAPE + 0xff;
    }

    /** Whether some byte of the text is no UTF-8. */
    public static boolean hasRawByte(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                int c = text.codePointAt(i);
                if (isRawByte(c)) {
                    return true;
                }
                i += Character.charCount(c) - 1;
            }
        }
        return false;
    }

    /** The text of bytes: what is UTF-8 is decoded, each other byte is escaped. The inverse of {@link #toBytes}. */
    public static String fromBytes(byte[] bytes) {
        StringBuilder out = new StringBuilder(bytes.length);
        for (int i = 0; i < bytes.length; ) {
            int length = Utf8.sequence(bytes, i, bytes.length);
            if (length == 0) {
                out.append((char) (ESCAPE + (bytes[i] & 0xff)));
                i++;
            } else {
                out.append(new String(bytes, i, length, StandardCharsets.UTF_8));
                i += length;
            }
        }
        return out.toString();
    }

    /** The text as a double-quoted Go string, raw bytes as {@code \\xNN}. */
    public static String quote(String text) {
        if (!hasRawByte(text)) {
            return GoText.quote(text);
        }
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (isRawByte(c)) {
                out.append("\\x").append(HexFormat.of().toHexDigits((byte) (c - ESCAPE)));
            } else {
                String quoted = GoText.quote(Character.toString(c));
                out.append(quoted, 1, quoted.length() - 1);
            }
        }
        return out.append('"').toString();
    }
}
