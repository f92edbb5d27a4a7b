package io.narfi.querier.discover;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A field of some lines.
 *
 * @param name its label name
 * @param type what the last value that was looked at is: int, float, boolean, duration, bytes or string
 * @param cardinality about how many values it has
 * @param parsers who finds it in a line, json or logfmt; none for structured metadata
 * @param jsonPath keys that lead to it in a JSON line, outermost first; none if there are none
 */
public record Field(String name, String type, long cardinality, List<String> parsers, List<String> jsonPath) {
    public Field {
        requireNonNull(name, "name is null");
        requireNonNull(type, "type is null");
        parsers = List.copyOf(parsers);
        jsonPath = List.copyOf(jsonPath);
    }
}
