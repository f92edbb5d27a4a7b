package io.narfi.logql;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Reads a string, raw string or character of Go's syntax. Values are {@link ByteText}s, since escapes can write any byte. */
final class StringScanner {
    private final Scanner scanner;
    private final int[] text;
    private int i;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** @param start index of the opening quote */
    StringScanner(Scanner scanner, int[] text, int start) {
        this.scanner = scanner;
        this.text = text;
        this.i = start + 1;
    }

    String quoted() {
        literal('"');
        return ByteText.fromBytes(bytes.toByteArray());
    }

    /** A raw string has no escapes and drops carriage returns. */
    String raw() {
        while (i < text.length && text[i] != '`') {
            if (text[i] != '\r') {
                append(text[i]);
            }
            i++;
        }
        if (i == text.length) {
            throw scanner.error("literal not terminated");
        }
        scanner.moveTo(i + 1);
        return ByteText.fromBytes(bytes.toByteArray());
    }

    void character() {
        if (literal('\'') != 1) {
            throw scanner.error("invalid char literal");
        }
    }

    /** Reads up to the closing quote and returns the number of characters. */
    private int literal(int quote) {
        int characters = 0;
        while (true) {
            int c = scanner.at(i);
            if (c < 0 || c == '\n') {
                throw scanner.error("literal not terminated");
            }
            i++;
            if (c == quote) {
                scanner.moveTo(i);
                return characters;
            }
            if (c == '\\') {
                escape(quote);
            } else {
                append(c);
            }
            characters++;
        }
    }

    private void escape(int quote) {
        int c = scanner.at(i++);
        switch (c) {
            case 'a' -> bytes.write(7);
            case 'b' -> bytes.write('\b');
            case 'f' -> bytes.write('\f');
            case 'n' -> bytes.write('\n');
            case 'r' -> bytes.write('\r');
            case 't' -> bytes.write('\t');
            case 'v' -> bytes.write(11);
            case '\\' -> bytes.write('\\');
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                i--;
                int value = digits(3, 8);
                if (value > 255) {
                    throw scanner.error("invalid syntax");
                }
                bytes.write(value);
            }
            case 'x' -> bytes.write(digits(2, 16));
            case 'u' -> codePoint(digits(4, 16));
            case 'U' -> codePoint(digits(8, 16));
            default -> {
                if (c != quote) {
                    throw scanner.error("invalid char escape");
                }
                bytes.write(quote);
            }
        }
    }

    private int digits(int count, int base) {
        int value = 0;
        for (int k = 0; k < count; k++) {
            int c = scanner.at(i);
            int digit = c < 0 || c > 127 ? -1 : Character.digit(c, base);
            if (digit < 0) {
                throw scanner.error("invalid char escape");
            }
            value = value * base + digit;
            i++;
        }
        return value;
    }

    private void codePoint(int c) {
        if (c < 0 || c > Character.MAX_CODE_POINT || (c >= 0xd800 && c <= 0xdfff)) {
            throw scanner.error("invalid syntax");
        }
        write(c);
    }

    private void append(int c) {
        if (c == 0) {
            throw scanner.error("invalid character NUL");
        }
        if (ByteText.isRawByte(c)) {
            throw scanner.error("invalid UTF-8 encoding");
        }
        write(c);
    }

    private void write(int c) {
        bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
    }
}
