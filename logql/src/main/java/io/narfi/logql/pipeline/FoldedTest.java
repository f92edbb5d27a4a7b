package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.logql.regex.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Holds a text in any case, in the way of Loki (§6.2): the first byte must be the same but for ASCII case, the rest is compared by bytes
 * in ASCII and by code points in simple lower case outside.
 */
final class FoldedTest implements TextTest {
    private final byte[] needle;
    /** Finds the needle in lines of ASCII; null if it is empty. */
    private final @Nullable Needle folded;
    private final boolean whole;
    private final boolean ascii;
    /** Whether a letter outside ASCII can stand for one of the needle. */
    private final boolean wide;

    /** @param whole whether the text must have the needle's length in bytes */
    FoldedTest(String text, boolean whole) {
        StringBuilder lower = new StringBuilder(text.length());
        text.codePoints().forEach(c -> lower.appendCodePoint(Character.toLowerCase(c)));
        this.needle = lower.toString().getBytes(UTF_8);
        this.folded = needle.length == 0 ? null : new Needle(needle, true);
        this.whole = whole;
        boolean allAscii = true;
        boolean anyWide = false;
        for (int i = 0; i < needle.length; i++) {
            allAscii &= needle[i] >= 0;
            anyWide |= i > 0 && (needle[i] == 'k' || needle[i] == 'i' || needle[i] == 's');
        }
        this.ascii = allAscii;
        this.wide = anyWide;
    }

    @Override
    public boolean test(byte[] b, int from, int to) {
        if (whole && to - from != needle.length) {
            return false;
        }
        if (needle.length == 0) {
            return true;
        }
        for (int i = from; i < to; i++) {
            if (AsciiCase.lower(b[i]) == needle[0] && matchesAt(b, i, to)) {
                return true;
            }
        }
        return false;
    }

    private boolean matchesAt(byte[] b, int at, int to) {
        int i = at;
        int j = 0;
        while (j < needle.length) {
            if (i >= to) {
                return false;
            }
            if (b[i] >= 0 && needle[j] >= 0) {
                if (AsciiCase.lower(b[i]) != needle[j]) {
                    return false;
                }
                i++;
                j++;
            } else {
                int left = Utf8.decode(b, i, to);
                int right = Utf8.decode(needle, j, needle.length);
                if (Character.toLowerCase(left >> 3) != right >> 3) {
                    return false;
                }
                i += left & 7;
                j += right & 7;
            }
        }
        return true;
    }

    @Override
    public void match(PageText page, RowSet candidates, RowSet out) {
        if (folded != null && ascii && !whole && !(wide && page.hasWideLetters())) {
            page.find(folded, candidates, out);
        } else {
            TextTest.super.match(page, candidates, out);
        }
    }
}
