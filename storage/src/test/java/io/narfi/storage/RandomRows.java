package io.narfi.storage;

import io.narfi.common.Labels;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;

/** Random streams and rows, the same for the same seed. */
public final class RandomRows {
    private static final String[] WORDS = {"GET", "POST", "error", "timeout", "user", "/api/v1/items", "status=200", "status=500", "ünï", "\n"};

    private final Random random;

    public RandomRows(long seed) {
        this.random = new Random(seed);
    }

    public Random random() {
        return random;
    }

    public Labels labels() {
        return switch (random.nextInt(3)) {
            case 0 -> Labels.of("app", "a" + random.nextInt(40), "namespace", "n" + random.nextInt(4));
            case 1 -> Labels.of("app", "a" + random.nextInt(40), "pod", "p" + random.nextInt(1000), "namespace", "n" + random.nextInt(4));
            default -> Labels.of("job", "j" + random.nextInt(20), "empty", "");
        };
    }

    public String line() {
        int kind = random.nextInt(20);
        if (kind == 0) {
            return "";
        }
        if (kind == 1) {
            StringBuilder noise = new StringBuilder();
            for (int i = random.nextInt(300); i > 0; i--) {
                noise.append((char) random.nextInt(256));
            }
            return noise.toString();
        }
        StringBuilder line = new StringBuilder();
        for (int i = random.nextInt(12); i >= 0; i--) {
            String word = WORDS[random.nextInt(WORDS.length)];
            line.append(new String(word.getBytes(java.nio.charset.StandardCharsets.UTF_8), java.nio.charset.StandardCharsets.ISO_8859_1)).append(' ');
        }
        return line.append(random.nextInt(100000)).toString();
    }

    public Labels metadata(int kind) {
        return switch (kind) {
            case 0 -> Labels.EMPTY;
            case 1 -> Labels.of("detected_level", random.nextBoolean() ? "info" : "error");
            case 2 -> Labels.of("detected_level", "info", "trace_id", Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong()));
            default -> random.nextBoolean() ? Labels.EMPTY : Labels.of("k", "välue " + random.nextInt(5), "z", "");
        };
    }

    /** Rows of a stream in any order of time, some of them copies; {@code around} plus up to {@code span} nanoseconds. */
    public List<StoredRow> rows(int count, long around, long span) {
        int metadataKind = random.nextInt(4);
        long grain = random.nextBoolean() ? 1 : random.nextBoolean() ? 1_000_000 : 1_000_000_000;
        List<StoredRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i > 0 && random.nextInt(10) == 0) {
                rows.add(rows.get(random.nextInt(i)));
            } else {
                long time = around + (long) (random.nextDouble() * span) / grain * grain;
                rows.add(new StoredRow(time, line(), metadata(metadataKind)));
            }
        }
        if (random.nextBoolean()) {
            rows.sort(Comparator.comparingLong(StoredRow::timestamp));
        }
        return rows;
    }

    /** What is stored of rows: sorted by time, those of one time in their order, copies dropped. */
    public static List<StoredRow> stored(List<StoredRow> rows) {
        List<StoredRow> sorted = new ArrayList<>(new LinkedHashSet<>(rows));
        sorted.sort(Comparator.comparingLong(StoredRow::timestamp));
        return Collections.unmodifiableList(sorted);
    }
}
