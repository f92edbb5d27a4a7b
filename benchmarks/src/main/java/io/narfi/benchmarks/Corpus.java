package io.narfi.benchmarks;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Lines to measure with, as streams: those of the folder that the system property {@code narfi.loghub} names (default {@code
 * ../shared/loghub}) if it is there, generated ones of a few shapes otherwise. The same for every run.
 */
final class Corpus {
    private static final long START = 1_763_769_600_000_000_000L;
    private static final Labels[] LEVELS = {
        Labels.of("detected_level", "info"), Labels.of("detected_level", "error"), Labels.of("detected_level", "unknown")
    };

    private Corpus() {}

    /** One batch for each stream, about {@code bytes} of lines together; timestamps some milliseconds apart. */
    static List<EntryBatch> streams(String kind, int streams, long bytes) {
        List<List<byte[]>> files = kind.equals("loghub") ? loghub() : List.of();
        List<EntryBatch> batches = new ArrayList<>();
        Random random = new Random(1);
        for (int s = 0; s < streams; s++) {
            List<byte[]> lines = files.isEmpty() ? generated(random, s, bytes / streams) : files.get(s % files.size());
            int first = files.isEmpty() ? 0 : random.nextInt(lines.size());
            batches.add(batch(lines, first, bytes / streams, random));
        }
        return batches;
    }

    private static EntryBatch batch(List<byte[]> source, int first, long bytes, Random random) {
        byte[] lines = new byte[(int) bytes + (1 << 16)];
        int capacity = 1024;
        int[] offsets = new int[capacity + 1];
        long[] times = new long[capacity];
        int[] metadata = new int[capacity];
        int rows = 0;
        long time = START;
        while (offsets[rows] < bytes) {
            byte[] line = source.get((first + rows) % source.size());
            if (rows == capacity) {
                capacity *= 2;
                offsets = Arrays.copyOf(offsets, capacity + 1);
                times = Arrays.copyOf(times, capacity);
                metadata = Arrays.copyOf(metadata, capacity);
            }
            System.arraycopy(line, 0, lines, offsets[rows], line.length);
            offsets[rows + 1] = offsets[rows] + line.length;
            time += random.nextInt(20_000_000);
            times[rows] = time;
            metadata[rows] = random.nextInt(10) < 8 ? 0 : random.nextInt(3);
            rows++;
        }
        return new EntryBatch(times, offsets, lines, metadata, LEVELS, 0, rows);
    }

    private static List<List<byte[]>> loghub() {
        Path folder = Path.of(System.getProperty("narfi.loghub", "../shared/loghub"));
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<List<byte[]>> all = new ArrayList<>();
            for (Path file : files.filter(f -> f.toString().endsWith(".log")).sorted().toList()) {
                List<byte[]> lines = new ArrayList<>();
                for (String line : new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).split("\r?\n")) {
                    lines.add(line.getBytes(StandardCharsets.ISO_8859_1));
                }
                all.add(lines);
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<byte[]> generated(Random random, int stream, long bytes) {
        List<byte[]> lines = new ArrayList<>();
        for (long sum = 0; sum < bytes; ) {
            String id = Long.toHexString(random.nextLong());
            int status = random.nextInt(20) == 0 ? 500 : 200;
            int duration = random.nextInt(900);
            String line = switch (stream % 3) {
                case 0 -> "{\"level\":\"info\",\"msg\":\"request served\",\"trace\":\"" + id + "\",\"status\":" + status
                        + ",\"duration_ms\":" + duration + ",\"path\":\"/api/v1/items/" + random.nextInt(5000) + "\"}";
                case 1 -> "level=info component=ingest msg=\"batch written\" rows=" + random.nextInt(10_000) + " took=" + duration
                        + "ms trace=" + id;
                default -> "10.42." + random.nextInt(8) + "." + random.nextInt(255) + " - - \"GET /static/" + random.nextInt(300)
                        + ".js HTTP/1.1\" " + status + " " + random.nextInt(90_000) + " \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"";
            };
            lines.add(line.getBytes(StandardCharsets.UTF_8));
            sum += line.length();
        }
        return lines;
    }
}
