package io.narfi.cli;

import io.narfi.common.Labels;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code series}: the streams that a selector selects, or a summary of their labels. */
@Command(
        name = "series",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {"Print the label sets of streams, a line each.", "", "  narfi series '{env=\"prod\"}' --analyze-labels", ""})
final class SeriesCommand extends ClientCommand {
    @Parameters(arity = "0..1", paramLabel = "SELECTOR", description = "Which streams (default: {}, all).")
    private String selector = "{}";

    @Mixin
    private RangeOptions range = new RangeOptions();

    @Option(names = "--analyze-labels", description = "Print a summary of the labels instead: how many values each has, in how many streams.")
    private boolean analyze;

    @Override
    void run(ApiClient api) {
        Object answer = api.json("/loki/api/v1/series", range.range(cli()).addTo(new Params().add("match[]", selector)));
        List<Labels> streams = new ArrayList<>();
        Json.list(Json.object(answer).get("data")).forEach(s -> streams.add(Json.labels(s)));
        streams.sort(null);
        if (analyze) {
            analyze(streams, console().out());
        } else {
            streams.forEach(console().out()::println);
        }
    }

    private record Usage(String name, int values, int streams) {}

    static void analyze(List<Labels> all, PrintStream out) {
        Map<String, Set<String>> values = new HashMap<>();
        Map<String, Integer> streams = new HashMap<>();
        for (Labels labels : all) {
            for (int i = 0; i < labels.size(); i++) {
                values.computeIfAbsent(labels.name(i), k -> new HashSet<>()).add(labels.value(i));
                streams.merge(labels.name(i), 1, Integer::sum);
            }
        }
        List<Usage> usages = new ArrayList<>();
        values.forEach((name, set) -> usages.add(new Usage(name, set.size(), streams.getOrDefault(name, 0))));
        usages.sort(Comparator.comparingInt(Usage::values).reversed().thenComparing(Usage::name));
        out.println("Total Streams:  " + all.size());
        out.println("Unique Labels:  " + usages.size());
        out.println();
        int width = Math.max("Label Name".length(), usages.stream().mapToInt(u -> u.name().length()).max().orElse(0));
        String row = "%-" + width + "s  %-13s  %s%n";
        out.printf(Locale.ROOT, row, "Label Name", "Unique Values", "Found In Streams");
        for (Usage u : usages) {
            out.printf(Locale.ROOT, row, u.name(), u.values(), u.streams());
        }
    }
}
