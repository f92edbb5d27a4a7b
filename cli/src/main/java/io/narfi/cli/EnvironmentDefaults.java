package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Takes what the arguments leave out from environment variables: an option names its variable as its description key. An empty variable
 * counts as none. Switches take what Go's ParseBool takes.
 */
final class EnvironmentDefaults implements IDefaultValueProvider {
    private final Function<String, @Nullable String> environment;

    EnvironmentDefaults(Function<String, @Nullable String> environment) {
        this.environment = requireNonNull(environment, "environment is null");
    }

    @Override
    public @Nullable String defaultValue(ArgSpec arg) {
        if (!(arg instanceof OptionSpec option) || option.descriptionKey() == null || option.descriptionKey().isEmpty()) {
            return null;
        }
        String value = environment.apply(option.descriptionKey());
        if (value == null || value.isEmpty()) {
            return null;
        }
        boolean isSwitch = option.type() == boolean.class || option.type() == Boolean.class;
        return isSwitch ? bool(option.descriptionKey(), value) : value;
    }

    private static String bool(String variable, String value) {
        return switch (value) {
            case "1", "t", "T", "TRUE", "true", "True" -> "true";
            case "0", "f", "F", "FALSE", "false", "False" -> "false";
            default -> throw new CliException(String.format(Locale.ROOT, "%s is neither true nor false: %s", variable, value));
        };
    }
}
