package io.narfi.querier.json;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import io.narfi.logql.pipeline.ResultLabels;
import io.narfi.querier.log.LogRow;
import io.narfi.querier.stats.QueryStats;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answer of a log query ({@code contract/http-api.md} sections 5.2 to 5.4). */
public final class StreamsJson {
    private static final String CATEGORIZE = "categorize-labels";

    private final JsonOut out;
    private final List<String> flags;
    private final boolean categorize;

    private StreamsJson(JsonOut out, List<String> flags) {
        this.out = out;
        this.flags = flags;
        this.categorize = flags.contains(CATEGORIZE);
    }

    /**
     * Writes the answer.
     *
     * @param encodingFlags the header {@code X-Loki-Response-Encoding-Flags}, null if it was not there
     * @param rows entries in the query's direction
     */
    public static void write(
            JsonOut out, @Nullable String encodingFlags, List<LogRow> rows, List<String> warnings, QueryStats stats) throws IOException {
        requireNonNull(out, "out is null");
        List<String> flags = encodingFlags == null || encodingFlags.isEmpty() ? List.of() : List.of(encodingFlags.split(",", -1));
        new StreamsJson(out, flags).write(rows, warnings, stats);
    }

    private void write(List<LogRow> rows, List<String> warnings, QueryStats stats) throws IOException {
        out.raw("{\"status\":\"success\",");
        if (!warnings.isEmpty()) {
            out.raw("\"warnings\":");
            strings(warnings);
            out.raw(',');
        }
        out.raw("\"data\":{\"resultType\":\"streams\",");
        if (!flags.isEmpty()) {
            out.raw("\"encodingFlags\":");
            strings(flags.stream().distinct().toList());
            out.raw(',');
        }
        out.raw("\"result\":[");
        boolean first = true;
        for (Map.Entry<Labels, List<LogRow>> stream : group(rows, categorize)) {
            out.raw(first ? "{\"stream\":" : ",{\"stream\":");
            first = false;
            ListJson.labels(out, stream.getKey());
            out.raw(",\"values\":[");
            List<LogRow> values = stream.getValue();
            for (int i = 0; i < values.size(); i++) {
                if (i > 0) {
                    out.raw(',');
                }
                value(values.get(i));
            }
            out.raw("]}");
        }
        out.raw("],\"stats\":");
        StatsJson.write(out, stats, true);
        out.raw("}}\n").flush();
    }

    /**
     * Rows by the labels that the stream object shows, in the order of the labels' text.
     *
     * @param categorize whether metadata and what stages wrote are no part of these labels
     */
    public static List<Map.Entry<Labels, List<LogRow>>> group(List<LogRow> rows, boolean categorize) {
        IdentityHashMap<ResultLabels, List<LogRow>> bySet = new IdentityHashMap<>();
        Map<Labels, List<LogRow>> byLabels = new HashMap<>();
        for (LogRow row : rows) {
            // Most rows share the very same object: one look at identities saves building and hashing the labels.
            bySet.computeIfAbsent(
                            row.labels(),
                            labels -> byLabels.computeIfAbsent(categorize ? labels.stream() : labels.all(), k -> new ArrayList<>()))
                    .add(row);
        }
        record Named(String text, Map.Entry<Labels, List<LogRow>> stream) {}
        return byLabels.entrySet().stream()
                .map(e -> new Named(e.getKey().toString(), Map.entry(e.getKey(), e.getValue())))
                .sorted(Comparator.comparing(Named::text))
                .map(Named::stream)
                .toList();
    }

    private void value(LogRow row) throws IOException {
        value(out, row.time(), row.line(), 0, row.line().length, row.labels(), categorize);
    }

    /** An entry, {@code ["time","line"]}; categorized with what is not of the stream behind it. */
    public static void value(JsonOut out, long time, byte[] buffer, int from, int to, ResultLabels labels, boolean categorize)
            throws IOException {
        out.raw("[\"").number(time).raw("\",");
        out.line(buffer, from, to);
        if (categorize) {
            out.raw(",{");
            if (!labels.metadata().isEmpty()) {
                out.raw("\"structuredMetadata\":");
                ListJson.labels(out, labels.metadata());
            }
            if (!labels.parsed().isEmpty()) {
                out.raw(labels.metadata().isEmpty() ? "\"parsed\":" : ",\"parsed\":");
                ListJson.labels(out, labels.parsed());
            }
            out.raw('}');
        }
        out.raw(']');
    }

    private void strings(List<String> strings) throws IOException {
        for (int i = 0; i < strings.size(); i++) {
            out.raw(i == 0 ? '[' : ',').string(strings.get(i));
        }
        out.raw(']');
    }
}
