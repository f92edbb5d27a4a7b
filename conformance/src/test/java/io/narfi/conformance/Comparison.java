package io.narfi.conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Compares an answer with a recorded one. Status and content type must be equal; {@code stats} never counts. Streams and series are sets by
 * their labels, entries of one timestamp a multiset; numbers compare with a relative tolerance; everything else must be equal.
 */
final class Comparison {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double RELATIVE = 1e-9;

    private final double tolerance;
    private final boolean unordered;
    private final Set<String> ignore = new HashSet<>();

    private Comparison(JsonNode recorded) {
        tolerance = recorded.path("tolerance").asDouble(RELATIVE);
        unordered = recorded.path("unordered").asBoolean();
        recorded.path("ignore").forEach(n -> ignore.add(n.asText()));
    }

    /** An answer of the server under test. */
    record Answer(int status, String contentType, byte[] body) {}

    /** The first difference, or null if the answer conforms. */
    static @Nullable String difference(JsonNode recorded, Answer answer) {
        if (recorded.path("any_answer").asBoolean()) {
            return null;
        }
        if (answer.status() != recorded.path("status").asInt()) {
            return "status " + answer.status() + ", want " + recorded.path("status").asInt() + "; body: " + brief(text(answer.body()));
        }
        String wantType = recorded.path("content_type").asText("");
        if (!squeeze(wantType).equals(squeeze(answer.contentType()))) {
            return "content type " + answer.contentType() + ", want " + wantType;
        }
        if (recorded.path("any_body").asBoolean() || recorded.path("loose_text").asBoolean()) {
            return null;
        }
        JsonNode got = strip(parse(answer));
        if (recorded.has("body_regex")) {
            String body = got.isTextual() ? got.asText() : got.toString();
            return Pattern.compile(recorded.get("body_regex").asText(), Pattern.DOTALL).matcher(body).matches()
                    ? null
                    : "body " + brief(body) + " does not match " + recorded.get("body_regex").asText();
        }
        return new Comparison(recorded).body(recorded, got);
    }

    private @Nullable String body(JsonNode recorded, JsonNode answered) {
        JsonNode want = recorded.has("body") ? recorded.get("body") : TextNode.valueOf("");
        JsonNode got = recorded.path("compare").asText().equals("patterns") && answered.isObject() ? patterns(answered) : answered;
        if (want.isTextual() || got.isTextual()) {
            return want.equals(got) ? null : "body: got " + brief(got) + " want " + brief(want);
        }
        JsonNode wantData = want.path("data");
        if (wantData.isObject() && wantData.has("resultType")) {
            JsonNode gotData = got.path("data");
            if (!gotData.isObject()) {
                return "no data object in the body: " + brief(got);
            }
            if (!wantData.get("resultType").equals(gotData.path("resultType"))) {
                return "resultType " + gotData.path("resultType") + ", want " + wantData.get("resultType");
            }
            JsonNode w = wantData.path("result");
            JsonNode g = gotData.path("result");
            String rest = any(withoutResult(want), withoutResult(got), "body");
            if (rest != null) {
                return rest;
            }
            if (!g.isArray()) {
                return "result is " + brief(g);
            }
            return switch (wantData.get("resultType").asText()) {
                case "streams" -> streams(w, g);
                case "matrix" -> series(w, g, "values", false);
                case "vector" -> series(w, g, "value", recorded.path("ordered").asBoolean());
                case "scalar" -> near(w.path(1), g.path(1)) ? null : "scalar " + g + ", want " + w;
                default -> any(want, got, "body");
            };
        }
        return any(want, got, "body");
    }

