package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads an export and hands on what lies before a position as soon as the position comes: the lines after the last one may be half of
 * what the server has for that time, and come again.
 */
final class Export {
    private static final String PATH = "/narfi/api/v1/export";
    /** The most that may come without a position: the rows that one stream has of one time. */
    private static final int MAX_PENDING_BYTES = 64 << 20;
    private static final int MAX_LINE_BYTES = 32 << 20;
    private static final byte[] CONTROL = "{\"position\":".getBytes(StandardCharsets.US_ASCII);

    /** The connection broke while the answer was read. */
    static final class BrokenException extends Exception {
        private static final long serialVersionUID = 1L;

        BrokenException(IOException cause) {
            super(cause);
        }
    }

    private final ApiClient api;
    private final String query;
    private final ExportSink sink;
    private final boolean raw;
    private final boolean categorize;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private long pendingLines;
    private boolean progressed;
    private String problem = "";

    /**
     * @param raw whether only the lines' text is wanted
     * @param categorize whether metadata and parsed labels stand apart
     */
    Export(ApiClient api, String query, ExportSink sink, boolean raw, boolean categorize) {
        this.api = requireNonNull(api, "api is null");
        this.query = requireNonNull(query, "query is null");
        this.sink = requireNonNull(sink, "sink is null");
        this.raw = raw;
        this.categorize = categorize;
    }

    /**
     * Exports from the sink's position on.
     *
     * @return whether everything came; if not, {@link #problem} says why and it may be tried again
     * @throws CliException if the server refuses
     * @throws IOException if the output cannot be written
     */
    boolean run() throws IOException, BrokenException {
        progressed = false;
        pending.reset();
        pendingLines = 0;
        problem = "the server's answer ended early";
        Params params = sink.range().addTo(new Params().add("query", query)).add("positions", "true").addIf("position", sink.position());
        Map<String, String> headers = categorize ? Map.of("X-Loki-Response-Encoding-Flags", "categorize-labels") : Map.of();
        try (InputStream body = api.open(PATH, params, headers)) {
            ByteLines lines = new ByteLines(body, MAX_LINE_BYTES);
            while (true) {
                byte[] line;
                try {
                    line = lines.next();
                } catch (IOException e) {
                    throw new BrokenException(e);
                }
                if (line == null) {
                    return false;
                }
                if (!startsWith(line, CONTROL)) {
                    keep(line);
                    continue;
                }
                Map<String, @Nullable Object> control = Json.object(Json.read(new String(line, StandardCharsets.UTF_8)));
                if (control.containsKey("error")) {
                    problem = "the server answered " + Json.text(control.get("status")) + ": " + Json.text(control.get("error"));
                    refuseForGood(control);
                    return false;
                }
                boolean complete = Boolean.TRUE.equals(control.get("complete"));
                sink.accept(pending, pendingLines, Json.text(control.get("position")), complete);
                progressed = true;
                pending.reset();
                pendingLines = 0;
                if (complete) {
                    return true;
                }
            }
        }
    }

    /** What the client did wrong does not get better by repetition. */
    private void refuseForGood(Map<String, @Nullable Object> control) {
        String status = Json.text(control.get("status"));
        if (status.startsWith("4") && !status.equals("429")) {
            throw new CliException(problem);
        }
    }

    private void keep(byte[] line) throws IOException {
        if (raw) {
            Object text = Json.object(Json.read(new String(line, StandardCharsets.UTF_8))).get("line");
            pending.writeBytes(Json.text(text).getBytes(StandardCharsets.UTF_8));
        } else {
            pending.writeBytes(line);
        }
        pending.write('\n');
        pendingLines++;
        if (pending.size() > MAX_PENDING_BYTES) {
            throw new CliException("the server sent " + pending.size() + " bytes without a position");
        }
    }

    private static boolean startsWith(byte[] line, byte[] prefix) {
        return line.length >= prefix.length && java.util.Arrays.equals(line, 0, prefix.length, prefix, 0, prefix.length);
    }

    /** Whether the last run came further. */
    boolean progressed() {
        return progressed;
    }

    /** Why the last run did not get to the end. */
    String problem() {
        return problem;
    }
}
