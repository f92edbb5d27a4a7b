package io.narfi.querier.discover;

import io.narfi.common.ByteSizes;
import io.narfi.common.Durations;
import io.narfi.querier.params.GoBytes;
import io.narfi.querier.params.GoNumbers;
import java.util.Set;
import java.util.regex.Pattern;

/** What a value looks like ({@code contract/http-api.md} section 10.3), tried in Loki's order. */
final class ValueTypes {
    static final String BYTES = "bytes";
    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]{1,19}");
    private static final Set<String> BOOLEANS =
            Set.of("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False");

    private ValueTypes() {}

    static String of(String value) {
        if (isInteger(value)) {
            return "int";
        }
        if (GoNumbers.parseFloat(value).isPresent()) {
            return "float";
        }
        if (BOOLEANS.contains(value)) {
            return "boolean";
        }
        if (isDuration(value)) {
            return "duration";
        }
        return isSize(value) ? BYTES : "string";
    }

    /** The value as a query can hold it: a size in units of a thousand, without a blank; others as they are. */
    static String forQuery(String value) {
        return of(value).equals(BYTES) ? ByteSizes.humanSi(GoBytes.parse(value)).replace(" ", "") : value;
    }

    private static boolean isInteger(String value) {
        if (!INTEGER.matcher(value).matches()) {
            return false;
        }
        try {
            var _ = Long.parseLong(value);
            return true;
        } catch (NumberFormatException tooLarge) {
            return false;
        }
    }

    private static boolean isDuration(String value) {
        try {
            var _ = Durations.parseGo(value);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isSize(String value) {
        try {
            var _ = GoBytes.parse(value);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
