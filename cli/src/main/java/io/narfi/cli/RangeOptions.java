package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The time range of a command. */
final class RangeOptions {
    /**
     * A range of time.
     *
     * @param start nanoseconds
     * @param end nanoseconds, exclusive
     */
    record Range(long start, long end) {
        Params addTo(Params params) {
            return params.add("start", start).add("end", end);
        }
    }

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(names = "--since", paramLabel = "DURATION", converter = DurationConverter.class,
            description = "How far back from the end, unless --from is given: 90s, 1h30m, 7d (default: 1h).")
    private long since = 3600 * Times.SECOND;

    @Option(names = "--from", paramLabel = "TIME",
            description = "Start, inclusive: RFC 3339, 2026-11-01, seconds or nanoseconds since the epoch, now-2h.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "TIME", description = "End, exclusive (default: now).")
    private @Nullable String to;

    /** The range that the arguments name. */
    Range range(long now, ZoneId zone) {
        long end = to == null || to.isEmpty() ? now : time("--to", to, now, zone);
        long start = from == null || from.isEmpty() ? end - since : time("--from", from, now, zone);
        if (start > end) {
            throw wrong("--from is after " + (to == null ? "now" : "--to"));
        }
        return new Range(start, end);
    }

    Range range(Cli cli) {
        return range(cli.console().now(), cli.options().zone(cli.console().zone()));
    }

    /** Whether the arguments name a start. */
    boolean hasStart() {
        return from != null;
    }

    private long time(String option, String text, long now, ZoneId zone) {
        try {
            return Times.parse(text, now, zone);
        } catch (IllegalArgumentException e) {
            throw wrong(option + ": " + ApiClient.message(e));
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(requireNonNull(spec, "not made by picocli").commandLine(), message);
    }
}
