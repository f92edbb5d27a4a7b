package io.narfi.querier.params;

import io.narfi.common.GoText;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** Sizes as Go's package {@code humanize} reads them: {@code 102B}, {@code 1.5 kB} of a thousand, {@code 3MiB}; units in any case. */
public final class GoBytes {
    private static final Map<String, Double> UNITS = Map.ofEntries(
            Map.entry("", 1.0),
            Map.entry("b", 1.0),
            Map.entry("kib", 0x1p10),
            Map.entry("ki", 0x1p10),
            Map.entry("kb", 1e3),
            Map.entry("k", 1e3),
            Map.entry("mib", 0x1p20),
            Map.entry("mi", 0x1p20),
            Map.entry("mb", 1e6),
            Map.entry("m", 1e6),
            Map.entry("gib", 0x1p30),
            Map.entry("gi", 0x1p30),
            Map.entry("gb", 1e9),
            Map.entry("g", 1e9),
            Map.entry("tib", 0x1p40),
            Map.entry("ti", 0x1p40),
            Map.entry("tb", 1e12),
            Map.entry("t", 1e12),
            Map.entry("pib", 0x1p50),
            Map.entry("pi", 0x1p50),
            Map.entry("pb", 1e15),
            Map.entry("p", 1e15),
            Map.entry("eib", 0x1p60),
            Map.entry("ei", 0x1p60),
            Map.entry("eb", 1e18),
            Map.entry("e", 1e18));

    private GoBytes() {}

    /**
     * Bytes, cut to a whole number; as many as fit.
     *
     * @throws IllegalArgumentException with the package's text if it is no size
     */
    public static long parse(String text) {
        int digits = 0;
        while (digits < text.length() && isNumeral(text.charAt(digits))) {
            digits++;
        }
        String number = text.substring(0, digits).replace(",", "");
        OptionalDouble value = GoNumbers.parseFloat(number);
        if (value.isEmpty()) {
            throw new IllegalArgumentException("strconv.ParseFloat: parsing " + GoText.quote(number) + ": invalid syntax");
        }
        String unit = text.substring(digits).strip().toLowerCase(Locale.ROOT);
        Double factor = UNITS.get(unit);
        if (factor == null) {
            throw new IllegalArgumentException("unhandled size name: " + unit);
        }
        double bytes = value.getAsDouble() * factor;
        if (bytes >= 0x1p64) {
            throw new IllegalArgumentException("too large: " + text);
        }
        return (long) bytes;
    }

    private static boolean isNumeral(char c) {
        return (c >= '0' && c <= '9') || c == '.' || c == ',';
    }
}
