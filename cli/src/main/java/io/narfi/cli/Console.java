package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What surrounds a command: its streams, its environment and its clock.
 *
 * @param in standard input
 * @param out answers, UTF-8
 * @param err everything else, UTF-8
 * @param environment the value of an environment variable, or null
 * @param clock what "now" is
 * @param zone the local time zone
 */
public record Console(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Function<String, @Nullable String> environment,
        InstantSource clock,
        ZoneId zone) {
    public Console {
        requireNonNull(in, "in is null");
        requireNonNull(out, "out is null");
        requireNonNull(err, "err is null");
        requireNonNull(environment, "environment is null");
        requireNonNull(clock, "clock is null");
        requireNonNull(zone, "zone is null");
    }

    /** The process's own. Output is gathered and must be flushed. */
    public static Console ofProcess() {
        return new Console(
                System.in,
                new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 64 << 10), false, StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                System::getenv,
                InstantSource.system(),
                ZoneId.systemDefault());
    }

    /** Nanoseconds since the epoch. */
    long now() {
        return Times.nanos(clock.instant());
    }
}
