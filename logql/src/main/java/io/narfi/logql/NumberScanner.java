package io.narfi.logql;

/** Finds the end of a number of Go's syntax, with Go's messages: decimal, octal, {@code 0x}, {@code 0b}, {@code 0o}, fractions, exponents. */
final class NumberScanner {
    private final Scanner scanner;
    private int i;
    private int base = 10;
    /** x, o, b, 0 for a leading zero, or 10 for none of them. */
    private int prefix = 10;

    private boolean anyDigit;
    private boolean anySeparator;
    private int invalidDigit = -1;

    NumberScanner(Scanner scanner, int start) {
        this.scanner = scanner;
        this.i = start;
    }

    /** The index after the number. */
    int scan() {
        int start = i;
        boolean isFloat = false;
        if (scanner.at(i) != '.') {
            prefix();
            digits();
        }
        if (scanner.at(i) == '.') {
            isFloat = true;
            i++;
            if (prefix == 'o' || prefix == 'b') {
                throw scanner.error("invalid radix point in " + name());
            }
            digits();
        }
        if (!anyDigit) {
            throw scanner.error(name(start) + " has no digits");
        }
        isFloat |= exponent(isFloat);
        if (!isFloat && invalidDigit >= 0) {
            throw scanner.error("invalid digit '" + (char) invalidDigit + "' in " + name());
        }
        if (anySeparator && misplacedSeparator(start)) {
            throw scanner.error("'_' must separate successive digits");
        }
        return i;
    }

    private void prefix() {
        if (scanner.at(i) != '0') {
            return;
        }
        i++;
        switch (scanner.at(i) | 0x20) {
            case 'x' -> prefix('x', 16);
            case 'o' -> prefix('o', 8);
            case 'b' -> prefix('b', 2);
            default -> {
                prefix = '0';
                base = 8;
                anyDigit = true;
            }
        }
    }

    private void prefix(int letter, int newBase) {
        prefix = letter;
        base = newBase;
        i++;
    }

    private void digits() {
        while (true) {
            int c = scanner.at(i);
            if (c == '_') {
                anySeparator = true;
            } else if (base == 16 ? Character.digit(c, 16) >= 0 && c < 128 : Scanner.isDecimal(c)) {
                anyDigit = true;
                if (base < 10 && c >= '0' + base && invalidDigit < 0) {
                    invalidDigit = c;
                }
            } else {
                return;
            }
            i++;
        }
    }

    private boolean exponent(boolean isFloat) {
        int c = scanner.at(i);
        int e = c | 0x20;
        if (c < 0 || (e != 'e' && e != 'p')) {
            if (prefix == 'x' && isFloat) {
                throw scanner.error("hexadecimal mantissa requires a 'p' exponent");
            }
            return false;
        }
        if (e == 'e' && prefix != 10 && prefix != '0') {
            throw scanner.error("'" + (char) c + "' exponent requires decimal mantissa");
        }
        if (e == 'p' && prefix != 'x') {
            throw scanner.error("'" + (char) c + "' exponent requires hexadecimal mantissa");
        }
        i++;
        if (scanner.at(i) == '+' || scanner.at(i) == '-') {
            i++;
        }
        anyDigit = false;
        base = 10;
        digits();
        if (!anyDigit) {
            throw scanner.error("exponent has no digits");
        }
        return true;
    }

    private boolean misplacedSeparator(int start) {
        int before = -1;
        for (int k = start; k < i; k++) {
            int c = scanner.at(k);
            boolean afterPrefix = k == start + 2 && prefix != 10 && prefix != '0';
            if (c == '_' && !isDigit(before) && !afterPrefix) {
                return true;
            }
            if (before == '_' && !isDigit(c)) {
                return true;
            }
            before = c;
        }
        return before == '_';
    }

    private boolean isDigit(int c) {
        return Scanner.isDecimal(c) || (prefix == 'x' && c < 128 && Character.digit(c, 16) >= 0);
    }

    private String name() {
        return switch (prefix) {
            case 'x' -> "hexadecimal literal";
            case 'o', '0' -> "octal literal";
            case 'b' -> "binary literal";
            default -> "decimal literal";
        };
    }

    /** Loki calls {@code 0B} a decimal literal if a blank precedes it. */
    private String name(int start) {
        return prefix == 'b' && scanner.atStartOrAfterBlank(start) ? "decimal literal" : name();
    }
}
