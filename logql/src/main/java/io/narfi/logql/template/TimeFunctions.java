package io.narfi.logql.template;

import static io.narfi.logql.template.Functions.string;
import static io.narfi.logql.template.Functions.time;

import io.narfi.logql.template.Function.Kind;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Loki's functions on times (logql.md §7). */
final class TimeFunctions {
    private static final Kind S = Kind.STRING;

    private TimeFunctions() {}

    static void register(Functions.Registry r) {
        r.add("__line__", (_, run) -> run.data().line());
        r.add("__timestamp__", (_, e) -> GoTime.ofNanos(e.data().timestamp()));
        r.add("now", (_, _) -> now());
        r.add("date", (a, _) -> format(string(a, 0), toTime(a[1])), S, Kind.ANY);
        r.add("toDate", (a, _) -> TimeLayout.parse(text(a, 0), text(a, 1), GoTime.LOCAL), S, S);
        r.add("toDateInZone", (a, _) -> TimeLayout.parse(text(a, 0), text(a, 2), zone(text(a, 1))), S, S, S);
        r.add("unixEpoch", (a, _) -> Long.toString(time(a, 0).seconds()), Kind.TIME);
        r.add("unixEpochMillis", (a, _) -> Long.toString(time(a, 0).value().toInstant().toEpochMilli()), Kind.TIME);
        r.add("unixEpochNanos", (a, _) -> Long.toString(time(a, 0).nanos()), Kind.TIME);
        r.add("unixToTime", (a, _) -> unixToTime(string(a, 0)), S);
    }

    private static String text(@Nullable Object[] args, int i) {
        return GoStrings.toText(string(args, i));
    }

    private static GoTime now() {
        return new GoTime(Instant.now().atZone(GoTime.LOCAL));
    }

    private static String format(String layout, GoTime time) {
        return TimeLayout.format(layout, time.value().withZoneSameInstant(GoTime.LOCAL));
    }

    /** Integers are seconds; what is neither a time nor an integer is now. */
    private static GoTime toTime(@Nullable Object v) {
        return switch (v) {
            case GoTime t -> t;
            case GoInt n -> GoTime.ofSeconds(n.value(), 0);
            case null, default -> now();
        };
    }

    /** A zone by its IANA name; an unknown one is UTC. */
    private static ZoneId zone(String name) {
        if (name.isEmpty() || name.equals("UTC")) {
            return ZoneId.of("UTC");
        }
        if (name.equals("Local")) {
            return GoTime.LOCAL;
        }
        try {
            return ZoneId.of(name);
        } catch (DateTimeException unknown) {
            return ZoneId.of("UTC");
        }
    }

    /** The unit follows from the number of digits: days, seconds, milli-, micro- or nanoseconds. */
    private static GoTime unixToTime(String s) throws TemplateException {
        Long n = Numbers.parseInt(s, 10);
        if (n == null) {
            boolean digits = s.matches("[+-]?[0-9]+");
            throw new TemplateException(String.format(
                    Locale.ROOT, "unable to parse time '%s': strconv.ParseInt: parsing %s: %s", s, GoFormat.quote(s), digits ? "value out of range" : "invalid syntax"));
        }
        return switch (s.length()) {
            case 5 -> GoTime.ofSeconds(n * 86_400, 0);
            case 10 -> GoTime.ofSeconds(n, 0);
            case 13 -> GoTime.ofNanos(n * 1_000_000);
            case 16 -> GoTime.ofNanos(n * 1_000);
            case 19 -> GoTime.ofNanos(n);
            default -> throw new TemplateException("unable to parse time '" + s + "': %!w(<nil>)");
        };
    }

    /** Methods of a time that templates may call; null if there is no such method. */
    static @Nullable Object method(GoTime t, String name) {
        List<Object> one = switch (name) {
            case "Unix" -> List.of(GoInt.of64(t.seconds()));
            case "UnixMilli" -> List.of(GoInt.of64(t.value().toInstant().toEpochMilli()));
            case "UnixMicro" -> List.of(GoInt.of64(Math.floorDiv(t.nanos(), 1000L)));
            case "UnixNano" -> List.of(GoInt.of64(t.nanos()));
            case "Year" -> List.of(GoInt.of(t.value().getYear()));
            case "YearDay" -> List.of(GoInt.of(t.value().getDayOfYear()));
            case "Day" -> List.of(GoInt.of(t.value().getDayOfMonth()));
            case "Hour" -> List.of(GoInt.of(t.value().getHour()));
            case "Minute" -> List.of(GoInt.of(t.value().getMinute()));
            case "Second" -> List.of(GoInt.of(t.value().getSecond()));
            case "Nanosecond" -> List.of(GoInt.of(t.value().getNano()));
            case "Month" -> List.of(TimeLayout.format("January", t.value()));
            case "Weekday" -> List.of(TimeLayout.format("Monday", t.value()));
            case "String" -> List.of(t.toString());
            case "UTC" -> List.of(new GoTime(t.value().withZoneSameInstant(ZoneId.of("UTC"))));
            case "Local" -> List.of(new GoTime(t.value().withZoneSameInstant(GoTime.LOCAL)));
            case "IsZero" -> List.of(t.value().toInstant().equals(GoTime.ZERO.value().toInstant()));
            default -> List.of();
        };
        return one.isEmpty() ? null : one.getFirst();
    }
}
