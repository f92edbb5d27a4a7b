package io.narfi.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code export}: every line of a query; Narfi's own API. */
@Command(
        name = "export",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {
            "Write every line of a query, oldest first, without a limit, each exactly once. What breaks is taken up again where it broke.",
            "",
            "  narfi export '{app=\"shop\"}' --from=2026-11-01 --to=2026-11-02 > shop.jsonl",
            "  narfi export '{app=\"shop\"}' --since=30d --output-file=shop.jsonl      # again after an interruption: goes on",
            ""
        })
final class ExportCommand extends ClientCommand {
    @Parameters(paramLabel = "QUERY", description = "The query, LogQL, of lines.")
    private String query = "";

    @Mixin
    private RangeOptions range = new RangeOptions();

    @Option(names = "--categorize-labels", description = "JSON lines with structuredMetadata and parsed apart from the labels of the stream.")
    private boolean categorize;

    @Option(names = "--output-file", paramLabel = "FILE",
            description = "Write to this file. FILE.position keeps how far it is: the same command goes on from there, and cuts off what was half written.")
    private @Nullable Path outputFile;

    @Option(names = "--resume", paramLabel = "POSITION", description = "Go on from a position that an earlier export told, over the same range.")
    private @Nullable String resume;

    @Override
    void run(ApiClient api) throws IOException, InterruptedException {
        boolean raw = switch (cli().options().output()) {
            case RAW -> true;
            // There are no common labels of lines that are still to come: columns are for people, and so is the command query.
            case JSONL, DEFAULT -> false;
        };
        if (resume != null && outputFile != null) {
            throw wrong("--resume and --output-file do not go together: the file keeps its own position");
        }
        RangeOptions.Range over = range.range(cli());
        try (ExportSink sink = outputFile == null
                ? ExportSink.to(console().out(), resume, over)
                : ExportSink.to(outputFile, query + ' ' + cli().options().output() + ' ' + categorize, over)) {
            Export export = new Export(api, query, sink, raw, categorize);
            try {
                run(export);
            } catch (CliException e) {
                String position = sink.position();
                throw new CliException(e.getMessage() + (position == null || outputFile != null
                        ? "" : "\nwhat is printed is whole; go on with: --from=" + sink.range().start() + " --to=" + sink.range().end() + " --resume=" + position), e);
            } finally {
                if (!cli().options().quiet()) {
                    console().err().println("exported " + sink.lines() + " lines");
                }
            }
        }
    }

    private void run(Export export) throws IOException {
        Connection connection = cli().options().connection(console());
        int failures = 0;
        while (true) {
            String problem;
            try {
                if (export.run()) {
                    return;
                }
                problem = export.problem();
            } catch (Export.BrokenException e) {
                problem = "the connection broke: " + ApiClient.message(e);
            }
            failures = export.progressed() ? 1 : failures + 1;
            if (failures > cli().options().retries(10)) {
                throw new CliException(problem);
            }
            Duration pause = connection.backoff(failures - 1);
            if (!cli().options().quiet()) {
                console().err().println(problem + "; going on in " + pause.toMillis() + " ms");
            }
            ApiClient.sleep(pause);
        }
    }
}
