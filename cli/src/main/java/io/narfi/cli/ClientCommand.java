package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What the commands share. */
abstract class ClientCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Cli cli;

    @Spec
    private @Nullable CommandSpec spec;

    final Cli cli() {
        return requireNonNull(cli, "not made by picocli");
    }

    final Console console() {
        return cli().console();
    }

    /** Bad arguments that picocli cannot tell from good ones. */
    final ParameterException wrong(String message) {
        return new ParameterException(requireNonNull(spec, "not made by picocli").commandLine(), message);
    }

    @Override
    public final Integer call() throws Exception {
        try (ApiClient api = cli().client()) {
            run(api);
        }
        return 0;
    }

    /**
     * Does the command.
     *
     * @throws CliException if it fails
     */
    abstract void run(ApiClient api) throws Exception;

    /** Prints vectors and matrices of an answer as JSON, and a scalar likewise. */
    final void printMetric(QueryAnswer answer) {
        console().out().println(Json.pretty(answer.result()));
    }

    /** Tells the warnings of an answer, and its statistics if they are wanted. */
    final void tell(QueryAnswer answer) {
        answer.warnings().forEach(w -> console().err().println("Warning: " + w));
        if (cli().options().stats()) {
            QueryStatistics.print(answer.stats(), console().err());
        }
    }
}
