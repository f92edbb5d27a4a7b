package io.narfi.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tail}: new lines as they come. */
@Command(
        name = "tail",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {
            "Print the newest lines of a query, then new ones as they come, until stopped. A broken connection is made again.",
            "",
            "  narfi tail '{app=\"shop\"} |= \"error\"'",
            ""
        })
final class TailCommand extends ClientCommand {
    @Parameters(paramLabel = "QUERY", description = "The query, LogQL, of lines.")
    private String query = "";

    @Option(names = "--limit", paramLabel = "N", description = "Lines of the past to print first (default: 30).")
    private int limit = 30;

    @Option(names = "--since", paramLabel = "DURATION", converter = DurationConverter.class, description = "How old these may be (default: 1h).")
    private long since = 3600 * Times.SECOND;

    @Option(names = "--delay-for", paramLabel = "SECONDS", description = "Hold lines back so long, up to 5, to put late ones in order.")
    private int delayFor;

    @Mixin
    private LabelOptions labels = new LabelOptions();

    @Override
    void run(ApiClient api) {
        if (limit < 1) {
            throw wrong("--limit must be at least 1");
        }
        new Tail(api, console(), query, console().now() - since, limit, delayFor, new LogPrinter(cli(), labels), cli().options()).run();
    }
}
