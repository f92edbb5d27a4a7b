package io.narfi.ingester.otlp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.GoText;
import io.narfi.ingester.decode.JsonScanner;
import io.narfi.ingester.memory.MemoryBudget;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the scalars of OTLP's JSON form: numbers as Go parses them, as numbers or as text, null for a missing value. */
final class JsonScalars {
    private static final int LONGEST_NUMBER = 400;
    private static final List<String> SEVERITIES = List.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL");

    private final byte[] bytes;
    private final JsonScanner json;
    private final MemoryBudget.Lease lease;

    /** @param bytes what the scanner reads */
    JsonScalars(byte[] bytes, JsonScanner json, MemoryBudget.Lease lease) {
        this.bytes = requireNonNull(bytes, "bytes is null");
        this.json = requireNonNull(json, "json is null");
        this.lease = requireNonNull(lease, "lease is null");
    }

    /** Bytes come in the form in which they are shown. */
    AnyValue base64() {
        text();
        int offset = json.textOffset();
        int length = json.textLength();
        // A copy, and what it becomes.
        long memory = 2L * length;
        lease.reserve(memory);
        try {
            byte[] decoded = Base64.getDecoder().decode(Arrays.copyOfRange(bytes, offset, offset + length));
            // Padding may be missing; the text that is shown has it.
            if ((decoded.length + 2) / 3 * 4 == length) {
                return new AnyValue.Text(offset, length);
            }
            System.arraycopy(decoded, 0, bytes, offset, decoded.length);
            return new AnyValue.Bytes(offset, decoded.length);
        } catch (IllegalArgumentException e) {
            throw new ApiException(400, "illegal base64 data: " + e.getMessage(), e);
        } finally {
            lease.release(memory);
        }
    }

    /** Reads a string, or null as an empty one. */
    void text() {
        if (json.nullNext()) {
            json.noText();
        } else {
            json.string();
        }
    }

    /** Length of an id's text, made lower case; 0 for none, which all zeros mean as well. */
    int id(int size, String name) {
        text();
        int offset = json.textOffset();
        int length = json.textLength();
        if (length == 0) {
            return 0;
        }
        if (length != size) {
            throw ApiException.badRequest("invalid length for " + name);
        }
        boolean zero = true;
        for (int i = offset; i < offset + length; i++) {
            int digit = bytes[i] < 0 ? -1 : Character.digit(bytes[i], 16);
            if (digit < 0) {
                throw ApiException.badRequest("invalid " + name + ": not hexadecimal");
            }
            zero &= digit == 0;
            bytes[i] = (byte) Character.forDigit(digit, 16);
        }
        return zero ? 0 : length;
    }

    int severity() {
        if (json.peek() != '"') {
            long number = signed64();
            return Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        json.string();
        String text = json.textLength() <= LONGEST_NUMBER ? json.text() : "";
        if (text.startsWith("SEVERITY_NUMBER_")) {
            String name = text.substring("SEVERITY_NUMBER_".length());
            if (name.equals("UNSPECIFIED")) {
                return 0;
            }
            boolean plain = name.isEmpty() || !Character.isDigit(name.charAt(name.length() - 1));
            int step = plain ? 1 : name.charAt(name.length() - 1) - '0';
            int group = SEVERITIES.indexOf(plain ? name : name.substring(0, name.length() - 1));
            if (group >= 0 && (plain || (step >= 2 && step <= 4))) {
                return 4 * group + step;
            }
        } else if (text.matches("-?[0-9]{1,9}")) {
            return Integer.parseInt(text);
        }
        throw json.malformed("unknown severity number " + GoText.quote(text));
    }

    boolean bool() {
        int c = json.peek();
        if (c != 't' && c != 'f' && c != 'n') {
            throw json.malformed("expect true or false");
        }
        json.skipValue();
        return c == 't';
    }

    /** The text of a number, or of a string in its place; null is 0. */
    private String number() {
        if (json.nullNext()) {
            return "0";
        }
        int from;
        int to;
        if (json.peek() == '"') {
            json.string();
            from = json.textOffset();
            to = from + json.textLength();
        } else {
            int c = json.peek();
            if (c != '-' && (c < '0' || c > '9')) {
                throw json.malformed("expect a number");
            }
            from = json.position();
            json.skipValue();
            to = json.position();
        }
        if (to - from > LONGEST_NUMBER) {
            throw json.malformed("a number of " + (to - from) + " digits");
        }
        return new String(bytes, from, to - from, ISO_8859_1);
    }

    long unsigned64() {
        String text = number();
        try {
            if (!text.startsWith("+")) {
                return Long.parseUnsignedLong(text);
            }
        } catch (NumberFormatException e) {
            throw notANumber("ParseUint", text, e);
        }
        throw notANumber("ParseUint", text, null);
    }

    int unsigned32() {
        long number = unsigned64();
        if (number < 0 || number > 0xffffffffL) {
            throw ApiException.badRequest("strconv.ParseUint: parsing \"" + Long.toUnsignedString(number) + "\": value out of range");
        }
        return (int) number;
    }

    long signed64() {
        String text = number();
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw notANumber("ParseInt", text, e);
        }
    }

    double real() {
        String text = number();
        switch (text) {
            case "NaN" -> {
                return Double.NaN;
            }
            case "Inf", "+Inf", "Infinity", "+Infinity" -> {
                return Double.POSITIVE_INFINITY;
            }
            case "-Inf", "-Infinity" -> {
                return Double.NEGATIVE_INFINITY;
            }
            default -> {}
        }
        // Java's parser takes more than JSON and Go do: 1d, 0x1p3, blanks.
        if (text.chars().allMatch(c -> "-+0123456789.eE".indexOf(c) >= 0)) {
            try {
                return Double.parseDouble(text);
            } catch (NumberFormatException e) {
                throw notANumber("ParseFloat", text, e);
            }
        }
        throw notANumber("ParseFloat", text, null);
    }

    private static ApiException notANumber(String function, String text, @Nullable Throwable cause) {
        return new ApiException(400, "strconv." + function + ": parsing " + GoText.quote(text) + ": invalid syntax", cause);
    }
}
