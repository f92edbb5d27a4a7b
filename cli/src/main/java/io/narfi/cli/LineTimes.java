package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The times of lines that are pushed. A line without a time of its own, as the later lines of a stack trace, stands a nanosecond after the
 * line before. No two lines get the same time from the clock, so that equal lines stay two.
 */
final class LineTimes {
    private static final Pattern NUMBER = Pattern.compile("^\\s*\\[?(\\d+(?:\\.\\d+)?)");
    private static final Pattern RFC3339 =
            Pattern.compile("(\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(?:[.,]\\d{1,9})?(?:Z|[+-]\\d{2}:?\\d{2})?)");

    private final String format;
    private final @Nullable Pattern where;
    private final @Nullable DateTimeFormatter formatter;
    private final ZoneId zone;
    private final Console console;
    private long last = Long.MIN_VALUE;

    /**
     * @param format {@code now}, {@code rfc3339}, {@code unix}, {@code unix-ms}, {@code unix-us}, {@code unix-ns} or a pattern of Java's
     *         DateTimeFormatter
     * @param regex finds the time in a line: its first group, or all of it; null for the place that the format suggests
     * @param zone of times that name none
     * @throws IllegalArgumentException with a text for the user
     */
    LineTimes(String format, @Nullable String regex, ZoneId zone, Console console) {
        this.format = requireNonNull(format, "format is null");
        this.zone = requireNonNull(zone, "zone is null");
        this.console = requireNonNull(console, "console is null");
        try {
            this.where = regex == null ? null : Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("not a regular expression: " + regex, e);
        }
        this.formatter = switch (format) {
            case "now", "rfc3339", "unix", "unix-ms", "unix-us", "unix-ns" -> null;
            default -> formatter(format);
        };
    }

    private static DateTimeFormatter formatter(String pattern) {
        try {
            return new DateTimeFormatterBuilder()
                    .parseCaseInsensitive()
                    .appendPattern(pattern)
                    .parseDefaulting(ChronoField.NANO_OF_SECOND, 0)
                    .toFormatter(Locale.ENGLISH);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("neither now, rfc3339, unix, unix-ms, unix-us, unix-ns nor a pattern of times: " + pattern, e);
        }
    }

    /** The time of the next line, nanoseconds. */
    long next(String line) {
        Long own = format.equals("now") ? null : find(line);
        if (own != null) {
            last = own;
        } else if (format.equals("now") || last == Long.MIN_VALUE) {
            last = Math.max(console.now(), last == Long.MIN_VALUE ? last : last + 1);
        } else {
            last++;
        }
        return last;
    }

    private @Nullable Long find(String line) {
        try {
            return switch (format) {
                case "rfc3339" -> rfc3339(text(line, RFC3339));
                case "unix" -> number(text(line, NUMBER), 9);
                case "unix-ms" -> number(text(line, NUMBER), 6);
                case "unix-us" -> number(text(line, NUMBER), 3);
                case "unix-ns" -> number(text(line, NUMBER), 0);
                default -> pattern(text(line, null));
            };
        } catch (DateTimeException | ArithmeticException | IllegalArgumentException e) {
            // What stands there is no time: a line without one.
            return null;
        }
    }

    private @Nullable String text(String line, @Nullable Pattern usual) {
        Pattern pattern = where != null ? where : usual;
        if (pattern == null) {
            return line.stripLeading();
        }
        Matcher m = pattern.matcher(line);
        return !m.find() ? null : m.groupCount() > 0 ? m.group(1) : m.group();
    }

    private @Nullable Long rfc3339(@Nullable String text) {
        return text == null ? null : Times.parse(text.replace(',', '.'), 0, zone);
    }

    private static @Nullable Long number(@Nullable String text, int digits) {
        return text == null ? null : new java.math.BigDecimal(text).movePointRight(digits).setScale(0, java.math.RoundingMode.DOWN).longValueExact();
    }

    /** At the start of the text, if no expression says where; what follows it does not matter. */
    private @Nullable Long pattern(@Nullable String text) {
        if (text == null) {
            return null;
        }
        TemporalAccessor found = requireNonNull(formatter, "formatter is null").parse(text, new java.text.ParsePosition(0));
        LocalTime time = found.query(TemporalQueries.localTime());
        LocalDate date = found.query(TemporalQueries.localDate());
        ZoneId in = found.query(TemporalQueries.zone());
        if (time == null) {
            return null;
        }
        ZoneId at = in == null ? zone : in;
        Instant now = console.clock().instant();
        return Times.nanos((date == null ? now.atZone(at).toLocalDate() : date).atTime(time).atZone(at).toInstant());
    }
}
