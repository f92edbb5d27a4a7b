package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The client's commands, each made only when it is called, and their common options. */
@Command(
        name = "narfi",
        sortOptions = false,
        usageHelpAutoWidth = true,
        synopsisHeading = "Usage: ",
        customSynopsis = {
            "narfi [server] [-config.file=FILE] [-target=TARGET]",
            "       narfi [OPTIONS] COMMAND [ARGUMENTS]"
        },
        description = {
            "",
            "A log engine on object storage that speaks Loki's HTTP API: the server without a command, the client with one.",
            ""
        },
        optionListHeading = "Options of all commands of the client:%n",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "narfi COMMAND --help tells the options of a command, narfi server --help those of the server.",
            "Exit codes: 0 done, 1 failed, 2 wrong arguments."
        })
public final class Cli implements Runnable {
    /** Exit code of a command that failed. */
    static final int FAILED = 1;

    private final Console console;

    @CommandLine.Mixin
    private ClientOptions options = new ClientOptions();

    @Spec
    private @Nullable CommandSpec spec;

    private Cli(Console console) {
        this.console = console;
    }

    private static Map<String, Supplier<Object>> commands() {
        Map<String, Supplier<Object>> all = new LinkedHashMap<>();
        all.put("query", QueryCommand::new);
        all.put("instant-query", InstantQueryCommand::new);
        all.put("tail", TailCommand::new);
        all.put("push", PushCommand::new);
        all.put("export", ExportCommand::new);
        all.put("labels", LabelsCommand::new);
        all.put("series", SeriesCommand::new);
        all.put("stats", StatsCommand::new);
        all.put("volume", VolumeCommand::new);
        all.put("volume_range", VolumeRangeCommand::new);
        all.put("detected-fields", DetectedFieldsCommand::new);
        all.put("delete", DeleteCommand::new);
        all.put("fmt", FormatCommand::new);
        return all;
    }

    /**
     * Runs a command to its end.
     *
     * @param args without the program's name
     * @return the exit code: 0 done, 1 failed, 2 wrong arguments
     */
    public static int run(Console console, String... args) {
        requireNonNull(console, "console is null");
        try {
            return commandLine(console, args).execute(args);
        } finally {
            console.out().flush();
            console.err().flush();
        }
    }

    private static CommandLine commandLine(Console console, String... args) {
        Cli cli = new Cli(console);
        CommandLine line = new CommandLine(cli);
        // Making a command costs some milliseconds of reflection: only what may be meant is made, all for help and mistakes.
        Map<String, Supplier<Object>> commands = commands();
        Set<String> given = Set.copyOf(Arrays.asList(args));
        boolean all = commands.keySet().stream().noneMatch(given::contains);
        commands.forEach((name, command) -> {
            if (all || given.contains(name)) {
                CommandLine sub = new CommandLine(command.get());
                line.addSubcommand(name, sub);
                showOwnOptions(sub);
            }
        });
        IParameterExceptionHandler usage = (e, a) -> wrongArguments(console, e);
        IExecutionExceptionHandler failure = (e, l, r) -> failed(console, e);
        return line.setDefaultValueProvider(new EnvironmentDefaults(console.environment()))
                .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(usage)
                .setExecutionExceptionHandler(failure);
    }

    /** The help of a command lists its own options; those of all commands stand in the program's. */
    private static void showOwnOptions(CommandLine command) {
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, help -> {
            List<OptionSpec> own = help.commandSpec().options().stream().filter(o -> !o.inherited()).toList();
            return help.optionListExcludingGroups(own) + "%nOptions of all commands, such as --addr and --output: narfi --help%n".formatted();
        });
        command.getSubcommands().values().forEach(Cli::showOwnOptions);
    }

    private static int wrongArguments(Console console, ParameterException e) {
        console.err().println("narfi: " + e.getMessage());
        console.err().println("Try: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Console console, Exception e) throws Exception {
        String message =
                switch (e) {
                    case CliException own -> own.getMessage();
                    // A file, mostly; its exceptions say no more than a path.
                    case IOException io -> io.getClass().getSimpleName() + ": " + ApiClient.message(io);
                    case InterruptedException interrupted -> "interrupted";
                    default -> throw e;
                };
        console.out().flush();
        console.err().println("narfi: " + message);
        return FAILED;
    }

    Console console() {
        return console;
    }

    ClientOptions options() {
        return options;
    }

    ApiClient client() {
        return new ApiClient(options.connection(console), options.quiet() ? null : console.err());
    }

    /** Called without a command. */
    @Override
    public void run() {
        throw new ParameterException(requireNonNull(spec, "not made by picocli").commandLine(), "a command is missing");
    }
}
