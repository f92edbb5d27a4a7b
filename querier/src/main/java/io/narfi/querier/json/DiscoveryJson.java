package io.narfi.querier.json;

import io.narfi.common.Durations;
import io.narfi.querier.discover.Field;
import io.narfi.querier.discover.PatternRows;
import io.narfi.querier.discover.StreamTotals.Shard;
import io.narfi.querier.stats.QueryStats;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The answers of {@code index/shards}, {@code patterns} and {@code detected_*} ({@code contract/http-api.md} sections 9.3 and 10). */
public final class DiscoveryJson {
    private static final String NOTHING = "{}\n";

    private DiscoveryJson() {}

    /** Ranges of stream hashes. */
    public static void shards(JsonOut out, List<Shard> shards, QueryStats stats) throws IOException {
        out.raw("{\"shards\":[");
        boolean first = true;
        for (Shard s : shards) {
            out.raw(first ? "{\"bounds\":{\"min\":" : ",{\"bounds\":{\"min\":").raw(Long.toUnsignedString(s.min()));
            first = false;
            out.raw(",\"max\":").raw(Long.toUnsignedString(s.max()));
            out.raw("},\"stats\":{\"streams\":").number(s.streams());
            out.raw(",\"chunks\":").number(s.chunks());
            out.raw(",\"bytes\":").number(s.bytes());
            out.raw(",\"entries\":").number(s.entries()).raw("}}");
        }
        out.raw("],\"statistics\":");
        StatsJson.write(out, stats, true);
        out.raw(",\"chunkGroups\":null}\n").flush();
    }

    /** Labels and how many values they have. */
    public static void labels(JsonOut out, Map<String, Long> labels) throws IOException {
        if (labels.isEmpty()) {
            out.raw(NOTHING).flush();
            return;
        }
        String separator = "{\"detectedLabels\":[{\"label\":";
        for (Map.Entry<String, Long> label : labels.entrySet()) {
            out.raw(separator).string(label.getKey());
            out.raw(",\"cardinality\":").number(label.getValue()).raw('}');
            separator = ",{\"label\":";
        }
        out.raw("]}\n").flush();
    }

    /**
     * Fields and what their values are like.
     *
     * @param limit the most fields that were asked for
     */
    public static void fields(JsonOut out, Collection<Field> fields, int limit) throws IOException {
        if (fields.isEmpty()) {
            out.raw(NOTHING).flush();
            return;
        }
        String separator = "{\"fields\":[{\"label\":";
        for (Field field : fields) {
            out.raw(separator).string(field.name());
            separator = ",{\"label\":";
            out.raw(",\"type\":").string(field.type());
            out.raw(",\"cardinality\":").number(field.cardinality());
            out.raw(",\"parsers\":");
            if (field.parsers().isEmpty()) {
                out.raw("null");
            } else {
                strings(out, field.parsers());
            }
            if (!field.jsonPath().isEmpty()) {
                out.raw(",\"jsonPath\":");
                strings(out, field.jsonPath());
            }
            out.raw('}');
        }
        out.raw("],\"limit\":").number(limit).raw("}\n").flush();
    }

    /** Values of a field. */
    public static void values(JsonOut out, Collection<String> values, int limit) throws IOException {
        if (values.isEmpty()) {
            out.raw(NOTHING).flush();
            return;
        }
        out.raw("{\"values\":");
        strings(out, values);
        out.raw(",\"limit\":").number(limit).raw("}\n").flush();
    }

    /**
     * Patterns with their counts.
     *
     * @param step width of the buckets of counts, nanoseconds
     */
    public static void patterns(JsonOut out, PatternRows patterns, long step) throws IOException {
        out.raw("{\"status\":\"success\",\"data\":[");
        boolean first = true;
        for (PatternRows.Row row : patterns.rows()) {
            out.raw(first ? "{\"pattern\":" : ",{\"pattern\":").string(row.text());
            first = false;
            out.raw(",\"level\":").string(row.level());
            String separator = ",\"samples\":[[";
            for (Map.Entry<Long, Long> sample : row.counts().entrySet()) {
                out.raw(separator).number(Math.floorDiv(sample.getKey() * step, Durations.SECOND));
                out.raw(',').number(sample.getValue()).raw(']');
                separator = ",[";
            }
            out.raw("]}");
        }
        out.raw("]}\n").flush();
    }

    static void strings(JsonOut out, Collection<String> strings) throws IOException {
        out.raw('[');
        boolean first = true;
        for (String s : strings) {
            if (!first) {
                out.raw(',');
            }
            first = false;
            out.string(s);
        }
        out.raw(']');
    }
}
