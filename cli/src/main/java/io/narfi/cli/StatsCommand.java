package io.narfi.cli;

import io.narfi.common.ByteSizes;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code stats}: how much the streams of a selector hold. */
@Command(
        name = "stats",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {"Print how many streams, chunks, lines and bytes a selector covers.", ""})
final class StatsCommand extends ClientCommand {
    @Parameters(paramLabel = "SELECTOR", description = "Which streams.")
    private String selector = "";

    @Mixin
    private RangeOptions range = new RangeOptions();

    @Override
    void run(ApiClient api) {
        Map<String, @Nullable Object> stats =
                Json.object(api.json("/loki/api/v1/index/stats", range.range(cli()).addTo(new Params().add("query", selector))));
        var out = console().out();
        if (cli().options().output() == OutputMode.JSONL) {
            out.println(Json.compact(stats));
            return;
        }
        long bytes = Long.parseLong(Json.text(stats.getOrDefault("bytes", "0")));
        out.println("{");
        out.println("  bytes: " + ByteSizes.humanSi(bytes).replace(" ", ""));
        out.println("  chunks: " + Json.text(stats.get("chunks")));
        out.println("  streams: " + Json.text(stats.get("streams")));
        out.println("  entries: " + Json.text(stats.get("entries")));
        out.println("}");
    }
}
