package io.narfi.cli;

import io.narfi.common.Labels;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The lines of one push, by stream. */
final class PushBatch {
    /**
     * A line.
     *
     * @param time nanoseconds since the epoch
     */
    record Line(long time, String text, Labels metadata) {}

    private final Map<Labels, List<Line>> streams = new LinkedHashMap<>();
    private int lines;
    private long bytes;

    void add(Labels stream, Line line) {
        List<Line> of = streams.computeIfAbsent(stream, k -> new ArrayList<>());
        if (of.isEmpty()) {
            bytes += size(stream);
        }
        of.add(line);
        lines++;
        bytes += line.text().length() + size(line.metadata()) + 16;
    }

    private static long size(Labels labels) {
        long size = 0;
        for (int i = 0; i < labels.size(); i++) {
            size += labels.name(i).length() + labels.value(i).length() + 6;
        }
        return size;
    }

    int lines() {
        return lines;
    }

    /** Roughly the size of the body before compression. */
    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return lines == 0;
    }

    /** The body that Loki's push takes as JSON. */
    byte[] json() {
        List<Object> all = new ArrayList<>();
        streams.forEach((labels, entries) -> {
            List<Object> values = new ArrayList<>();
            for (Line line : entries) {
                List<Object> value = new ArrayList<>(List.of(Long.toString(line.time()), line.text()));
                if (!line.metadata().isEmpty()) {
                    value.add(line.metadata());
                }
                values.add(value);
            }
            Map<String, Object> stream = new LinkedHashMap<>();
            stream.put("stream", labels);
            stream.put("values", values);
            all.add(stream);
        });
        return Json.compact(Map.of("streams", all)).getBytes(StandardCharsets.UTF_8);
    }

    /** The body that Loki's push takes as protobuf, before the Snappy compression: {@code logproto.PushRequest}. */
    byte[] protobuf() {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        streams.forEach((labels, entries) -> {
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            string(stream, 1, labels.toString());
            for (Line line : entries) {
                message(stream, 2, entry(line));
            }
            message(request, 1, stream);
        });
        return request.toByteArray();
    }

    private static ByteArrayOutputStream entry(Line line) {
        ByteArrayOutputStream time = new ByteArrayOutputStream();
        varint(time, 1 << 3);
        varint(time, Math.floorDiv(line.time(), Times.SECOND));
        varint(time, 2 << 3);
        varint(time, Math.floorMod(line.time(), Times.SECOND));
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        message(entry, 1, time);
        string(entry, 2, line.text());
        for (int i = 0; i < line.metadata().size(); i++) {
            ByteArrayOutputStream pair = new ByteArrayOutputStream();
            string(pair, 1, line.metadata().name(i));
            string(pair, 2, line.metadata().value(i));
            message(entry, 3, pair);
        }
        return entry;
    }

    private static void string(ByteArrayOutputStream out, int field, String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        varint(out, field << 3 | 2);
        varint(out, utf8.length);
        out.writeBytes(utf8);
    }

    private static void message(ByteArrayOutputStream out, int field, ByteArrayOutputStream value) {
        varint(out, field << 3 | 2);
        varint(out, value.size());
        out.writeBytes(value.toByteArray());
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long v = value;
        while ((v & ~0x7fL) != 0) {
            out.write((int) (v & 0x7f | 0x80));
            v >>>= 7;
        }
        out.write((int) v);
    }
}
