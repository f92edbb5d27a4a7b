package io.narfi.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code detected-fields}: fields found in lines, or the values of one. */
@Command(
        name = "detected-fields",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {"Print the fields that the server finds in lines, with type and number of values, or the values of one.", ""})
final class DetectedFieldsCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "QUERY", description = "Which lines, LogQL.")
    private String query = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "FIELD", description = "The field whose values are wanted.")
    private @Nullable String field;

    @Mixin
    private RangeOptions range = new RangeOptions();

    @Option(names = "--limit", paramLabel = "N", description = "Fields or values at most (default: 100).")
    private int limit = 100;

    @Option(names = "--line-limit", paramLabel = "N", description = "Lines to look at (default: 1000).")
    private int lineLimit = 1000;

    @Option(names = "--step", paramLabel = "DURATION", converter = DurationConverter.class, description = "Sent to the server.")
    private @Nullable Long step;

    @Override
    void run(ApiClient api) {
        String name = field;
        String path = name == null
                ? "/loki/api/v1/detected_fields"
                : "/loki/api/v1/detected_field/" + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20") + "/values";
        Params params = range.range(cli()).addTo(new Params().add("query", query));
        params.add("limit", limit).add("line_limit", lineLimit).addIf("step", QueryCommand.seconds(step));
        Map<String, @Nullable Object> answer = Json.object(api.json(path, params));
        if (name != null) {
            Json.list(answer.get("values")).stream().map(Json::text).sorted().forEach(console().out()::println);
            return;
        }
        List<Map<String, @Nullable Object>> fields = new ArrayList<>();
        Json.list(answer.get("fields")).forEach(f -> fields.add(Json.object(f)));
        fields.sort(Comparator.comparing(f -> Json.text(f.get("label"))));
        fields.forEach(this::print);
    }

    private void print(Map<String, @Nullable Object> found) {
        switch (cli().options().output()) {
            case RAW -> console().out().println(Json.text(found.get("label")));
            case JSONL -> console().out().println(Json.compact(found));
            case DEFAULT -> console().out().println("label: " + Json.text(found.get("label")) + "\t\ttype: " + Json.text(found.get("type"))
                    + "\t\tcardinality: " + Json.text(found.get("cardinality")));
        }
    }
}
