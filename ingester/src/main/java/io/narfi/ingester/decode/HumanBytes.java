package io.narfi.ingester.decode;

import java.util.Locale;

/** Byte sizes in powers of 1000, as Loki's messages about bodies have them. */
final class HumanBytes {
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

    private HumanBytes() {}

    /** For example {@code 17 MB}, {@code 1.5 kB}, {@code 82 B}: one digit after the point below ten, rounded up. */
    static String si(long bytes) {
        if (bytes < 10) {
            return bytes + " B";
        }
        int unit = 0;
        double value = bytes;
        while (value >= 1000 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        double rounded = Math.floor(value * 10 + 0.5) / 10;
        return rounded < 10
                ? String.format(Locale.ROOT, "%.1f %s", rounded, UNITS[unit])
                : String.format(Locale.ROOT, "%.0f %s", rounded, UNITS[unit]);
    }
}
