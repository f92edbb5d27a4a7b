package io.narfi.querier.params;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The header {@code X-Query-Tags} ({@code contract/http-api.md} section 1.4): {@code Source=grafana,Feature=x}. */
public record QueryTags(String text, Map<String, String> pairs) {
    public static final String HEADER = "X-Query-Tags";
    private static final String DRILLDOWN = "grafana-lokiexplore-app";

    public QueryTags {
        pairs = Map.copyOf(pairs);
    }

    public static QueryTags parse(@Nullable String header) {
        if (header == null || header.isEmpty()) {
            return new QueryTags("", Map.of());
        }
        String clean = header.replaceAll("[^a-zA-Z0-9\\-=.@, ]+", "_");
        Map<String, String> pairs = new HashMap<>();
        for (String pair : clean.split(",", -1)) {
            int eq = pair.indexOf('=');
            if (eq > 0 && pair.indexOf('=', eq + 1) < 0) {
                pairs.putIfAbsent(pair.substring(0, eq).strip().toLowerCase(Locale.ROOT), pair.substring(eq + 1).strip());
            }
        }
        return new QueryTags(clean, pairs);
    }

    /** Whether Logs Drilldown asks, which gets part of an answer where others get an error. */
    public boolean isDrilldown() {
        return DRILLDOWN.equalsIgnoreCase(pairs.getOrDefault("source", ""));
    }
}
