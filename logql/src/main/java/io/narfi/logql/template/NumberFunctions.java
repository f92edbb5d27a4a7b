package io.narfi.logql.template;

import static io.narfi.logql.template.Functions.integer;
import static io.narfi.logql.template.Functions.string;

import io.narfi.logql.pipeline.GoNumbers;
import io.narfi.logql.template.Function.Kind;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/** Loki's functions on numbers (logql.md §7). */
final class NumberFunctions {
    private static final Kind A = Kind.ANY;
    /** Digits behind the point that a division of decimals keeps. */
    private static final int DIVISION_DIGITS = 16;

    private NumberFunctions() {}

    /** An operation on decimals. */
    @FunctionalInterface
    private interface DecimalOperator {
        BigDecimal apply(BigDecimal a, BigDecimal b) throws TemplateException;
    }

    static void register(Functions.Registry r) {
        r.add("int", (a, _) -> GoInt.of(Numbers.toInt(a[0])), A);
        r.add("float64", (a, _) -> Numbers.toFloat(a[0]), A);
        r.add("bytes", (a, _) -> bytes(string(a, 0)), Kind.STRING);
        for (String name : List.of("duration", "duration_seconds")) {
            r.add(name, (a, _) -> duration(string(a, 0)), Kind.STRING);
        }
        r.addVariadic("add", A, (a, _) -> GoInt.of64(fold(a, Long::sum, 0)));
        r.add("sub", (a, _) -> GoInt.of64(Numbers.toInt(a[0]) - Numbers.toInt(a[1])), A, A);
        r.addVariadic("mul", A, (a, _) -> GoInt.of64(fold(a, (x, y) -> x * y, 1)), A);
        r.add("div", (a, _) -> GoInt.of64(Numbers.toInt(a[0]) / divisor(a[1])), A, A);
        r.add("mod", (a, _) -> GoInt.of64(Numbers.toInt(a[0]) % divisor(a[1])), A, A);
        r.addVariadic("max", A, (a, _) -> GoInt.of64(fold(a, Math::max, Long.MIN_VALUE)), A);
        r.addVariadic("min", A, (a, _) -> GoInt.of64(fold(a, Math::min, Long.MAX_VALUE)), A);
        r.addVariadic("addf", A, (a, _) -> decimal(a, BigDecimal.ZERO, 0, BigDecimal::add));
        r.addVariadic("subf", A, (a, _) -> decimal(a, null, 1, BigDecimal::subtract), A);
        r.addVariadic("mulf", A, (a, _) -> decimal(a, null, 1, BigDecimal::multiply), A);
        r.addVariadic("divf", A, (a, _) -> decimal(a, null, 1, NumberFunctions::divide), A);
        r.addVariadic("maxf", A, (a, _) -> foldFloats(a, Math::max), A);
        r.addVariadic("minf", A, (a, _) -> foldFloats(a, Math::min), A);
        r.add("ceil", (a, _) -> Math.ceil(Numbers.toFloat(a[0])), A);
        r.add("floor", (a, _) -> Math.floor(Numbers.toFloat(a[0])), A);
        r.addVariadic("round", Kind.FLOAT, (a, _) -> round(a), A, Kind.INT);
    }

    private static Object bytes(String s) throws TemplateException {
        try {
            long n = GoNumbers.parseBytes(GoStrings.toText(s));
            double d = n & Long.MAX_VALUE;
            return n < 0 ? d + 0x1p63 : d;
        } catch (GoNumbers.FormatException e) {
            throw new TemplateException(GoStrings.ofText(String.valueOf(e.getMessage())));
        }
    }

    private static Object duration(String s) throws TemplateException {
        try {
            return GoNumbers.seconds(GoNumbers.parseDuration(GoStrings.toText(s)));
        } catch (GoNumbers.FormatException e) {
            throw new TemplateException(GoStrings.ofText(String.valueOf(e.getMessage())));
        }
    }

    private static long fold(@Nullable Object[] a, LongBinaryOperator op, long start) {
        long n = start;
        for (Object v : a) {
            n = op.applyAsLong(n, Numbers.toInt(v));
        }
        return n;
    }

    private static long divisor(@Nullable Object v) throws TemplateException {
        long n = Numbers.toInt(v);
        if (n == 0) {
            throw new TemplateException("runtime error: integer divide by zero");
        }
        return n;
    }

    private static double foldFloats(@Nullable Object[] a, DoubleBinaryOperator op) {
        double d = Numbers.toFloat(a[0]);
        for (int i = 1; i < a.length; i++) {
            d = op.applyAsDouble(d, Numbers.toFloat(a[i]));
        }
        return d;
    }

    private static Object decimal(@Nullable Object[] a, @Nullable BigDecimal zero, int from, DecimalOperator op) throws TemplateException {
        BigDecimal n = zero == null ? Numbers.toDecimal(Numbers.toFloat(a[0])) : zero;
        for (int i = from; i < a.length; i++) {
            n = op.apply(n, Numbers.toDecimal(Numbers.toFloat(a[i])));
        }
        return n.doubleValue();
    }

    private static BigDecimal divide(BigDecimal a, BigDecimal b) throws TemplateException {
        if (b.signum() == 0) {
            throw new TemplateException("decimal division by 0");
        }
        return a.divide(b, DIVISION_DIGITS, RoundingMode.HALF_UP);
    }

    private static Object round(@Nullable Object[] a) {
        double on = a.length > 2 && a[2] instanceof Double d ? d : 0.5;
        double pow = Math.pow(10, (double) integer(a, 1));
        double scaled = pow * Numbers.toFloat(a[0]);
        double fraction = scaled - (scaled < 0 ? Math.ceil(scaled) : Math.floor(scaled));
        return (fraction >= on ? Math.ceil(scaled) : Math.floor(scaled)) / pow;
    }
}
