package io.narfi.ingester.validate;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names of log levels (contract/push-validation.md §7.3). */
final class Levels {
    static final String UNKNOWN = "unknown";

    private static final Map<String, String> CANONICAL = Map.ofEntries(
            Map.entry("trace", "trace"),
            Map.entry("trc", "trace"),
            Map.entry("debug", "debug"),
            Map.entry("dbg", "debug"),
            Map.entry("info", "info"),
            Map.entry("inf", "info"),
            Map.entry("information", "info"),
            Map.entry("warn", "warn"),
            Map.entry("wrn", "warn"),
            Map.entry("warning", "warn"),
            Map.entry("error", "error"),
            Map.entry("err", "error"),
            Map.entry("critical", "critical"),
            Map.entry("fatal", "fatal"));
    private static final int LONGEST = "information".length();

    private Levels() {}

    /** The level that a whole text names, in any case, or null. */
    static @Nullable String known(String text) {
        return text.length() > LONGEST ? null : CANONICAL.get(text.toLowerCase(Locale.ROOT));
    }

    /** The level that a label or metadata gives: a known one by its canonical name, anything else as it is. */
    static String normalise(String text) {
        String known = known(text);
        return known == null ? text : known;
    }

    /** The level that bytes of a line name, in any case, or null. */
    static @Nullable String known(byte[] bytes, int offset, int length) {
        if (length < 3 || length > LONGEST) {
            return null;
        }
        char[] chars = new char[length];
        for (int i = 0; i < length; i++) {
            chars[i] = (char) (bytes[offset + i] & 0xff);
        }
        return known(new String(chars));
    }

    /** OTLP's severity number. */
    static String ofSeverityNumber(String text) {
        int number;
        try {
            number = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return "info";
        }
        if (number == 0 || number > 24) {
            return UNKNOWN;
        }
        return number <= 4 ? "trace" : number <= 8 ? "debug" : number <= 12 ? "info" : number <= 16 ? "warn" : number <= 20 ? "error" : "fatal";
    }
}
