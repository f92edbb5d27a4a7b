package io.narfi.querier.data;

import io.narfi.common.Durations;
import io.narfi.common.Labels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Makes rows of several streams over two days, many with equal times, some twice. */
public final class RandomRows {
    /** The first moment of all rows: midnight of a day. */
    public static final long START = 20_000L * Durations.DAY;
    /** The end of all rows. */
    public static final long END = START + 2 * Durations.DAY;

    private RandomRows() {}

    public static List<Row> make(Random random, int streams, int rows) {
        List<Labels> labels = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            labels.add(Labels.of("app", "app-" + i % 5, "env", i % 2 == 0 ? "prod" : "dev", "pod", "pod-" + i));
        }
        List<Row> made = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            Labels stream = labels.get(random.nextInt(streams));
            // Whole minutes often, so that times collide within and across streams.
            long time = START + random.nextLong(2 * Durations.DAY);
            if (random.nextInt(3) == 0) {
                time -= time % Durations.HOUR;
            }
            String level = random.nextInt(5) == 0 ? "error" : "info";
            String line = "level=" + level + " n=" + random.nextInt(50) + " status=" + (200 + 100 * random.nextInt(4)) + " <&>\"é";
            Labels metadata = switch (random.nextInt(4)) {
                case 0 -> Labels.of("trace_id", "t" + random.nextInt(5));
                case 1 -> Labels.of("detected_level", level, "trace_id", "t" + random.nextInt(5));
                default -> Labels.EMPTY;
            };
            made.add(new Row(stream, time, line, metadata));
        }
        return made;
    }

    /** Spreads the rows over segments and blocks, some of them into several, either anyhow or mostly by their time. */
    public static void spread(Random random, String tenant, List<Row> rows, Bucket bucket) throws IOException {
        int segments = random.nextInt(5);
        int blocks = random.nextInt(4) + (segments == 0 ? 1 : 0);
        List<List<Row>> parts = new ArrayList<>();
        for (int i = 0; i < segments + blocks; i++) {
            parts.add(new ArrayList<>());
        }
        boolean byTime = random.nextBoolean();
        for (Row row : rows) {
            if (byTime && random.nextInt(100) > 0) {
                parts.get((int) ((double) (row.time() - START) / (END - START) * parts.size())).add(row);
                continue;
            }
            for (int copies = random.nextInt(6) == 0 ? 2 : 1; copies > 0; copies--) {
                parts.get(random.nextInt(parts.size())).add(row);
            }
        }
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i).isEmpty()) {
                continue;
            }
            if (i < segments) {
                bucket.segment(Map.of(tenant, parts.get(i), "other", parts.get(i)));
            } else {
                bucket.blocks(tenant, parts.get(i), List.of());
            }
        }
    }
}
