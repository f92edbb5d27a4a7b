package io.narfi.ingester.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

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

    private void base64(AnyValue.Bytes b) {
        out.add(Base64.getEncoder().encode(Arrays.copyOfRange(body, b.offset(), b.offset() + b.length())));
    }

    /** As Go's encoder: HTML's characters and the two line separators are escaped too, bytes that are no UTF-8 become U+FFFD. */
    private void quoted(int offset, int length) {
        out.add('"');
        int from = offset;
        int end = offset + length;
        for (int i = offset; i < end; i++) {
            byte c = body[i];
            if (c < 0) {
                out.add(body, from, i - from);
                beyondAscii(new String(body, i, end - i, UTF_8));
                from = end;
                break;
            }
            if (c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&') {
                out.add(body, from, i - from);
                escaped((char) c);
                from = i + 1;
            }
        }
        out.add(body, from, end - from);
        out.add('"');
    }

    private void beyondAscii(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029' || c == '\ufffd') {
                out.add(plain.toString());
                plain.setLength(0);
                escaped(c);
            } else {
                plain.append(c);
            }
        }
        out.add(plain.toString());
    }

    private void escaped(char c) {
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
