package io.narfi.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Loads the corpus into a server and asks its cases. */
final class Replayer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern NOW = Pattern.compile("\\$\\{NOW([+-]\\d+)?s?}");

    /** Files that write come after those that only read; index-stats comes last because it flushes. */
    private static final List<String> LAST = List.of("push-validation", "otlp", "live", "index-stats");

    private final HttpClient client;
    private final String base;
    private final Path corpus;

    Replayer(HttpClient client, String base, Path corpus) {
        this.client = client;
        this.base = base;
        this.corpus = corpus;
    }

    /** The names of the files in the order of their replay, without ending. */
    List<String> files() throws IOException {
        try (Stream<Path> paths = Files.list(corpus.resolve("cases"))) {
            List<String> names = new ArrayList<>(paths.map(p -> p.getFileName().toString().replace(".jsonl", "")).filter(n -> !LAST.contains(n)).sorted().toList());
            names.add("fuzz");
            names.addAll(LAST);
            return names;
        }
    }

    /** The same without the files that write. */
    List<String> readingFiles() throws IOException {
        return files().stream().filter(f -> !LAST.contains(f)).toList();
    }

    List<JsonNode> cases(String file) throws IOException {
        Path path = file.equals("fuzz") ? corpus.resolve("fuzz.jsonl") : corpus.resolve("cases").resolve(file + ".jsonl");
        List<JsonNode> out = new ArrayList<>();
        for (String line : Files.readAllLines(path)) {
            if (!line.isBlank()) {
                out.add(JSON.readTree(line));
            }
        }
        return out;
    }

    void load() throws IOException, InterruptedException {
        List<Path> bodies;
        try (Stream<Path> paths = Files.list(corpus.resolve("streams"))) {
            bodies = paths.sorted().toList();
        }
        for (Path body : bodies) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/loki/api/v1/push"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofFile(body))
                    .build();
            HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
            if (response.statusCode() != 204) {
                throw new IOException(body.getFileName() + " was answered " + response.statusCode() + " " + response.body());
            }
        }
    }

    /** The first difference of a case, or null if it conforms. */
    @Nullable String replay(JsonNode recorded) throws IOException, InterruptedException {
        if (!recorded.has("steps")) {
            return attempt(recorded);
        }
        long now = System.currentTimeMillis() / 1000;
        int n = 0;
        for (JsonNode step : recorded.get("steps")) {
            n++;
            String difference = attempt(recorded.path("live").asBoolean() ? substitute(step, now) : step);
            if (difference != null) {
                return "step " + n + ": " + difference;
            }
        }
        return null;
    }

    private static JsonNode substitute(JsonNode step, long now) throws IOException {
        Matcher m = NOW.matcher(step.toString());
        return JSON.readTree(m.replaceAll(r -> (now + (r.group(1) == null ? 0 : Long.parseLong(r.group(1)))) + "000000000"));
    }

    private @Nullable String attempt(JsonNode step) throws IOException, InterruptedException {
        int tries = step.path("retry").asInt(1);
        pause(step.path("wait").asDouble(0));
        for (int i = 1; ; i++) {
            String difference = Comparison.difference(step, ask(step));
            if (difference == null || i >= tries) {
                return difference;
            }
            pause(1);
        }
    }

    /** A pause that the case asks for: what it looks at happens in the background of the server. */
    private static void pause(double seconds) {
        if (seconds > 0) {
            LockSupport.parkNanos((long) (seconds * TimeUnit.SECONDS.toNanos(1)));
        }
    }

    private Comparison.Answer ask(JsonNode step) throws IOException, InterruptedException {
        String method = step.path("method").asText("GET");
        byte[] body = payload(step);
        StringBuilder target = new StringBuilder(base).append(step.get("path").asText());
        String separator = target.indexOf("?") < 0 ? "?" : "&";
        String urlParams = encode(step.path("url_params"));
        String params = encode(step.path("params"));
        boolean inUrl = method.equals("GET") || method.equals("DELETE") || method.equals("HEAD");
        String query = Stream.of(urlParams, inUrl ? params : "").filter(s -> !s.isEmpty()).reduce((a, b) -> a + "&" + b).orElse("");
        if (!query.isEmpty()) {
            target.append(separator).append(query);
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(target.toString())).timeout(Duration.ofSeconds(60));
        boolean hasType = false;
        for (Map.Entry<String, JsonNode> h : step.path("headers").properties()) {
            request.header(h.getKey(), h.getValue().asText());
            hasType |= h.getKey().toLowerCase(Locale.ROOT).equals("content-type");
        }
        if (!inUrl && body == null && step.has("params")) {
            body = params.getBytes(StandardCharsets.UTF_8);
            if (!hasType) {
                request.header("Content-Type", "application/x-www-form-urlencoded");
            }
        }
        request.method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
        return new Comparison.Answer(response.statusCode(), response.headers().firstValue("Content-Type").orElse(""), response.body());
    }

    private static String encode(JsonNode params) {
        StringBuilder out = new StringBuilder();
        for (Map.Entry<String, JsonNode> e : params.properties()) {
            if (e.getValue().isArray()) {
                e.getValue().forEach(v -> append(out, e.getKey(), v.asText()));
            } else {
                append(out, e.getKey(), e.getValue().asText());
            }
        }
        return out.toString();
    }

    private static void append(StringBuilder out, String name, String value) {
        out.append(out.isEmpty() ? "" : "&").append(URLEncoder.encode(name, StandardCharsets.UTF_8)).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
    }

    private static byte @Nullable [] payload(JsonNode step) throws IOException {
        byte[] data;
        if (step.has("data_base64")) {
            data = Base64.getDecoder().decode(step.get("data_base64").asText());
        } else if (step.has("data")) {
            data = step.get("data").asText().getBytes(StandardCharsets.UTF_8);
        } else if (step.has("data_repeat")) {
            JsonNode r = step.get("data_repeat");
            data = (r.get("head").asText() + r.get("unit").asText().repeat(r.get("times").asInt()) + r.get("tail").asText()).getBytes(StandardCharsets.UTF_8);
        } else {
            return null;
        }
        if (!step.path("gzip_data").asBoolean()) {
            return data;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(data);
        }
        return out.toByteArray();
    }
}
