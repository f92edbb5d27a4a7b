package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.logql.LogQl;
import io.narfi.logql.PrettyPrinter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code fmt}: a query in its readable form; needs no server. */
@Command(
        name = "fmt",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {"Print a LogQL query in its readable form, or what is wrong with it. Needs no server.", ""})
final class FormatCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Cli cli;

    @Parameters(arity = "0..1", paramLabel = "QUERY", description = "The query; without it standard input is read.")
    private @Nullable String query;

    @Override
    public Integer call() throws IOException {
        Console console = requireNonNull(cli, "not made by picocli").console();
        String text = query;
        if (text == null) {
            text = new String(console.in().readNBytes(4 * LogQl.MAX_LENGTH + 1), StandardCharsets.UTF_8).strip();
        }
        try {
            console.out().println(PrettyPrinter.print(LogQl.parse(text)));
        } catch (ApiException e) {
            throw new CliException(e.text(), e);
        }
        return 0;
    }
}
