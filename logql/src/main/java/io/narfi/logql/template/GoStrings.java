package io.narfi.logql.template;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.logql.ByteText;
import io.narfi.logql.regex.Utf8;
import java.util.function.IntUnaryOperator;

/** Strings of bytes, one character per byte, and their text. */
public final class GoStrings {
    private GoStrings() {}

    static boolean isAscii(String s) {
        for (int i = 0; i < s.length(); i++) {
            if (s.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    /** The bytes of a text. */
    public static String ofText(String text) {
        return isAscii(text) ? text : new String(ByteText.toBytes(text), ISO_8859_1);
    }

    public static String ofBytes(byte[] b, int from, int to) {
        return new String(b, from, to - from, ISO_8859_1);
    }

    public static byte[] toBytes(String s) {
        return s.getBytes(ISO_8859_1);
    }

    /** The text of bytes; what is no UTF-8 becomes U+FFFD. */
    public static String toText(String s) {
        if (isAscii(s)) {
            return s;
        }
        byte[] b = toBytes(s);
        return Utf8.toText(b, 0, b.length);
    }

    /** The bytes of one character. */
    static String ofRune(int rune) {
        return rune < 0x80 ? String.valueOf((char) rune) : new String(Character.toString(rune).getBytes(UTF_8), ISO_8859_1);
    }

    /** The characters of bytes; each byte that is no UTF-8 is U+FFFD. */
    static int[] runes(String s) {
        return toText(s).codePoints().toArray();
    }

    /** Maps every character, as Go's {@code strings.Map}. */
    static String map(String s, IntUnaryOperator mapping) {
        StringBuilder out = new StringBuilder(s.length());
        for (int rune : runes(s)) {
            out.append(ofRune(mapping.applyAsInt(rune)));
        }
        return out.toString();
    }
}
