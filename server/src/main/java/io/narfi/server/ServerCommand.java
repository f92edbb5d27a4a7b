package io.narfi.server;

import io.narfi.common.config.ConfigException;
import io.narfi.common.config.ConfigWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The server: reads the configuration, starts the target's services, stops them on SIGTERM. */
@Command(
        name = "narfi server",
        mixinStandardHelpOptions = true,
        versionProvider = ServerCommand.Version.class,
        description = "Run the log engine: all of it, or one of its services.",
        footer = {"", "Without a configuration file: everything in one process on port 3100, data in ./data."})
final class ServerCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServerCommand.class);

    @Option(names = {"-target", "--target"}, paramLabel = "all|write|read|backend|gateway", description = "What to run; overrides the file's target.")
    private @Nullable String target;

    @Option(names = {"-config.file", "--config.file"}, paramLabel = "FILE", description = "The configuration, YAML with Loki's keys.")
    private @Nullable Path configFile;

    @Option(
            names = {"-config.expand-env", "--config.expand-env"},
            arity = "0..1",
            defaultValue = "true",
            fallbackValue = "true",
            paramLabel = "true|false",
            description = "Replace $${NAME} and $${NAME:default} in the file (default: true).")
    private boolean expandEnvironment;

    @Option(names = {"-verify-config", "--verify-config"}, description = "Read the configuration, say whether it is good, and end.")
    private boolean verifyConfig;

    @Option(names = {"-print-config-stderr", "--print-config-stderr"}, description = "Print the configuration in force at the start.")
    private boolean printConfig;

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            BuildInfo b = BuildInfo.current();
            return new String[] {"narfi " + b.version() + " (revision " + b.revision() + ", speaks Loki " + b.lokiVersion() + ")"};
        }
    }

    /** Runs the server until it is stopped; returns the exit code. */
    static int run(String... args) {
        return new CommandLine(new ServerCommand()).execute(args);
    }

    @Override
    public Integer call() throws Exception {
        NarfiConfig config;
        try {
            ConfigLoader.Loaded loaded = new ConfigLoader(System::getenv).load(configFile, expandEnvironment);
            loaded.warnings().forEach(LOG::warn);
            config = target == null ? loaded.config() : loaded.config().withTarget(target);
        } catch (ConfigException | IllegalArgumentException e) {
            System.err.println("narfi: " + e.getMessage());
            return 1;
        }
        if (!LogLevels.set(config.server().logLevel())) {
            System.err.println("narfi: server.log_level: must be one of debug, info, warn, error");
            return 1;
        }
        if (printConfig) {
            System.err.print(ConfigWriter.write(config));
        }
        if (verifyConfig) {
            System.out.println("the configuration is good");
            return 0;
        }
        NarfiServer server = new NarfiServer(config);
        Thread stopper = new Thread(server::stop, "stop");
        Runtime.getRuntime().addShutdownHook(stopper);
        try {
            server.start();
        } catch (Exception e) {
            LOG.error("start failed", e);
            // The hook runs on exit and stops what had started.
            return 1;
        }
        server.awaitStopped();
        return 0;
    }
}
