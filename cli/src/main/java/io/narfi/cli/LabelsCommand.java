package io.narfi.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code labels}: names of labels, or the values of one. */
@Command(
        name = "labels",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {"Print the names of labels, or the values of one, a line each.", ""})
final class LabelsCommand extends ClientCommand {
    @Parameters(arity = "0..1", paramLabel = "LABEL", description = "The label whose values are wanted; without it the names are printed.")
    private @Nullable String label;

    @Mixin
    private RangeOptions range = new RangeOptions();

    @Option(names = "--query", paramLabel = "SELECTOR", description = "Only of streams that this selects.")
    private @Nullable String query;

    @Override
    void run(ApiClient api) {
        String path = label == null
                ? "/loki/api/v1/labels"
                : "/loki/api/v1/label/" + URLEncoder.encode(label, StandardCharsets.UTF_8).replace("+", "%20") + "/values";
        Object answer = api.json(path, range.range(cli()).addTo(new Params()).addIf("query", query));
        for (Object value : Json.list(Json.object(answer).get("data"))) {
            console().out().println(Json.text(value));
        }
    }
}
