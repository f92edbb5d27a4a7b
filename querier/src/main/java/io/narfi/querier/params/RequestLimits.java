package io.narfi.querier.params;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.narfi.common.ApiException;
import io.narfi.common.ByteSizes;
import io.narfi.common.Durations;
import io.narfi.common.Limits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The headers {@code X-Loki-Query-Limits} and {@code X-Loki-Query-Limits-Context} ({@code contract/http-api.md} section 1.4), by which a
 * request puts limits on itself that are stricter than its tenant's.
 *
 * @param maxQueryLength longest range in nanoseconds; this and the others: 0 for what the tenant may
 * @param maxQueryRange longest {@code [range]} in nanoseconds
 * @param maxQueryLookback how far back a request may look, nanoseconds
 * @param maxEntries the most that {@code limit} may be
 * @param timeout nanoseconds
 * @param requiredLabels labels that every selector must name
 * @param minimumLabels matchers that every selector must have
 * @param maxBytesRead bytes
 * @param context the whole that the request is a part of, null if it is not
 */
public record RequestLimits(
        long maxQueryLength,
        long maxQueryRange,
        long maxQueryLookback,
        int maxEntries,
        long timeout,
        List<String> requiredLabels,
        int minimumLabels,
        long maxBytesRead,
        @Nullable Context context) {
    public static final String HEADER = "X-Loki-Query-Limits";
    public static final String CONTEXT_HEADER = "X-Loki-Query-Limits-Context";

    /** For requests without the headers, and where they do not count. */
    public static final RequestLimits NONE = new RequestLimits(0, 0, 0, 0, 0, List.of(), 0, 0, null);

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(4).build())
            .build();

    /** The query that a client has cut into the requests it sends; limits of length and bytes are meant for it. */
    public record Context(String query, long start, long end) {}

    public RequestLimits {
        requiredLabels = List.copyOf(requiredLabels);
    }

    /**
     * Reads the headers.
     *
     * @throws ApiException 400 if one of them is not what it should be: a limit that its sender relies on must not be lost
     */
    public static RequestLimits parse(@Nullable String limits, @Nullable String context) {
        Map<String, Object> of = fields(HEADER, limits);
        Map<String, Object> in = fields(CONTEXT_HEADER, context);
        if (of.isEmpty() && in.isEmpty()) {
            return NONE;
        }
        try {
            return new RequestLimits(
                    duration(of.get("maxQueryLength")),
                    duration(of.get("maxQueryInterval")),
                    duration(of.get("maxQueryLookback")),
                    whole(of.get("maxEntriesLimitPerQuery")),
                    duration(of.get("maxQueryTime")),
                    labels(of.get("requiredLabels")),
                    whole(of.get("minimumLabelsNumber")),
                    of.get("maxQueryBytesRead") == null ? 0 : ByteSizes.parse(text(of.get("maxQueryBytesRead"))),
                    in.isEmpty() ? null : new Context(text(in.get("expr")), time(in.get("from")), time(in.get("to"))));
        } catch (IllegalArgumentException e) {
            throw new ApiException(400, "invalid query limits in the request's headers: " + e.getMessage(), e);
        }
    }

    /** Limits of which each is the stricter of a tenant's and the request's. */
    public Limits narrow(Limits tenant) {
        Map<String, Object> values = new HashMap<>();
        put(values, "maxQueryLength", tenant.maxQueryLength(), maxQueryLength);
        put(values, "maxQueryRange", tenant.maxQueryRange(), maxQueryRange);
        put(values, "maxQueryLookback", tenant.maxQueryLookback(), maxQueryLookback);
        put(values, "queryTimeout", tenant.queryTimeout(), timeout);
        put(values, "maxQueryBytesRead", tenant.maxQueryBytesRead(), maxBytesRead);
        if (maxEntries > 0) {
            values.put("maxEntriesLimitPerQuery", (int) smallestPositive(tenant.maxEntriesLimitPerQuery(), maxEntries));
        }
        if (minimumLabels > tenant.minimumLabelsNumber()) {
            values.put("minimumLabelsNumber", minimumLabels);
        }
        if (!requiredLabels.isEmpty()) {
            TreeSet<String> all = new TreeSet<>(tenant.requiredLabels());
            all.addAll(requiredLabels);
            values.put("requiredLabels", List.copyOf(all));
        }
        return values.isEmpty() ? tenant : tenant.with(values);
    }

    private static void put(Map<String, Object> values, String name, long tenant, long request) {
        if (request > 0) {
            values.put(name, smallestPositive(tenant, request));
        }
    }

    /** The smaller of two limits, of which 0 and less mean none. */
    static long smallestPositive(long a, long b) {
        return a <= 0 ? b : b <= 0 ? a : Math.min(a, b);
    }

    private static long duration(@Nullable Object value) {
        return value == null ? 0 : Durations.parsePrometheus(text(value));
    }

    private static int whole(@Nullable Object value) {
        return value == null ? 0 : Integer.parseInt(text(value));
    }

    private static long time(@Nullable Object value) {
        try {
            return Times.parse(text(value));
        } catch (ApiException e) {
            throw new IllegalArgumentException(e.text(), e);
        }
    }

    private static String text(@Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("expected a text or a number, found " + value);
    }

    private static List<String> labels(@Nullable Object value) {
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(RequestLimits::text).toList();
        }
        throw new IllegalArgumentException("expected a list of labels, found " + value);
    }

    /** The members of a JSON object: texts, numbers as texts, and lists of these; others are none of ours. */
    private static Map<String, Object> fields(String header, @Nullable String json) {
        Map<String, Object> fields = new HashMap<>();
        if (json == null || json.isEmpty()) {
            return fields;
        }
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("not a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                if (token == JsonToken.START_ARRAY) {
                    List<String> list = new ArrayList<>();
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        list.add(parser.getText());
                    }
                    fields.put(name, list);
                } else if (token.isScalarValue() && token != JsonToken.VALUE_NULL) {
                    fields.put(name, parser.getText());
                } else {
                    parser.skipChildren();
                }
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                throw new IllegalArgumentException("more than a JSON object");
            }
            return fields;
        } catch (IOException | IllegalArgumentException e) {
            throw new ApiException(400, "cannot read the header " + header + ": " + e.getMessage(), e);
        }
    }
}
