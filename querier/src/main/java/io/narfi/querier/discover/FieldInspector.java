package io.narfi.querier.discover;

import io.narfi.common.Labels;
import io.narfi.logql.pipeline.LineFields;
import io.narfi.logql.pipeline.LineFields.Format;
import io.narfi.querier.log.LogRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks for fields in the entries of a log query ({@code contract/http-api.md} sections 10.3 and 10.4): structured metadata, what the query's own
 * stages extracted, and what the line holds if it is JSON or else logfmt. As many lines as were asked for are looked at, so that everything here
 * is small. For one thread.
 */
public final class FieldInspector {
    private static final String ERROR_PREFIX = "__error";
    private static final String PRESERVE_ERROR = "__preserve_error__";

    /** Takes a value of a field. */
    @FunctionalInterface
    private interface Taker {
        /** @param parser how the line was read, null for structured metadata */
        void take(String name, String value, @Nullable Format parser, List<String> jsonPath);
    }

    /** A field while more is learned of it. */
    private static final class Draft {
        private final Cardinality cardinality = new Cardinality();
        private final Set<String> parsers = new LinkedHashSet<>();
        private String type = "";
        private List<String> jsonPath = List.of();
    }

    private FieldInspector() {}

    /**
     * The fields of entries.
     *
     * @param streams entries in result order, by the labels of their streams
     * @param limit fields beyond so many are left out
     */
    public static List<Field> fields(List<Map.Entry<Labels, List<LogRow>>> streams, int limit) {
        Map<String, Draft> drafts = new LinkedHashMap<>();
        inspect(streams, (name, value, parser, jsonPath) -> {
            Draft draft = drafts.get(name);
            if (draft == null) {
                if (drafts.size() >= limit) {
                    return;
                }
                draft = new Draft();
                drafts.put(name, draft);
            }
            draft.cardinality.add(value);
            draft.type = ValueTypes.of(value);
            if (parser == Format.JSON || parser == Format.LOGFMT) {
                draft.parsers.add(parser == Format.JSON ? "json" : "logfmt");
            }
            if (!jsonPath.isEmpty()) {
                draft.jsonPath = jsonPath;
            }
        });
        List<Field> fields = new ArrayList<>(drafts.size());
        drafts.forEach((name, d) ->
                fields.add(new Field(name, d.type, d.cardinality.estimate(), List.copyOf(d.parsers), d.jsonPath)));
        return fields;
    }

    /**
     * The values of a field, each as a query can hold it.
     *
     * @param limit values beyond so many are left out
     */
    public static Collection<String> values(List<Map.Entry<Labels, List<LogRow>>> streams, String field, int limit) {
        Set<String> values = new LinkedHashSet<>();
        inspect(streams, (name, value, parser, jsonPath) -> {
            if (values.size() < limit && name.equals(field)) {
                values.add(ValueTypes.forQuery(value));
            }
        });
        return values;
    }

    private static void inspect(List<Map.Entry<Labels, List<LogRow>>> streams, Taker taker) {
        for (Map.Entry<Labels, List<LogRow>> stream : streams) {
            LineFields lines = new LineFields(stream.getKey());
            for (LogRow row : stream.getValue()) {
                each(row.labels().metadata(), null, lines, taker);
                Format format = lines.read(row.line());
                each(row.labels().parsed(), format, lines, taker);
                each(lines.fields(), format, lines, taker);
            }
        }
    }

    private static void each(Labels labels, @Nullable Format parser, LineFields lines, Taker taker) {
        for (int i = 0; i < labels.size(); i++) {
            String name = labels.name(i);
            if (!name.startsWith(ERROR_PREFIX) && !name.equals(PRESERVE_ERROR)) {
                taker.take(name, labels.value(i), parser, parser == null ? List.of() : lines.jsonPath(name));
            }
        }
    }
}