    private static JsonNode parse(Answer answer) {
        if (answer.contentType().toLowerCase(Locale.ROOT).contains("json")) {
            try {
                return JSON.readTree(answer.body());
            } catch (JsonProcessingException notJson) {
                return TextNode.valueOf(text(answer.body()));
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
        try {
            return TextNode.valueOf(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(answer.body())).toString());
        } catch (CharacterCodingException notText) {
            return JsonNodeFactory.instance.objectNode().put("base64", Base64.getEncoder().encodeToString(answer.body()));
        }
    }

    private static JsonNode strip(JsonNode body) {
        if (body instanceof ObjectNode o) {
            o.remove("stats");
            if (o.get("data") instanceof ObjectNode data) {
                data.remove("stats");
            }
        }
        return body;
    }

    private static JsonNode withoutResult(JsonNode body) {
        ObjectNode copy = body.deepCopy();
        ((ObjectNode) copy.get("data")).remove("result");
        return copy;
    }

    private @Nullable String streams(JsonNode want, JsonNode got) {
        Map<String, JsonNode> w = new LinkedHashMap<>();
        Map<String, JsonNode> g = new LinkedHashMap<>();
        for (JsonNode s : want) {
            w.put(key(s.path("stream")), s.path("values"));
        }
        for (JsonNode s : got) {
            if (g.put(key(s.path("stream")), s.path("values")) != null) {
                return "the same label set stands twice: " + brief(s.path("stream"));
            }
        }
        String keys = keys(w.keySet(), g.keySet(), "stream");
        if (keys != null) {
            return keys;
        }
        for (Map.Entry<String, JsonNode> e : w.entrySet()) {
            JsonNode a = e.getValue();
            JsonNode b = g.get(e.getKey());
            if (b == null || a.size() != b.size()) {
                return "stream " + brief(e.getKey()) + ": " + (b == null ? 0 : b.size()) + " entries, want " + a.size();
            }
            for (int i = 0; i < a.size(); i++) {
                if (!a.get(i).get(0).equals(b.get(i).get(0))) {
                    return "stream " + brief(e.getKey()) + ": timestamp " + b.get(i).get(0) + " at " + i + ", want " + a.get(i).get(0);
                }
            }
            for (int i = 0; i < a.size(); ) {
                int j = i;
                List<String> x = new ArrayList<>();
                List<String> y = new ArrayList<>();
                while (j < a.size() && a.get(j).get(0).equals(a.get(i).get(0))) {
                    x.add(key(a.get(j)));
                    y.add(key(b.get(j)));
                    j++;
                }
                x.sort(Comparator.naturalOrder());
                y.sort(Comparator.naturalOrder());
                if (!x.equals(y)) {
                    return "stream " + brief(e.getKey()) + ": entries at " + a.get(i).get(0) + " differ: want " + brief(x.toString()) + " got " + brief(y.toString());
                }
                i = j;
            }
        }
        return null;
    }

    private static @Nullable String keys(Set<String> want, Set<String> got, String what) {
        for (String k : want) {
            if (!got.contains(k)) {
                return "missing " + what + " " + brief(k) + " (got " + got.size() + ", want " + want.size() + ")" + (got.isEmpty() ? "" : "; there is " + brief(got.iterator().next()));
            }
        }
        for (String k : got) {
            if (!want.contains(k)) {
                return "unexpected " + what + " " + brief(k) + " (got " + got.size() + ", want " + want.size() + ")";
            }
        }
        return null;
    }

    private @Nullable String series(JsonNode want, JsonNode got, String field, boolean ordered) {
        if (ordered && want.size() == got.size()) {
            // Series of equal value may stand in any order among themselves.
            for (int i = 0; i < want.size(); i++) {
                if (!near(want.get(i).path(field).path(1), got.get(i).path(field).path(1))) {
                    return "order differs at " + i + ": value " + got.get(i).path(field) + ", want " + want.get(i).path(field);
                }
            }
        }
        Map<String, List<JsonNode>> w = bySeries(want, field);
        Map<String, List<JsonNode>> g = bySeries(got, field);
        String keys = keys(w.keySet(), g.keySet(), "series");
        if (keys != null) {
            return keys;
        }
        for (Map.Entry<String, List<JsonNode>> e : w.entrySet()) {
            // label_replace can leave several series with the same labels: they compare as a multiset.
            List<JsonNode> rest = new ArrayList<>(g.getOrDefault(e.getKey(), List.of()));
            if (rest.size() != e.getValue().size()) {
                return "series " + brief(e.getKey()) + " stands " + rest.size() + " times, want " + e.getValue().size();
            }
            for (JsonNode points : e.getValue()) {
                String difference = take(rest, points, this::samples);
                if (difference != null) {
                    return "series " + brief(e.getKey()) + ": " + difference;
                }
            }
        }
        return null;
    }

    /** Removes the first element that equals {@code want}; the last difference if there is none. */
    private static @Nullable String take(List<JsonNode> rest, JsonNode want, BiFunction<JsonNode, JsonNode, @Nullable String> compare) {
        String difference = "missing";
        for (int i = 0; i < rest.size(); i++) {
            difference = compare.apply(want, rest.get(i));
            if (difference == null) {
                rest.remove(i);
                return null;
            }
        }
        return difference;
    }

    private static Map<String, List<JsonNode>> bySeries(JsonNode result, String field) {
        Map<String, List<JsonNode>> out = new LinkedHashMap<>();
        for (JsonNode s : result) {
            JsonNode points = s.path(field);
            if (field.equals("value")) {
                points = JSON.createArrayNode().add(points);
            }
            out.computeIfAbsent(key(s.path("metric")), k -> new ArrayList<>()).add(points);
        }
        return out;
    }

    private @Nullable String samples(JsonNode want, JsonNode got) {
        if (want.size() != got.size()) {
            return got.size() + " points, want " + want.size() + ": got " + brief(got) + " want " + brief(want);
        }
        for (int i = 0; i < want.size(); i++) {
            JsonNode p = want.get(i);
            JsonNode q = got.get(i);
            if (!q.path(0).isNumber() || !q.path(1).isTextual()) {
                return "a sample must be [number, text]: got " + brief(q);
            }
            if (Math.abs(p.get(0).asDouble() - q.get(0).asDouble()) > 1e-6) {
                return "time " + q.get(0) + ", want " + p.get(0);
            }
            if (!near(p.get(1), q.get(1))) {
                return "at " + p.get(0) + ": value " + q.get(1) + ", want " + p.get(1);
            }
        }
        return null;
    }

    private boolean near(JsonNode a, JsonNode b) {
        Double x = number(a);
        Double y = number(b);
        if (x == null || y == null) {
            return a.equals(b);
        }
        if (x.isNaN() || y.isNaN()) {
            return x.isNaN() && y.isNaN();
        }
        if (x.isInfinite() || y.isInfinite()) {
            return x.equals(y);
        }
        return Math.abs(x - y) <= tolerance * Math.max(Math.abs(x), Math.abs(y)) || (Math.abs(x) < 1e-12 && Math.abs(y) < 1e-12);
    }

    private static @Nullable Double number(JsonNode n) {
        if (n.isNumber()) {
            return n.asDouble();
        }
        if (!n.isTextual()) {
            return null;
        }
        return switch (n.asText()) {
            case "+Inf", "Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            case "NaN" -> Double.NaN;
            default -> {
                try {
                    yield Double.valueOf(n.asText());
                } catch (NumberFormatException e) {
                    yield null;
                }
            }
        };
    }

    private @Nullable String any(JsonNode want, JsonNode got, String path) {
        if (want.isObject() && got.isObject()) {
            for (Map.Entry<String, JsonNode> e : want.properties()) {
                if (ignore.contains(e.getKey())) {
                    continue;
                }
                JsonNode other = got.get(e.getKey());
                if (other == null) {
                    return path + ": missing key " + e.getKey();
                }
                String d = any(e.getValue(), other, path + "." + e.getKey());
                if (d != null) {
                    return d;
                }
            }
            for (Map.Entry<String, JsonNode> e : got.properties()) {
                if (!want.has(e.getKey()) && !ignore.contains(e.getKey())) {
                    return path + ": unexpected key " + e.getKey();
                }
            }
            return null;
        }
        if (want.isArray() && got.isArray()) {
            if (want.size() != got.size()) {
                return path + ": " + got.size() + " elements, want " + want.size() + ": got " + brief(got) + " want " + brief(want);
            }
            if (unordered) {
                List<JsonNode> rest = new ArrayList<>();
                got.forEach(rest::add);
                for (JsonNode x : want) {
                    if (take(rest, x, (a, b) -> any(a, b, path)) != null) {
                        return path + ": no match for element " + brief(x) + "; left over: " + brief(rest.toString());
                    }
                }
                return null;
            }
            for (int i = 0; i < want.size(); i++) {
                String d = any(want.get(i), got.get(i), path + "[" + i + "]");
                if (d != null) {
                    return d;
                }
            }
            return null;
        }
        if (want.isNumber() && got.isNumber()) {
            return near(want, got) ? null : path + ": " + got + ", want " + want;
        }
        return want.equals(got) ? null : path + ": " + brief(got) + ", want " + brief(want);
    }

    /** Patterns with the sum of their counts: where the samples fall depends on the clock. */
    private static JsonNode patterns(JsonNode body) {
        if (body.has("patterns")) {
            return body;
        }
        List<ObjectNode> rows = new ArrayList<>();
        for (JsonNode p : body.path("data")) {
            long total = 0;
            for (JsonNode s : p.path("samples")) {
                total += s.get(1).asLong();
            }
            ObjectNode row = JSON.createObjectNode();
            row.set("pattern", p.get("pattern"));
            row.set("level", p.get("level"));
            rows.add(row.put("total", total));
        }
        rows.sort(Comparator.comparing((ObjectNode r) -> r.path("pattern").asText()).thenComparing(r -> r.path("level").asText()));
        return JSON.createObjectNode().set("patterns", JSON.createArrayNode().addAll(rows));
    }

    private static String key(JsonNode labels) {
        if (!labels.isObject()) {
            if (labels.isArray()) {
                StringBuilder out = new StringBuilder("[");
                labels.forEach(n -> out.append(key(n)).append(','));
                return out.append(']').toString();
            }
            return labels.toString();
        }
        Map<String, String> sorted = new TreeMap<>();
        labels.properties().forEach(e -> sorted.put(e.getKey(), key(e.getValue())));
        return sorted.toString();
    }

    private static String squeeze(String s) {
        return s.replace(" ", "").toLowerCase(Locale.ROOT);
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    private static String brief(Object o) {
        String s = o.toString();
        return s.length() <= 300 ? s : s.substring(0, 300) + "... (" + (s.length() - 300) + " more)";
    }
}
