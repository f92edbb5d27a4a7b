package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a query.
 *
 * @param type {@code streams}, {@code matrix}, {@code vector} or {@code scalar}
 * @param result the tree of {@code data.result}
 * @param stats the tree of {@code data.stats}
 */
record QueryAnswer(String type, @Nullable Object result, Map<String, @Nullable Object> stats, List<String> warnings) {
    QueryAnswer {
        requireNonNull(type, "type is null");
        warnings = List.copyOf(warnings);
    }

    static QueryAnswer of(@Nullable Object document) {
        Map<String, @Nullable Object> root = Json.object(document);
        Map<String, @Nullable Object> data = Json.object(root.get("data"));
        String type = Json.text(data.get("resultType"));
        if (type.isEmpty()) {
            throw new CliException("the server's answer is not that of a query");
        }
        List<String> warnings = Json.list(root.get("warnings")).stream().map(Json::text).toList();
        return new QueryAnswer(type, data.get("result"), Json.object(data.get("stats")), warnings);
    }

    boolean isStreams() {
        return type.equals("streams");
    }
}
