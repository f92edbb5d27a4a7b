package io.narfi.logql.template;

import io.narfi.logql.regex.Utf8;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Go's {@code fmt.Sprintf} for the values of templates. */
final class Printf {
    /** Of a width or precision, as in Go. */
    private static final int MAX_WIDTH = 1_000_000;

    private final String format;
    private final List<@Nullable Object> args;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private int arg;
    private boolean reordered;

    private boolean minus;
    private boolean plus;
    private boolean sharp;
    private boolean space;
    private boolean zero;
    private int width;
    private int precision;

    private Printf(String format, List<@Nullable Object> args) {
        this.format = format;
        this.args = args;
    }

    static String format(String format, List<@Nullable Object> args, int limit) throws TemplateException {
        Printf p = new Printf(format, args);
        while (p.at < format.length()) {
            if (p.out.length() > limit) {
                throw new TemplateException("output is longer than " + limit + " bytes");
            }
            char c = format.charAt(p.at++);
            if (c != '%') {
                p.out.append(c);
            } else {
                p.directive();
            }
        }
        if (!p.reordered && p.arg < args.size()) {
            p.extra();
        }
        return p.out.toString();
    }

    private void extra() {
        out.append("%!(EXTRA ");
        for (int i = arg; i < args.size(); i++) {
            out.append(i > arg ? ", " : "");
            Object v = args.get(i);
            out.append(v == null ? "<nil>" : Values.type(v) + "=" + GoFormat.print(v));
        }
        out.append(')');
    }

    private void directive() {
        flags();
        index();
        width = -1;
        precision = -1;
        if (at < format.length() && format.charAt(at) == '*') {
            at++;
            width = starWidth("%!(BADWIDTH)");
            if (width < -1) {
                minus = true;
                zero = false;
                width = -width;
            }
        } else {
            width = digits();
        }
        if (at < format.length() && format.charAt(at) == '.') {
            at++;
            index();
            if (at < format.length() && format.charAt(at) == '*') {
                at++;
                precision = Math.max(-1, starWidth("%!(BADPREC)"));
            } else {
                precision = Math.max(0, digits());
            }
        }
        index();
        if (at >= format.length()) {
            out.append("%!(NOVERB)");
            return;
        }
        byte[] rest = GoStrings.toBytes(format.substring(at, Math.min(format.length(), at + 4)));
        int decoded = Utf8.decode(rest, 0, rest.length);
        int verb = decoded >> 3;
        at += decoded & 7;
        if (verb == '%') {
            out.append('%');
        } else if (arg >= args.size()) {
            out.append("%!").append(GoStrings.ofRune(verb)).append("(MISSING)");
        } else {
            value(verb, args.get(arg++));
        }
    }

    private void flags() {
        minus = false;
        plus = false;
        sharp = false;
        space = false;
        zero = false;
        for (; at < format.length(); at++) {
            switch (format.charAt(at)) {
                case '-' -> {
                    minus = true;
                    zero = false;
                }
                case '+' -> plus = true;
                case '#' -> sharp = true;
                case ' ' -> space = true;
                case '0' -> zero = !minus;
                default -> {
                    return;
                }
            }
        }
    }

    /** {@code [n]} before a verb or a star. */
    private void index() {
        if (at >= format.length() || format.charAt(at) != '[') {
            return;
        }
        int close = format.indexOf(']', at);
        Long n = close < 0 ? null : Numbers.parseInt(format.substring(at + 1, close), 10);
        if (n != null && n >= 1 && n <= args.size()) {
            reordered = true;
            arg = (int) (n - 1);
            at = close + 1;
        }
    }

    private int starWidth(String bad) {
        if (arg < args.size() && args.get(arg) instanceof GoInt i && Math.abs(i.value()) <= MAX_WIDTH) {
            arg++;
            return (int) i.value();
        }
        arg++;
        out.append(bad);
        return -1;
    }

    private int digits() {
        int start = at;
        int n = 0;
        while (at < format.length() && format.charAt(at) >= '0' && format.charAt(at) <= '9') {
            n = Math.min(MAX_WIDTH, n * 10 + format.charAt(at++) - '0');
        }
        return at == start ? -1 : n;
    }

    private void value(int verb, @Nullable Object v) {
        switch (verb) {
            case 'T' -> padded(Values.type(v));
            case 'v' -> plain(v);
            default -> {
                boolean known =
                        switch (v) {
                            case null -> false;
                            case String s -> string(verb, s);
                            case GoInt i -> integer(verb, i.value());
                            case Double d -> real(verb, d);
                            case Boolean b -> bool(verb, b);
                            default -> composite(verb, v);
                        };
                if (!known) {
                    bad(verb, v);
                }
            }
        }
    }

    private void bad(int verb, @Nullable Object v) {
        out.append("%!").append(GoStrings.ofRune(verb)).append('(');
        out.append(v == null ? "<nil>" : Values.type(v) + "=" + GoFormat.print(v)).append(')');
    }

