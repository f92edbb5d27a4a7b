package io.narfi.querier.params;

import io.narfi.common.ApiException;
import io.narfi.common.GoText;
import java.math.BigInteger;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** Numbers in parameters, read as Go's {@code strconv} reads them. */
public final class GoNumbers {
    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+");
    private static final Pattern FLOAT = Pattern.compile("[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?");
    private static final Pattern HEX_FLOAT = Pattern.compile("[+-]?0[xX](?:[0-9a-fA-F]+\\.?[0-9a-fA-F]*|\\.[0-9a-fA-F]+)[pP][+-]?[0-9]+");
    private static final int MAX_LENGTH = 1000;

    private GoNumbers() {}

    /** {@code strconv.ParseFloat(s, 64)}; empty where that is an error. */
    public static OptionalDouble parseFloat(String s) {
        if (s.length() > MAX_LENGTH) {
            return OptionalDouble.empty();
        }
        if (FLOAT.matcher(s).matches() || HEX_FLOAT.matcher(s).matches()) {
            double d = Double.parseDouble(s);
            return Double.isInfinite(d) ? OptionalDouble.empty() : OptionalDouble.of(d);
        }
        return switch (s.toLowerCase(Locale.ROOT)) {
            case "inf", "+inf", "infinity", "+infinity" -> OptionalDouble.of(Double.POSITIVE_INFINITY);
            case "-inf", "-infinity" -> OptionalDouble.of(Double.NEGATIVE_INFINITY);
            case "nan" -> OptionalDouble.of(Double.NaN);
            default -> OptionalDouble.empty();
        };
    }

    /**
     * A 64-bit decimal integer.
     *
     * @param function how Go names the parser in its message: {@code ParseInt} or {@code Atoi}
     * @throws ApiException 400 with Go's message
     */
    public static long parseInteger(String s, String function) {
        String problem = "invalid syntax";
        if (s.length() <= MAX_LENGTH && INTEGER.matcher(s).matches()) {
            BigInteger value = new BigInteger(s.startsWith("+") ? s.substring(1) : s);
            if (value.bitLength() < 64) {
                return value.longValue();
            }
            problem = "value out of range";
        }
        throw ApiException.badRequest("strconv." + function + ": parsing " + GoText.quote(s) + ": " + problem);
    }
}
