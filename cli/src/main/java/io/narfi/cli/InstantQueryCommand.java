package io.narfi.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code instant-query}: a metric query at one moment. */
@Command(
        name = "instant-query",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {
            "Evaluate a metric query at one moment and print the result as JSON.",
            "",
            "  narfi instant-query 'sum by (app) (count_over_time({env=\"prod\"}[1h]))'",
            ""
        })
final class InstantQueryCommand extends ClientCommand {
    @Parameters(paramLabel = "QUERY", description = "The query, LogQL.")
    private String query = "";

    @Option(names = "--limit", paramLabel = "N", description = "Sent to the server (default: 30).")
    private int limit = 30;

    @Option(names = "--now", paramLabel = "TIME", description = "The moment (default: now).")
    private @Nullable String now;

    @Option(names = "--forward", description = "Sent to the server as the direction.")
    private boolean forward;

    @Mixin
    private LabelOptions labels = new LabelOptions();

    @Override
    void run(ApiClient api) {
        long at = console().now();
        if (now != null && !now.isEmpty()) {
            try {
                at = Times.parse(now, at, cli().options().zone(console().zone()));
            } catch (IllegalArgumentException e) {
                throw wrong("--now: " + ApiClient.message(e));
            }
        }
        Params params = new Params().add("query", query).add("limit", limit).add("time", at).add("direction", forward ? "forward" : "backward");
        QueryAnswer answer = QueryAnswer.of(api.json("/loki/api/v1/query", params));
        tell(answer);
        if (answer.isStreams()) {
            new LogPrinter(cli(), labels).batch(LogBatches.ordered(Entry.ofStreams(answer.result()), forward));
        } else {
            printMetric(answer);
        }
    }
}