    private void plain(@Nullable Object v) {
        switch (v) {
            case String s when sharp -> padded(GoFormat.quote(s));
            case String s -> padded(cut(s));
            case GoInt i -> integer('d', i.value());
            case Double d -> real('g', d);
            case null, default -> padded(GoFormat.print(v));
        }
    }

    private boolean composite(int verb, Object v) {
        if (verb != 's' && verb != 'q') {
            return false;
        }
        String text = GoFormat.print(v);
        padded(verb == 'q' ? GoFormat.quote(text) : text);
        return true;
    }

    private boolean bool(int verb, boolean b) {
        if (verb != 't') {
            return false;
        }
        padded(Boolean.toString(b));
        return true;
    }

    private String cut(String s) {
        if (precision < 0) {
            return s;
        }
        StringBuilder cut = new StringBuilder();
        int[] runes = GoStrings.runes(s);
        for (int i = 0; i < Math.min(precision, runes.length); i++) {
            cut.append(GoStrings.ofRune(runes[i]));
        }
        return cut.toString();
    }

    private boolean string(int verb, String s) {
        switch (verb) {
            case 's' -> padded(cut(s));
            case 'q' -> padded(sharp && s.indexOf('`') < 0 ? "`" + cut(s) + "`" : GoFormat.quote(cut(s)));
            case 'x', 'X' -> {
                StringBuilder hex = new StringBuilder();
                int length = precision < 0 ? s.length() : Math.min(precision, s.length());
                for (int i = 0; i < length; i++) {
                    hex.append(space && i > 0 ? " " : "").append(String.format(Locale.ROOT, verb == 'x' ? "%02x" : "%02X", (int) s.charAt(i)));
                }
                padded(hex.toString());
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean integer(int verb, long n) {
        int base =
                switch (verb) {
                    case 'd' -> 10;
                    case 'b' -> 2;
                    case 'o', 'O' -> 8;
                    case 'x', 'X' -> 16;
                    default -> 0;
                };
        if (base > 0) {
            number(n, base, verb);
            return true;
        }
        switch (verb) {
            case 'c' -> padded(GoStrings.ofRune(n < 0 || n > 0x10ffff ? 0xfffd : (int) n));
            case 'q' -> padded(GoFormat.quoteRune(n < 0 || n > 0x10ffff ? 0xfffd : (int) n));
            case 'U' -> padded(sharp ? GoFormat.unicode((int) n) : String.format(Locale.ROOT, "U+%04X", n));
            default -> {
                return false;
            }
        }
        return true;
    }

    private void number(long n, int base, int verb) {
        String digits = new java.math.BigInteger(Long.toString(n)).abs().toString(base);
        if (verb == 'X') {
            digits = digits.toUpperCase(Locale.ROOT);
        }
        String sign = n < 0 ? "-" : plus ? "+" : space ? " " : "";
        String prefix = verb == 'O' ? "0o" : !sharp ? "" : base == 16 ? (verb == 'x' ? "0x" : "0X") : base == 8 ? "0" : base == 2 ? "0b" : "";
        if (precision >= 0) {
            digits = precision == 0 && n == 0 ? "" : "0".repeat(Math.max(0, precision - digits.length())) + digits;
        } else if (zero && !minus && width > 0) {
            digits = "0".repeat(Math.max(0, width - sign.length() - digits.length())) + digits;
        }
        boolean padZeros = zero;
        zero = false;
        padded(sign + prefix + digits);
        zero = padZeros;
    }

    private boolean real(int verb, double d) {
        String text =
                switch (verb) {
                    case 'e', 'E' -> GoFormat.real(d, 'e', precision < 0 ? 6 : precision);
                    case 'f', 'F' -> GoFormat.real(d, 'f', precision < 0 ? 6 : precision);
                    case 'g', 'G' -> GoFormat.real(d, 'g', precision);
                    default -> null;
                };
        if (text == null) {
            return false;
        }
        text = verb == 'E' || verb == 'G' ? text.toUpperCase(Locale.ROOT).replace("INF", "Inf").replace("NAN", "NaN") : text;
        boolean signed = text.startsWith("-") || text.startsWith("+");
        String sign = signed ? text.substring(0, 1) : plus ? "+" : space ? " " : "";
        if (text.startsWith("+") && !plus) {
            sign = "+";
        }
        String digits = signed ? text.substring(1) : text;
        boolean finite = !Double.isNaN(d) && !Double.isInfinite(d);
        if (zero && !minus && finite && width > 0) {
            digits = "0".repeat(Math.max(0, width - sign.length() - digits.length())) + digits;
        }
        boolean padZeros = zero;
        zero = false;
        padded(sign + digits);
        zero = padZeros;
        return true;
    }

    private void padded(String s) {
        int missing = width - (GoStrings.isAscii(s) ? s.length() : GoStrings.runes(s).length);
        if (missing <= 0) {
            out.append(s);
        } else if (minus) {
            out.append(s).append(" ".repeat(missing));
        } else {
            out.append((zero ? "0" : " ").repeat(missing)).append(s);
        }
    }
}
