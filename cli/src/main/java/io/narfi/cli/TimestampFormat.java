package io.narfi.cli;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The formats of printed times, Go's by name. */
enum TimestampFormat {
    RFC3339("uuuu-MM-dd'T'HH:mm:ssXXX"),
    RFC3339NANO(""),
    RFC822Z("dd MMM yy HH:mm xx"),
    RFC1123Z("EEE, dd MMM uuuu HH:mm:ss xx"),
    STAMPMICRO("MMM ppd HH:mm:ss.SSSSSS"),
    STAMPMILLI("MMM ppd HH:mm:ss.SSS"),
    STAMPNANO("MMM ppd HH:mm:ss.SSSSSSSSS"),
    UNIXDATE("EEE MMM ppd HH:mm:ss zzz uuuu");

    private final DateTimeFormatter formatter;

    TimestampFormat(String pattern) {
        this.formatter = pattern.isEmpty() ? Times.RFC3339_NANO : DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
    }

    /** @param nanos since the epoch */
    String format(long nanos, ZoneId zone) {
        return Times.instant(nanos).atZone(zone).format(formatter);
    }
}
