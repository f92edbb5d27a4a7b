package io.narfi.server.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Pushes and queries as a client of Loki's API does. */
public final class LokiClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PAGE = 5000;

    private final HttpClient client;
    private final String base;
    private final Duration timeout;

    public LokiClient(HttpClient client, String base, Duration timeout) {
        this.client = client;
        this.base = base;
        this.timeout = timeout;
    }

    /** A line of one stream. */
    public record Line(long timestamp, String text) {}

    /** Pushes lines of one stream as JSON; returns the status. */
    public HttpResponse<String> push(Map<String, String> stream, List<Line> lines) throws IOException, InterruptedException {
        var values = JSON.createArrayNode();
        for (Line l : lines) {
            values.addArray().add(Long.toString(l.timestamp())).add(l.text());
        }
        var root = JSON.createObjectNode();
        var s = root.putArray("streams").addObject();
        s.set("stream", JSON.valueToTree(stream));
        s.set("values", values);
        return client.send(
                HttpRequest.newBuilder(URI.create(base + "/loki/api/v1/push"))
                        .header("Content-Type", "application/json")
                        .timeout(timeout)
                        .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(root)))
                        .build(),
                BodyHandlers.ofString());
    }

    /** Asks; anything but 200 is an IOException that holds status and text. */
    public JsonNode get(String path, Map<String, String> params) throws IOException, InterruptedException {
        StringBuilder query = new StringBuilder();
        params.forEach((k, v) -> query.append(query.isEmpty() ? '?' : '&').append(k).append('=').append(URLEncoder.encode(v, StandardCharsets.UTF_8)));
        HttpResponse<String> response = client.send(HttpRequest.newBuilder(URI.create(base + path + query)).timeout(timeout).build(), BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(path + query + " answered " + response.statusCode() + " " + response.body());
        }
        return JSON.readTree(response.body());
    }

    /**
     * All lines of a selector in {@code [from, to)}, page by page. Timestamps within a stream must be unique for more than 5000 lines, since a
     * page begins where the last one ended.
     */
    public List<Line> lines(String query, long from, long to) throws IOException, InterruptedException {
        List<Line> out = new ArrayList<>();
        long start = from;
        while (true) {
            JsonNode body = get("/loki/api/v1/query_range", Map.of(
                    "query", query, "start", Long.toString(start), "end", Long.toString(to), "limit", Integer.toString(PAGE), "direction", "forward"));
            List<Line> page = new ArrayList<>();
            for (JsonNode stream : body.path("data").path("result")) {
                for (JsonNode v : stream.path("values")) {
                    page.add(new Line(v.get(0).asLong(), v.get(1).asText()));
                }
            }
            if (page.size() < PAGE) {
                out.addAll(page);
                return out;
            }
            // The last timestamp may be cut: it is asked for again.
            long last = page.stream().mapToLong(Line::timestamp).max().orElseThrow();
            page.stream().filter(l -> l.timestamp() < last).forEach(out::add);
            if (last == start) {
                throw new IOException("more than " + PAGE + " lines of one timestamp");
            }
            start = last;
        }
    }
}
