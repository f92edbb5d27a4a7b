package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code delete}: requests to delete lines. */
@Command(
        name = "delete",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {"Ask for lines to be deleted, list the requests, or cancel one.", ""})
final class DeleteCommand implements Runnable {
    private static final String PATH = "/loki/api/v1/delete";

    @ParentCommand
    private @Nullable Cli cli;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(requireNonNull(spec, "not made by picocli").commandLine(), "create, list or cancel is missing");
    }

    private Cli cli() {
        return requireNonNull(cli, "not made by picocli");
    }

    @Command(
            name = "create",
            sortOptions = false,
            abbreviateSynopsis = true,
            usageHelpAutoWidth = true,
            description = {"Ask for the lines that a query selects to be deleted, and print the request's id.", ""})
    void create(
            @Parameters(paramLabel = "QUERY", description = "Selector, with line and label filters if wanted.") String query,
            @Mixin RangeOptions range,
            @Option(names = "--max-interval", paramLabel = "DURATION", description = "Longest piece of time to work on at once, such as 24h.")
                    @Nullable String maxInterval) {
        RangeOptions.Range over = range.range(cli());
        // Whole seconds since the epoch or RFC 3339 are all that the server takes.
        Params params = new Params().add("query", query).add("start", moment(over.start())).add("end", moment(over.end()));
        try (ApiClient api = cli().client()) {
            Map<String, List<String>> headers = api.call("POST", PATH, params.addIf("max_interval", maxInterval));
            headers.forEach((name, values) -> {
                if (name.equalsIgnoreCase("X-Delete-Request-ID")) {
                    cli().console().out().println(values.getFirst());
                }
            });
        }
    }

    @Command(
            name = "list",
            sortOptions = false,
            abbreviateSynopsis = true,
            usageHelpAutoWidth = true,
            description = {"Print the requests of the tenant: id, status, when it was made, range, query.", ""})
    void list() {
        try (ApiClient api = cli().client()) {
            ZoneId zone = cli().options().zone(cli().console().zone());
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("REQUEST", "STATUS", "CREATED", "FROM", "TO", "QUERY"));
            for (Object item : Json.list(api.json(PATH, new Params()))) {
                if (cli().options().output() == OutputMode.JSONL) {
                    cli().console().out().println(Json.compact(item));
                    continue;
                }
                Map<String, @Nullable Object> request = Json.object(item);
                rows.add(List.of(
                        Json.text(request.get("request_id")),
                        Json.text(request.get("status")),
                        time(request.get("created_at"), zone),
                        time(request.get("start_time"), zone),
                        time(request.get("end_time"), zone),
                        Json.text(request.get("query"))));
            }
            if (cli().options().output() != OutputMode.JSONL) {
                print(rows);
            }
        }
    }

    @Command(
            name = "cancel",
            sortOptions = false,
            abbreviateSynopsis = true,
            usageHelpAutoWidth = true,
            description = {"Cancel a request that was not worked on yet.", ""})
    void cancel(
            @Parameters(paramLabel = "REQUEST", description = "The id that create printed.") String id,
            @Option(names = "--force", description = "Also if a part was deleted already, or the time for it is over.") boolean force) {
        try (ApiClient api = cli().client()) {
            var _ = api.call("DELETE", PATH, new Params().add("request_id", id).addIf("force", force ? "true" : ""));
        }
    }

    private static String moment(long nanos) {
        return nanos % Times.SECOND == 0 ? Long.toString(nanos / Times.SECOND) : Times.rfc3339Nano(nanos, java.time.ZoneOffset.UTC);
    }

    private static String time(@Nullable Object seconds, ZoneId zone) {
        if (!(seconds instanceof Json.Num n)) {
            return Json.text(seconds);
        }
        return Times.rfc3339Nano(new java.math.BigDecimal(n.text()).movePointRight(9).longValue(), zone);
    }

    private void print(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append(row.get(i));
                if (i < columns - 1) {
                    line.repeat(' ', widths[i] - row.get(i).length() + 2);
                }
            }
            cli().console().out().println(line);
        }
    }
}
