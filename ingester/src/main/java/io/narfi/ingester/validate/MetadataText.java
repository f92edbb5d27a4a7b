package io.narfi.ingester.validate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.common.ApiException;
import io.narfi.common.GoText;
import io.narfi.common.Utf8;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Names and values of structured metadata as they are stored (contract/http-api.md §3.8): names are made label names, bytes that are no
 * UTF-8 become blanks in values. Few names come over and over, so normalised ones are remembered in a small table where a new name simply
 * takes the place of another; safe from any thread, as an entry is one immutable object.
 */
public final class MetadataText {
    private static final int REMEMBERED = 4096;
    private static final int LONGEST_REMEMBERED = 128;

    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Known(byte[] raw, String name) {}

    private final @Nullable Known[] table = new Known[REMEMBERED];

    /**
     * The label name of a metadata name.
     *
     * @throws ApiException 500 with Loki's text if nothing of a name is left
     */
    String name(byte[] b, int offset, int length) {
        if (length > LONGEST_REMEMBERED) {
            return normalise(new String(b, offset, length, UTF_8));
        }
        int slot = hash(b, offset, length) & (REMEMBERED - 1);
        Known known = table[slot];
        if (known != null && Arrays.equals(known.raw, 0, known.raw.length, b, offset, offset + length)) {
            return known.name;
        }
        String name = normalise(new String(b, offset, length, UTF_8));
        table[slot] = new Known(Arrays.copyOfRange(b, offset, offset + length), name);
        return name;
    }

    private static int hash(byte[] b, int offset, int length) {
        int h = length;
        for (int i = offset; i < offset + length; i++) {
            h = 31 * h + b[i];
        }
        return h ^ h >>> 12;
    }

    /**
     * The label name of a name.
     *
     * @throws ApiException 500 with Loki's text if nothing of it is left
     */
    public static String normalise(String raw) {
        if (raw.isEmpty()) {
            throw new ApiException(500, "label name is empty");
        }
        boolean reserved = raw.length() > 4 && raw.startsWith("__") && raw.endsWith("__");
        String inner = reserved ? raw.substring(2, raw.length() - 2) : raw;
        StringBuilder out = new StringBuilder(raw.length() + 4);
        boolean letters = false;
        for (int i = 0; i < inner.length(); i++) {
            char c = inner.charAt(i);
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
                out.append(c);
                letters = true;
            } else if (out.isEmpty() || out.charAt(out.length() - 1) != '_') {
                out.append('_');
            }
        }
        if (!letters) {
            String result = reserved ? "__" + out + "__" : out.toString();
            throw new ApiException(
                    500, "normalization for label name " + GoText.quote(raw) + " resulted in invalid name " + GoText.quote(result));
        }
        if (reserved) {
            return "__" + out + "__";
        }
        return out.charAt(0) >= '0' && out.charAt(0) <= '9' ? "key_" + out : out.toString();
    }

    /** The value as text; each byte that is no UTF-8, and U+FFFD, is a blank. */
    static String value(byte[] b, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (b[i] < 0) {
                return sanitised(b, offset, offset + length);
            }
        }
        return new String(b, offset, length, UTF_8);
    }

    private static String sanitised(byte[] b, int from, int end) {
        StringBuilder out = new StringBuilder(end - from);
        int i = from;
        while (i < end) {
            int n = Utf8.sequence(b, i, end);
            if (n == 0) {
                out.append(' ');
                i++;
            } else {
                String s = new String(b, i, n, UTF_8);
                out.append(s.equals("\ufffd") ? " " : s);
                i += n;
            }
        }
        return out.toString();
    }
}
