package io.narfi.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/** Push bodies as an agent of a node sends them: some streams, each with a run of lines in JSON, logfmt, access-log and klog form. */
final class PushBodies {
    private static final long SECOND = 1_000_000_000L;
    private static final String[] LEVELS = {"info", "info", "info", "info", "info", "debug", "warn", "error"};
    private static final String[] PATHS = {"/api/v1/orders", "/api/v1/users", "/healthz", "/metrics", "/api/v1/items", "/login"};

    private final Random random;
    private final long now;
    private final ByteArrayOutputStream protobuf = new ByteArrayOutputStream();
    private final StringBuilder json = new StringBuilder("{\"streams\":[");
    private long rawBytes;

    /**
     * @param streams number of streams
     * @param lines of each of them
     * @param now the time of the newest line, nanoseconds
     */
    PushBodies(long seed, int streams, int lines, long now) {
        this.random = new Random(seed);
        this.now = now;
        for (int s = 0; s < streams; s++) {
            stream(s, lines);
        }
        json.append("]}");
    }

    /** The message, not compressed. */
    byte[] protobuf() {
        return protobuf.toByteArray();
    }

    byte[] json() {
        return json.toString().getBytes(UTF_8);
    }

    /** Bytes of all lines. */
    long rawBytes() {
        return rawBytes;
    }

    private void stream(int s, int lines) {
        String app = "app-" + s % 12;
        String pod = app + "-7d9f8c6b5-x" + s;
        String labels = "{app=\"" + app + "\", cluster=\"prod\", container=\"main\", namespace=\"team-" + s % 4 + "\", node_name=\"node-3\", pod=\""
                + pod + "\", stream=\"stdout\"}";
        json.append(s == 0 ? "" : ",").append("{\"stream\":{\"app\":\"").append(app).append("\",\"namespace\":\"team-").append(s % 4)
                .append("\",\"pod\":\"").append(pod).append("\"},\"values\":[");
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        field(stream, 1, labels.getBytes(UTF_8));
        for (int i = 0; i < lines; i++) {
            String line = line(s % 4, i);
            long time = now - (lines - i) * 1_000_000L;
            rawBytes += line.length();
            field(stream, 2, entry(time, line.getBytes(UTF_8)));
            json.append(i == 0 ? "" : ",").append("[\"").append(time).append("\",\"").append(line.replace("\"", "\\\"")).append("\"]");
        }
        json.append("]}");
        field(protobuf, 1, stream.toByteArray());
    }

    private String line(int kind, int i) {
        String level = LEVELS[random.nextInt(LEVELS.length)];
        String path = PATHS[random.nextInt(PATHS.length)];
        String id = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
        int millis = random.nextInt(2000);
        return switch (kind) {
            case 0 -> "{\"ts\":\"2026-11-03T12:00:" + i % 60 + ".123456Z\",\"level\":\"" + level + "\",\"msg\":\"request served\",\"http\":{\"method\":"
                    + "\"GET\",\"path\":\"" + path + "\",\"status\":" + (random.nextInt(50) == 0 ? 500 : 200) + "},\"duration_ms\":" + millis
                    + ",\"trace_id\":\"" + id + "\"}";
            case 1 -> "ts=2026-11-03T12:00:" + i % 60 + ".123Z caller=server.go:" + millis + " level=" + level + " msg=\"request served\" path=" + path
                    + " took=" + millis + "ms trace_id=" + id;
            case 2 -> "10.42." + random.nextInt(256) + "." + random.nextInt(256) + " - - [03/Nov/2026:12:00:" + i % 60 + " +0000] \"GET " + path
                    + " HTTP/1.1\" 200 " + millis * 17 + " \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"";
            default -> "I1103 12:00:" + i % 60 + ".123456       1 controller.go:" + millis + "] Reconciling object team-" + millis % 7 + "/" + id;
        };
    }

    private static byte[] entry(long time, byte[] line) {
        ByteArrayOutputStream timestamp = new ByteArrayOutputStream();
        timestamp.write(1 << 3);
        varint(timestamp, time / SECOND);
        timestamp.write(2 << 3);
        varint(timestamp, time % SECOND);
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        field(entry, 1, timestamp.toByteArray());
        field(entry, 2, line);
        return entry.toByteArray();
    }

    private static void field(ByteArrayOutputStream out, int number, byte[] content) {
        out.write(number << 3 | 2);
        varint(out, content.length);
        out.writeBytes(content);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
