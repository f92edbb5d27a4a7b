package io.narfi.logql.pipeline;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The recorded answers of a real Loki and the data behind them, if they lie beside the repository. */
final class RecordedData {
    private static final Path FOLDER = Path.of("../../shared/conformance");
    private static final JsonFactory JSON = new JsonFactory();
    private static final List<String> SERVICE_NAMES = List.of(
            "service", "app", "application", "app_name", "name", "app_kubernetes_io_name", "container", "container_name", "k8s_container_name",
            "component", "workload", "job", "k8s_job_name");

    /** One pushed entry. */
    record Entry(long timestamp, String line, Map<String, String> metadata) {}

    private RecordedData() {}

    static boolean isThere() {
        return Files.isDirectory(FOLDER);
    }

    /** The cases of all files whose names match. */
    static List<Map<String, Object>> cases() {
        List<Map<String, Object>> out = new ArrayList<>();
        try (Stream<Path> files = Files.list(FOLDER.resolve("cases"))) {
            for (Path file : files.sorted().toList()) {
                readLines(file, out);
            }
            readLines(FOLDER.resolve("fuzz.jsonl"), out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out;
    }

    private static void readLines(Path file, List<Map<String, Object>> out) throws IOException {
        for (String line : Files.readAllLines(file)) {
            out.add(map(read(line)));
        }
    }

    /** The entries by stream labels, copies removed, as a push leaves them but for {@code detected_level}. */
    static Map<Map<String, String>, List<Entry>> streams() {
        Map<Map<String, String>, List<Entry>> out = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(FOLDER.resolve("streams"))) {
            for (Path file : files.sorted().toList()) {
                for (Object s : list(map(read(Files.readString(file))).get("streams"))) {
                    List<Entry> entries = out.computeIfAbsent(withServiceName(strings(map(s).get("stream"))), _ -> new ArrayList<>());
                    for (Object v : list(map(s).get("values"))) {
                        List<Object> value = list(v);
                        Map<String, String> metadata = value.size() > 2 ? metadata(ordered(value.get(2))) : Map.of();
                        Entry entry = new Entry(Long.parseLong((String) value.get(0)), (String) value.get(1), metadata);
                        if (!entries.contains(entry)) {
                            entries.add(entry);
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.values().forEach(entries -> entries.sort(java.util.Comparator.comparingLong(Entry::timestamp)));
        return out;
    }

    private static Map<String, String> withServiceName(Map<String, String> labels) {
        Map<String, String> out = new TreeMap<>(labels);
        out.values().removeIf(String::isEmpty);
        if (!out.containsKey("service_name")) {
            String name = SERVICE_NAMES.stream().filter(out::containsKey).findFirst().map(out::get).orElse("unknown_service");
            out.put("service_name", name);
        }
        return out;
    }

    private static Map<String, String> ordered(Object o) {
        Map<String, String> out = new LinkedHashMap<>();
        map(o).forEach((k, v) -> out.put(k, String.valueOf(v)));
        return out;
    }

    private static Map<String, String> metadata(Map<String, String> pairs) {
        Map<String, String> out = new TreeMap<>();
        pairs.forEach((k, v) -> {
            String clean = k.replaceAll("[^a-zA-Z0-9_]", "_");
            if (!v.isEmpty()) {
                out.putIfAbsent(clean.isEmpty() || !Character.isDigit(clean.charAt(0)) ? clean : "key_" + clean, v);
            }
        });
        return out;
    }

    static Object read(String json) {
        try (JsonParser p = JSON.createParser(json)) {
            p.nextToken();
            Object value = value(p);
            return value == null ? "" : value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable Object value(JsonParser p) throws IOException {
        return switch (p.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> out = new LinkedHashMap<>();
                while (p.nextToken() != JsonToken.END_OBJECT) {
                    String name = p.currentName();
                    p.nextToken();
                    out.put(name, value(p));
                }
                yield out;
            }
            case START_ARRAY -> {
                List<Object> out = new ArrayList<>();
                while (p.nextToken() != JsonToken.END_ARRAY) {
                    out.add(value(p));
                }
                yield out;
            }
            case VALUE_NULL -> null;
            default -> p.getText();
        };
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(@Nullable Object o) {
        return o instanceof Map<?, ?> m ? (Map<String, Object>) m : Map.of();
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(@Nullable Object o) {
        return o instanceof List<?> l ? (List<Object>) l : List.of();
    }

    static Map<String, String> strings(@Nullable Object o) {
        Map<String, String> out = new TreeMap<>();
        map(o).forEach((k, v) -> out.put(k, String.valueOf(v)));
        return out;
    }
}
