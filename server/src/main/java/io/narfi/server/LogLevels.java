package io.narfi.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/** The level of the process's log, as {@code server.log_level} and {@code /log_level} set it. */
final class LogLevels {
    private LogLevels() {}

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    static String current() {
        return root().getLevel().toString().toLowerCase(Locale.ROOT);
    }

    /** Sets one of debug, info, warn, error; false if the name is none of these. */
    static boolean set(String name) {
        Optional<Level> level = switch (name) {
            case "debug" -> Optional.of(Level.DEBUG);
            case "info" -> Optional.of(Level.INFO);
            case "warn" -> Optional.of(Level.WARN);
            case "error" -> Optional.of(Level.ERROR);
            default -> Optional.empty();
        };
        level.ifPresent(root()::setLevel);
        return level.isPresent();
    }
}
