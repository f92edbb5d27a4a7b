package io.narfi.logql.template;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Formats and parses times by Go's reference layout, {@code Mon Jan 2 15:04:05 MST 2006}. */
final class TimeLayout {
    private static final String[] ELEMENTS = {
        "January", "Jan", "Monday", "Mon", "MST", "01", "02", "03", "04", "05", "06", "002", "2006", "-070000", "-07:00:00", "-0700", "-07:00", "-07",
        "Z070000", "Z07:00:00", "Z0700", "Z07:00", "Z07", "15", "__2", "_2", "PM", "pm", "1", "2", "3", "4", "5"
    };

    private TimeLayout() {}

    /** The longest element that begins at a place of a layout, null if none does. */
    private static @Nullable String element(String layout, int at) {
        String best = null;
        for (String e : ELEMENTS) {
            if (layout.startsWith(e, at) && (best == null || e.length() > best.length())) {
                best = e;
            }
        }
        if (best != null && best.equals("Jan") && at + 3 < layout.length() && Character.isLowerCase(layout.charAt(at + 3))) {
            return null;
        }
        if (best != null && best.equals("Mon") && at + 3 < layout.length() && Character.isLowerCase(layout.charAt(at + 3))) {
            return null;
        }
        if ("_2".equals(best) && layout.startsWith("_2006", at)) {
            return null;
        }
        return best == null ? fraction(layout, at) : best;
    }

    private static @Nullable String fraction(String layout, int at) {
        char point = layout.charAt(at);
        if ((point != '.' && point != ',') || at + 1 >= layout.length()) {
            return null;
        }
        char digit = layout.charAt(at + 1);
        int end = at + 1;
        while (end < layout.length() && layout.charAt(end) == digit) {
            end++;
        }
        boolean digitFollows = end < layout.length() && layout.charAt(end) >= '0' && layout.charAt(end) <= '9';
        return (digit == '0' || digit == '9') && !digitFollows ? layout.substring(at, end) : null;
    }

    static String format(String layout, ZonedDateTime t) {
        StringBuilder out = new StringBuilder();
        int i = 0;
        while (i < layout.length()) {
            String e = element(layout, i);
            if (e == null) {
                out.append(layout.charAt(i++));
            } else {
                append(out, e, t);
                i += e.length();
            }
        }
        return out.toString();
    }

