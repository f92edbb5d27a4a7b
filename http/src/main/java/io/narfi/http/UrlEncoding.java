package io.narfi.http;

import io.narfi.common.ApiException;
import io.narfi.common.GoText;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Percent encoding with the rules and the error texts of Go's {@code net/url}. */
public final class UrlEncoding {
    private static final String HEX = "0123456789ABCDEF";

    private UrlEncoding() {}

    /**
     * Decodes one segment of a path; a plus sign stands for itself.
     *
     * @throws ApiException 400 {@code invalid URL escape "%zz"}
     */
    public static String decodePath(String s) {
        return decode(s, false);
    }

    /**
     * Decodes a key or value of a query string; a plus sign is a blank.
     *
     * @throws ApiException 400 {@code invalid URL escape "%zz"}
     */
    public static String decodeQuery(String s) {
        return decode(s, true);
    }

    /** Encodes a key or value for a query string or a form; a blank becomes a plus sign. */
    public static String encodeQuery(String s) {
        return encode(s, true);
    }

    /** Encodes one segment of a path. */
    public static String encodePath(String s) {
        return encode(s, false);
    }

    private static String decode(String s, boolean plusIsBlank) {
        int first = 0;
        int n = s.length();
        while (first < n && s.charAt(first) != '%' && !(plusIsBlank && s.charAt(first) == '+')) {
            first++;
        }
        if (first == n) {
            return s;
        }
        byte[] in = s.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(in.length);
        for (int i = 0; i < in.length; i++) {
            byte b = in[i];
            if (b == '%') {
                int high = i + 1 < in.length ? Character.digit(in[i + 1], 16) : -1;
                int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
                if (high < 0 || low < 0) {
                    String bad = new String(in, i, Math.min(3, in.length - i), StandardCharsets.UTF_8);
                    throw ApiException.badRequest("invalid URL escape " + GoText.quote(bad));
                }
                out.write(high << 4 | low);
                i += 2;
            } else if (plusIsBlank && b == '+') {
                out.write(' ');
            } else {
                out.write(b);
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String encode(String s, boolean blankIsPlus) {
        StringBuilder out = new StringBuilder(s.length() + 16);
        for (byte b : s.getBytes(StandardCharsets.UTF_8)) {
            if (isUnreserved(b)) {
                out.append((char) b);
            } else if (b == ' ' && blankIsPlus) {
                out.append('+');
            } else {
                out.append('%').append(HEX.charAt(b >> 4 & 15)).append(HEX.charAt(b & 15));
            }
        }
        return out.toString();
    }

    private static boolean isUnreserved(byte b) {
        return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '-' || b == '_' || b == '.' || b == '~';
    }
}
