package io.narfi.server;

import io.narfi.cli.Cli;
import io.narfi.cli.Console;
import java.util.Arrays;

/**
 * The program. Without arguments, with the server's flags, or as {@code narfi server} it is the server; anything else is a command of the
 * client, for which no class of the server is loaded.
 */
public final class Main {
    private static final String SERVER_FLAGS = "--?(target|config\\.file|config\\.expand-env|verify-config|print-config-stderr|version)(=.*)?|-V";

    private Main() {}

    public static void main(String[] args) {
        System.exit(run(args));
    }

    private static int run(String... args) {
        if (args.length == 0 || args[0].matches(SERVER_FLAGS)) {
            return ServerCommand.run(args);
        }
        if (args[0].equals("server")) {
            return ServerCommand.run(Arrays.copyOfRange(args, 1, args.length));
        }
        return Cli.run(Console.ofProcess(), args);
    }
}