    private static void append(StringBuilder out, String e, ZonedDateTime t) {
        int hour = t.getHour();
        int hour12 = hour % 12 == 0 ? 12 : hour % 12;
        switch (e) {
            case "January" -> out.append(t.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH));
            case "Jan" -> out.append(t.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH), 0, 3);
            case "Monday" -> out.append(t.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH));
            case "Mon" -> out.append(t.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH), 0, 3);
            case "2006" -> padded(out, t.getYear(), 4, '0');
            case "06" -> padded(out, Math.floorMod(t.getYear(), 100), 2, '0');
            case "01" -> padded(out, t.getMonthValue(), 2, '0');
            case "1" -> out.append(t.getMonthValue());
            case "02" -> padded(out, t.getDayOfMonth(), 2, '0');
            case "_2" -> padded(out, t.getDayOfMonth(), 2, ' ');
            case "2" -> out.append(t.getDayOfMonth());
            case "002" -> padded(out, t.getDayOfYear(), 3, '0');
            case "__2" -> padded(out, t.getDayOfYear(), 3, ' ');
            case "15" -> padded(out, hour, 2, '0');
            case "03" -> padded(out, hour12, 2, '0');
            case "3" -> out.append(hour12);
            case "04" -> padded(out, t.getMinute(), 2, '0');
            case "4" -> out.append(t.getMinute());
            case "05" -> padded(out, t.getSecond(), 2, '0');
            case "5" -> out.append(t.getSecond());
            case "PM" -> out.append(hour >= 12 ? "PM" : "AM");
            case "pm" -> out.append(hour >= 12 ? "pm" : "am");
            case "MST" -> out.append(zoneName(t));
            default -> {
                if (e.charAt(0) == '.' || e.charAt(0) == ',') {
                    appendFraction(out, e, t.getNano());
                } else {
                    appendOffset(out, e, t.getOffset().getTotalSeconds());
                }
            }
        }
    }

    private static void padded(StringBuilder out, int n, int width, char pad) {
        String s = Integer.toString(Math.abs(n));
        out.append(n < 0 ? "-" : "").append(String.valueOf(pad).repeat(Math.max(0, width - s.length()))).append(s);
    }

    private static String zoneName(ZonedDateTime t) {
        String name = DateTimeFormatter.ofPattern("zzz", Locale.ENGLISH).format(t);
        if (name.equals("Z") || (name.equals("GMT") && t.getZone().getId().equals("UTC"))) {
            return "UTC";
        }
        if (name.startsWith("+") || name.startsWith("-") || name.startsWith("GMT+") || name.startsWith("GMT-") || name.startsWith("UTC+")) {
            StringBuilder out = new StringBuilder();
            int seconds = t.getOffset().getTotalSeconds();
            appendOffset(out, seconds % 3600 == 0 ? "-07" : "-0700", seconds);
            return out.toString();
        }
        return name;
    }

    private static void appendFraction(StringBuilder out, String e, int nanos) {
        String digits = String.format(Locale.ROOT, "%09d", nanos);
        digits = digits.substring(0, Math.min(9, e.length() - 1));
        if (e.charAt(1) == '9') {
            int end = digits.length();
            while (end > 0 && digits.charAt(end - 1) == '0') {
                end--;
            }
            digits = digits.substring(0, end);
            if (digits.isEmpty()) {
                return;
            }
        } else {
            digits += "0".repeat(e.length() - 1 - digits.length());
        }
        out.append(e.charAt(0)).append(digits);
    }

    private static void appendOffset(StringBuilder out, String e, int seconds) {
        if (e.charAt(0) == 'Z' && seconds == 0) {
            out.append('Z');
            return;
        }
        int abs = Math.abs(seconds);
        String colon = e.indexOf(':') >= 0 ? ":" : "";
        out.append(seconds < 0 ? '-' : '+').append(String.format(Locale.ROOT, "%02d", abs / 3600));
        int digits = e.replace(":", "").length() - 1;
        if (digits >= 4) {
            out.append(colon).append(String.format(Locale.ROOT, "%02d", abs / 60 % 60));
        }
        if (digits >= 6) {
            out.append(colon).append(String.format(Locale.ROOT, "%02d", abs % 60));
        }
    }

    /** Go's zero time if the text does not fit the layout. */
    static GoTime parse(String layout, String text, ZoneId zone) {
        try {
            return new GoTime(new Parser(layout, text).parse(zone));
        } catch (DateTimeException | IndexOutOfBoundsException | NumberFormatException bad) {
            return GoTime.ZERO;
        }
    }

    /** Reads a text along a layout. */
    private static final class Parser {
        private final String layout;
        private final String text;
        private int at;
        private int year;
        private int month = 1;
        private int day = 1;
        private int dayOfYear;
        private int hour;
        private int minute;
        private int second;
        private int nanos;
        private boolean afternoon;
        private boolean morning;
        private @Nullable Integer offset;
        private @Nullable String zoneName;

        Parser(String layout, String text) {
            this.layout = layout;
            this.text = text;
        }

        ZonedDateTime parse(ZoneId zone) {
            int i = 0;
            while (i < layout.length()) {
                String e = element(layout, i);
                if (e == null) {
                    if (layout.charAt(i) == ' ') {
                        while (at < text.length() && text.charAt(at) == ' ') {
                            at++;
                        }
                    } else if (text.charAt(at++) != layout.charAt(i)) {
                        throw new DateTimeException("not " + layout.charAt(i));
                    }
                    i++;
                } else {
                    read(e);
                    i += e.length();
                    boolean fractionNext = i < layout.length() && element(layout, i) != null && ".,".indexOf(layout.charAt(i)) >= 0;
                    if ((e.equals("05") || e.equals("5")) && !fractionNext) {
                        optionalFraction();
                    }
                }
            }
            if (at < text.length()) {
                throw new DateTimeException("extra text");
            }
            return result(zone);
        }

        private ZonedDateTime result(ZoneId zone) {
            if (afternoon && hour < 12) {
                hour += 12;
            } else if (morning && hour == 12) {
                hour = 0;
            }
            LocalDateTime local = dayOfYear > 0
                    ? java.time.LocalDate.ofYearDay(year, dayOfYear).atTime(hour, minute, second, nanos)
                    : LocalDateTime.of(year, month, day, hour, minute, second, nanos);
            Integer o = offset;
            if (o != null) {
                ZoneOffset fixed = ZoneOffset.ofTotalSeconds(o);
                ZonedDateTime there = local.atOffset(fixed).atZoneSameInstant(zone);
                return there.getOffset().equals(fixed) ? there : o == 0 ? local.atZone(ZoneId.of("UTC")) : local.atZone(fixed);
            }
            return local.atZone("UTC".equals(zoneName) ? ZoneId.of("UTC") : zone);
        }

        private void read(String e) {
            switch (e) {
                case "January" -> month = named(e) + 1;
                case "Jan" -> month = named(e) + 1;
                case "Monday", "Mon" -> named(e);
                case "2006" -> year = number(4, 4);
                case "06" -> {
                    int y = number(2, 2);
                    year = y >= 69 ? 1900 + y : 2000 + y;
                }
                case "01" -> month = number(2, 2);
                case "1" -> month = number(1, 2);
                case "02" -> day = number(2, 2);
                case "2", "_2" -> {
                    at += e.equals("_2") && text.charAt(at) == ' ' ? 1 : 0;
                    day = number(1, 2);
                }
                case "002", "__2" -> {
                    while (e.equals("__2") && text.charAt(at) == ' ') {
                        at++;
                    }
                    dayOfYear = number(1, 3);
                }
                case "15" -> hour = number(2, 2);
                case "03" -> hour = number(2, 2);
                case "3" -> hour = number(1, 2);
                case "04" -> minute = number(2, 2);
                case "4" -> minute = number(1, 2);
                case "05" -> second = number(2, 2);
                case "5" -> second = number(1, 2);
                case "PM", "pm" -> {
                    String half = text.substring(at, at + 2);
                    afternoon = half.equals(e);
                    morning = half.equals(e.equals("PM") ? "AM" : "am");
                    if (!afternoon && !morning) {
                        throw new DateTimeException("no half of a day");
                    }
                    at += 2;
                }
                case "MST" -> {
                    int start = at;
                    while (at < text.length() && Character.isUpperCase(text.charAt(at))) {
                        at++;
                    }
                    if (at - start < 3) {
                        throw new DateTimeException("no zone");
                    }
                    zoneName = text.substring(start, at);
                }
                default -> {
                    if (e.charAt(0) == '.' || e.charAt(0) == ',') {
                        fixedFraction(e);
                    } else {
                        readOffset(e);
                    }
                }
            }
        }

        private int named(String e) {
            for (int i = 0; i < (e.startsWith("J") ? 12 : 7); i++) {
                String name = e.startsWith("J")
                        ? java.time.Month.of(i + 1).getDisplayName(TextStyle.FULL, Locale.ENGLISH)
                        : java.time.DayOfWeek.of(i + 1).getDisplayName(TextStyle.FULL, Locale.ENGLISH);
                name = e.length() == 3 ? name.substring(0, 3) : name;
                if (text.regionMatches(true, at, name, 0, name.length())) {
                    at += name.length();
                    return i;
                }
            }
            throw new DateTimeException("no such name");
        }

        private int number(int min, int max) {
            int start = at;
            while (at < text.length() && at - start < max && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                at++;
            }
            if (at - start < min) {
                throw new DateTimeException("too few digits");
            }
            return Integer.parseInt(text.substring(start, at));
        }

        private void optionalFraction() {
            if (at + 1 < text.length() && (text.charAt(at) == '.' || text.charAt(at) == ',') && Character.isDigit(text.charAt(at + 1))) {
                at++;
                int start = at;
                while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                    at++;
                }
                setFraction(text.substring(start, at));
            }
        }

        private void fixedFraction(String e) {
            if (e.charAt(1) == '9') {
                optionalFraction();
                return;
            }
            char point = text.charAt(at++);
            if (point != '.' && point != ',') {
                throw new DateTimeException("no fraction");
            }
            int start = at;
            number(e.length() - 1, e.length() - 1);
            setFraction(text.substring(start, at));
        }

        private void setFraction(String digits) {
            nanos = Integer.parseInt((digits + "000000000").substring(0, 9));
        }

        private void readOffset(String e) {
            if (e.charAt(0) == 'Z' && text.charAt(at) == 'Z') {
                at++;
                offset = 0;
                return;
            }
            char sign = text.charAt(at++);
            if (sign != '+' && sign != '-') {
                throw new DateTimeException("no offset");
            }
            int digits = e.replace(":", "").length() - 1;
            boolean colon = e.indexOf(':') >= 0;
            int total = number(2, 2) * 3600;
            for (int part = 2; part < digits; part += 2) {
                if (colon && text.charAt(at++) != ':') {
                    throw new DateTimeException("no colon");
                }
                total += number(2, 2) * (part == 2 ? 60 : 1);
            }
            offset = sign == '-' ? -total : total;
        }
    }
}
