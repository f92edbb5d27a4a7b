/**
 * The command line client: {@code narfi query}, {@code push}, {@code tail}, {@code export} and the rest, with the flags, environment
 * variables and output formats that users of logcli know. It talks to any server with Loki's HTTP API; {@code export} and nothing else
 * needs Narfi's own.
 *
 * <p>{@link io.narfi.cli.Cli} builds the commands on picocli; each command is one class. {@link io.narfi.cli.ApiClient} makes the
 * requests over the JDK's HTTP client and not over the HTTP kit of the services: a command lives for a second, and what counts is how
 * few classes it loads. Nothing here uses classes of the services.
 *
 * <p>Errors: a {@link io.narfi.cli.CliException} becomes one line on standard error and exit code 1; bad arguments give exit code 2.
 */
@NullMarked
package io.narfi.cli;

import org.jspecify.annotations.NullMarked;
