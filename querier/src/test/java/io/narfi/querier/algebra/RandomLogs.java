package io.narfi.querier.algebra;

import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.querier.data.Row;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/**
 * Lines of every kind that parsers meet, some of them broken, over a few hours around a midnight. Labels, metadata and fields of lines
 * share names, times collide within and across streams, and numbers are whole or quarters, so that sums are exact in any order.
 */
final class RandomLogs {
    /** The first moment of all rows, three hours before a midnight. */
    static final long START = 20_001L * Durations.DAY - 3 * Durations.HOUR;
    /** The end of all rows. */
    static final long END = START + 6 * Durations.HOUR;

    private static final String[] LEVELS = {"info", "info", "warn", "error", "ERROR", "debug"};
    private static final String[] WORDS = {"timeout", "refused", "ok", "größe", "日本", "user", "GET", "a b", "<x>", "\\", "k=v", "10.0.0.7", "::1"};

    private final Random random;
    private final boolean damaged;

    /** @param damaged whether some lines are cut off or hurt, so that parsers fail half way */
    RandomLogs(Random random, boolean damaged) {
        this.random = random;
        this.damaged = damaged;
    }

    /** Distinct rows: a stream is a set. */
    List<Row> rows(int count) {
        List<Labels> streams = new ArrayList<>();
        for (int i = 0, n = 1 + random.nextInt(8); i < n; i++) {
            streams.add(stream(i));
        }
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long time = START + random.nextLong(END - START);
            switch (random.nextInt(4)) {
                case 0 -> time -= time % (10 * Durations.MINUTE);
                case 1 -> time -= time % Durations.SECOND;
                default -> {}
            }
            rows.add(new Row(pick(streams), time, line(), metadata()));
        }
        return List.copyOf(new LinkedHashSet<>(rows));
    }

    private Labels stream(int i) {
        TreeMap<String, String> labels = new TreeMap<>();
        labels.put("app", pick("api", "web", "db"));
        labels.put("env", i % 2 == 0 ? "prod" : "dev");
        labels.put("pod", "p-" + i);
        if (random.nextInt(3) == 0) {
            labels.put("level", pick(LEVELS));
        }
        if (random.nextInt(4) == 0) {
            labels.put("n", "" + random.nextInt(5));
        }
        if (random.nextInt(6) == 0) {
            labels.put("größe", "x");
        }
        return Labels.of(labels);
    }

    private Labels metadata() {
        TreeMap<String, String> labels = new TreeMap<>();
        if (random.nextInt(3) == 0) {
            labels.put("trace_id", "t" + random.nextInt(4));
        }
        if (random.nextInt(6) == 0) {
            labels.put("level", pick(LEVELS));
        }
        if (random.nextInt(8) == 0) {
            labels.put(pick("app", "status", "n", "msg"), pick("500", "x", "7", "3KB"));
        }
        return Labels.of(labels);
    }

    private String line() {
        String line = switch (random.nextInt(12)) {
            case 0, 1, 2 -> json();
            case 3, 4, 5, 6 -> logfmt();
            case 7 -> "10.0.0." + random.nextInt(9) + " - GET /api/" + pick(WORDS) + " " + (200 + 100 * random.nextInt(4)) + " " + random.nextInt(90) + "ms";
            case 8 -> "\u001b[3" + random.nextInt(8) + "m" + logfmt() + "\u001b[0m";
            case 9 -> "{\"_entry\":\"" + logfmt().replace("\\", "").replace("\"", "\\\"") + "\",\"pod\":\"x\",\"n\":\"" + random.nextInt(9) + "\"}";
            case 10 -> pick("", " ", "-", "{}", "{", "日本語のログ", "=", "a=", "null", "[1,2]", "\u0000\u0001", "x".repeat(300));
            default -> pick(WORDS) + " " + pick(WORDS) + " " + random.nextInt(100);
        };
        if (damaged && !line.isEmpty() && random.nextInt(8) == 0) {
            int at = random.nextInt(line.length());
            line = random.nextBoolean() ? line.substring(0, at) : line.substring(0, at) + pick("\"", "\\", "}", "=", "é", ",") + line.substring(at);
        }
        return line;
    }

    private String json() {
        List<String> fields = new ArrayList<>();
        for (String[] field : fields()) {
            boolean bare = field[1].matches("-?[0-9]+(\\.[0-9]+)?") && random.nextInt(4) > 0;
            fields.add("\"" + field[0] + "\":" + (bare ? field[1] : "\"" + field[1].replace("\\", "\\\\").replace("\"", "\\\"") + "\""));
        }
        if (random.nextBoolean()) {
            fields.add("\"user\":{\"id\":\"u" + random.nextInt(3) + "\",\"ok\":" + random.nextBoolean() + "}");
        }
        if (random.nextInt(4) == 0) {
            fields.add("\"tags\":[\"a\"," + random.nextInt(3) + ",null]");
        }
        Collections.shuffle(fields, random);
        return "{" + String.join(random.nextBoolean() ? "," : ", ", fields) + "}";
    }

    private String logfmt() {
        List<String> fields = new ArrayList<>();
        for (String[] field : fields()) {
            boolean quoted = field[1].matches(".*[\\s\"=\\\\].*") || random.nextInt(6) == 0;
            fields.add(field[0] + "=" + (quoted ? "\"" + field[1].replace("\\", "\\\\").replace("\"", "\\\"") + "\"" : field[1]));
        }
        if (random.nextInt(5) == 0) {
            fields.add(pick("bare", "empty=", "user_id=u1", "level=again"));
        }
        Collections.shuffle(fields, random);
        return String.join(" ", fields);
    }

    private List<String[]> fields() {
        List<String[]> fields = new ArrayList<>();
        add(fields, "level", pick(LEVELS));
        add(fields, "status", "" + (200 + 100 * random.nextInt(4)));
        add(fields, "n", random.nextInt(10) == 0 ? pick("abc", "", "1e2", "-3") : "" + random.nextInt(50));
        add(fields, "lat", random.nextInt(200) / 4.0 + "");
        add(fields, "took", random.nextInt(8) == 0 ? pick("5", "1d", "x") : random.nextInt(900) + pick("ms", "s"));
        add(fields, "size", random.nextInt(8) == 0 ? pick("5", "x") : random.nextInt(64) + pick("KB", "B", "KiB"));
        add(fields, "msg", pick(WORDS) + " " + pick(WORDS));
        add(fields, "app", pick("api", "inner"));
        add(fields, "ip", "10.0." + random.nextInt(3) + "." + random.nextInt(9));
        return fields;
    }

    private void add(List<String[]> fields, String name, String value) {
        if (random.nextInt(3) > 0) {
            fields.add(new String[] {name, value});
        }
    }

    private String pick(String... values) {
        return values[random.nextInt(values.length)];
    }

    private <T> T pick(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
