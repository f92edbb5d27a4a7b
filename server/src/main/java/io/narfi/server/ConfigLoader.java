package io.narfi.server;

import io.narfi.common.config.ConfigException;
import io.narfi.common.config.ConfigReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Finds, expands and reads the configuration. */
final class ConfigLoader {
    private static final long MAX_FILE_SIZE = 16 << 20;

    private final UnaryOperator<@Nullable String> environment;

    /** @param environment gives the value of a variable or null */
    ConfigLoader(UnaryOperator<@Nullable String> environment) {
        this.environment = environment;
    }

    /** A configuration and what there is to say about it. */
    record Loaded(NarfiConfig config, List<String> warnings) {
        Loaded {
            warnings = List.copyOf(warnings);
        }
    }

    /** Reads a file, or the built-in trial configuration when none is given. */
    Loaded load(@Nullable Path file, boolean expandEnvironment) {
        String text;
        String name;
        try {
            if (file == null) {
                name = "trial.yaml";
                try (InputStream in = ConfigLoader.class.getResourceAsStream(name)) {
                    if (in == null) {
                        throw new IllegalStateException("the built-in configuration is missing");
                    }
                    text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                }
            } else {
                name = file.toString();
                if (Files.size(file) > MAX_FILE_SIZE) {
                    throw new ConfigException(name + ": larger than " + MAX_FILE_SIZE + " bytes");
                }
                text = Files.readString(file);
            }
        } catch (IOException e) {
            throw new ConfigException("cannot read the configuration " + file + ": " + e, e);
        }
        return parse(name, expandEnvironment ? expand(text) : text);
    }

    Loaded parse(String name, String text) {
        List<String> warnings = new ArrayList<>();
        ConfigReader reader = new ConfigReader(name, (path, where) -> {
            String reason = LokiOnlyKeys.reason(path);
            if (reason == null) {
                return false;
            }
            warnings.add(where + ": " + path + " has no effect: " + reason);
            return true;
        });
        NarfiConfig config = reader.read(text, NarfiConfig.class);
        try {
            new LimitsCheck(config).check(config.limitsConfig());
        } catch (ConfigException e) {
            throw new ConfigException(name + ": limits_config: " + e.getMessage(), e);
        }
        return new Loaded(config, warnings);
    }

    /** Replaces {@code ${NAME}} and {@code ${NAME:default}}; a missing variable without a default is the empty text, as in Loki. */
    String expand(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        while (true) {
            int open = text.indexOf("${", from);
            int close = open < 0 ? -1 : text.indexOf('}', open);
            if (close < 0) {
                return out.append(text, from, text.length()).toString();
            }
            String inside = text.substring(open + 2, close);
            int colon = inside.indexOf(':');
            String variable = colon < 0 ? inside : inside.substring(0, colon);
            out.append(text, from, open);
            if (variable.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                String value = environment.apply(variable);
                String fallback = colon < 0 ? "" : inside.substring(colon + 1);
                out.append(value == null || value.isEmpty() ? fallback : value);
            } else {
                // Not a variable: a regular expression such as ${1}, for instance.
                out.append(text, open, close + 1);
            }
            from = close + 1;
        }
    }
}
