package io.narfi.ingester.otlp;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Utf8;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;

/**
 * The text form of values (contract/http-api.md §4.2): text as it is, numbers as JSON has them, bytes in base64, arrays and maps as compact
 * JSON with sorted keys, in the form of Go's encoder.
 */
final class ValueText {
    private static final String HEX = "0123456789abcdef";
    private static final double LARGEST_PLAIN = 1e21;
    private static final double SMALLEST_PLAIN = 1e-6;

    /** Bytes that are encoded at once; of whole groups of three, so that only the last piece is padded. */
    private static final int BASE64_PIECE = 3 << 10;

    /** Stands for a character that needs no escape, as this one needs none. */
    private static final char PLAIN = '\uffff';

    private final byte[] body;
    private final TextBuffer out;

    ValueText(byte[] body, TextBuffer out) {
        this.body = requireNonNull(body, "body is null");
        this.out = requireNonNull(out, "out is null");
    }

    /** Appends the text of a value; nothing for an empty one. */
    void append(AnyValue value) {
        switch (value) {
            case AnyValue.Empty _ -> {}
            case AnyValue.Text t -> out.add(body, t.offset(), t.length());
            case AnyValue.Bool b -> out.addAscii(Boolean.toString(b.value()));
            case AnyValue.Int i -> out.add(i.value());
            case AnyValue.Real r -> out.addAscii(number(r.value()));
            case AnyValue.Bytes b -> base64(b);
            case AnyValue.Array _, AnyValue.Fields _ -> json(value);
        }
    }

    private void json(AnyValue value) {
        switch (value) {
            case AnyValue.Empty _ -> out.addAscii("null");
            case AnyValue.Text t -> quoted(t.offset(), t.length());
            case AnyValue.Bool b -> out.addAscii(Boolean.toString(b.value()));
            case AnyValue.Int i -> out.add(i.value());
            case AnyValue.Real r when Double.isFinite(r.value()) -> out.addAscii(number(r.value()));
            case AnyValue.Real r -> {
                // JSON has no such numbers.
                out.add('"');
                out.addAscii(number(r.value()));
                out.add('"');
            }
            case AnyValue.Bytes b -> {
                out.add('"');
                base64(b);
                out.add('"');
            }
            case AnyValue.Array a -> {
                out.add('[');
                boolean first = true;
                for (AnyValue v : a.values()) {
                    if (!first) {
                        out.add(',');
                    }
                    first = false;
                    json(v);
                }
                out.add(']');
            }
            case AnyValue.Fields f -> object(f.fields());
        }
    }

    private void object(List<AnyValue.Field> fields) {
        List<AnyValue.Field> sorted = new ArrayList<>(fields);
        Comparator<AnyValue.Field> byKey = (a, b) -> Arrays.compareUnsigned(
                body, a.keyOffset(), a.keyOffset() + a.keyLength(), body, b.keyOffset(), b.keyOffset() + b.keyLength());
        sorted.sort(byKey);
        out.add('{');
        boolean first = true;
        for (int i = 0; i < sorted.size(); i++) {
            AnyValue.Field f = sorted.get(i);
            // Of equal keys the last one counts, as in any JSON object.
            if (i + 1 < sorted.size() && byKey.compare(f, sorted.get(i + 1)) == 0) {
                continue;
            }
            if (!first) {
                out.add(',');
            }
            first = false;
            quoted(f.keyOffset(), f.keyLength());
            out.add(':');
            json(f.value());
        }
        out.add('}');
    }

    /** In pieces, so that large values need no further large arrays. */
    private void base64(AnyValue.Bytes b) {
        int end = b.offset() + b.length();
        for (int from = b.offset(); from < end; from += BASE64_PIECE) {
            out.add(Base64.getEncoder().encode(Arrays.copyOfRange(body, from, Math.min(end, from + BASE64_PIECE))));
        }
    }

    /** As Go's encoder: HTML's characters and the two line separators are escaped too, each byte that is no UTF-8 is U+FFFD. */
    private void quoted(int offset, int length) {
        out.add('"');
        int from = offset;
        int end = offset + length;
        int i = offset;
        while (i < end) {
            int n = Utf8.sequence(body, i, end);
            char escaped = n == 1 ? asciiToEscape(body[i]) : n == 0 ? '\ufffd' : separator(i, n);
            if (escaped == PLAIN) {
                i += n;
            } else {
                out.add(body, from, i - from);
                escape(escaped);
                i += Math.max(1, n);
                from = i;
            }
        }
        out.add(body, from, end - from);
        out.add('"');
    }

    private static char asciiToEscape(byte c) {
        return c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' ? (char) c : PLAIN;
    }

    /** The line or the paragraph separator, which JavaScript takes for ends of lines, if it stands there. */
    private char separator(int i, int n) {
        boolean separator = n == 3 && body[i] == (byte) 0xe2 && body[i + 1] == (byte) 0x80 && (body[i + 2] & 0xfe) == 0xa8;
        return separator ? (char) ('\u2028' + (body[i + 2] & 1)) : PLAIN;
    }

    private void escape(char c) {
        out.add('\\');
        switch (c) {
            case '"', '\\' -> out.add(c);
            case '\b' -> out.add('b');
            case '\f' -> out.add('f');
            case '\n' -> out.add('n');
            case '\r' -> out.add('r');
            case '\t' -> out.add('t');
            default -> {
                out.add('u');
                for (int shift = 12; shift >= 0; shift -= 4) {
                    out.add(HEX.charAt(c >> shift & 15));
                }
            }
        }
    }

    /** The shortest form that reads back the same; with an exponent below 1e-6 and from 1e21 on, as in JavaScript. */
    static String number(double value) {
        if (!Double.isFinite(value)) {
            return Double.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0" : "0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        double size = Math.abs(value);
        if (size >= SMALLEST_PLAIN && size < LARGEST_PLAIN) {
            return shortest.toPlainString();
        }
        String digits = shortest.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - shortest.scale();
        return (value < 0 ? "-" : "") + digits.charAt(0) + (digits.length() > 1 ? "." + digits.substring(1) : "") + "e"
                + (exponent < 0 ? "-" : "+") + Math.abs(exponent);
    }
}
