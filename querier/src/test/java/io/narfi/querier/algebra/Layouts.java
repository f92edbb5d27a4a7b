package io.narfi.querier.algebra;

import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.Row;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.run.WorkerPool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The same rows in buckets that hold them in different ways, behind engines that divide their work in different ways. */
final class Layouts {
    private static final String TENANT = "t";

    /** One block a day, one task, no peers. */
    final Engine plain;
    /** Everything else. */
    final List<Engine> others;

    Layouts(Random random, List<Row> rows, Path folder, WorkerPool workers) throws IOException {
        Bucket blocks = new Bucket(folder);
        blocks.blocks(TENANT, rows, List.of());
        plain = new Engine("one task", blocks, new Planner(Long.MAX_VALUE / 4, Long.MAX_VALUE / 4, 1), 0, 1, workers);

        Bucket segments = new Bucket(folder);
        for (List<Row> part : dealt(random, rows, 1 + random.nextInt(5), 0)) {
            segments.segment(Map.of(TENANT, part, "other", part));
        }
        Bucket manyBlocks = new Bucket(folder);
        for (List<Row> part : dealt(random, rows, 1 + random.nextInt(4), 0)) {
            manyBlocks.blocks(TENANT, part, List.of());
        }
        Bucket mixed = new Bucket(folder);
        boolean block = random.nextBoolean();
        for (List<Row> part : dealt(random, rows, 2 + random.nextInt(5), 4)) {
            if (block) {
                mixed.blocks(TENANT, part, List.of());
            } else {
                mixed.segment(Map.of(TENANT, part));
            }
            block = !block;
        }
        others = List.of(
                new Engine("the same in many tasks", blocks, tiny(random), 0, 4, workers),
                new Engine("segments only", segments, tiny(random), 0, 1 + random.nextInt(6), workers),
                new Engine("blocks only, peers", manyBlocks, tiny(random), 1 + random.nextInt(3), 4, workers),
                new Engine("mixed with copies, peers", mixed, tiny(random), 2, 1 + random.nextInt(6), workers));
    }

    private static Planner tiny(Random random) {
        return new Planner(1 + random.nextInt(10_000), random.nextInt(4) == 0 ? 10_000 : 0, 1 << random.nextInt(4));
    }

    /** Deals rows out to parts, anyhow or by time; one in {@code copies} goes to two, none if it is 0. */
    private static List<List<Row>> dealt(Random random, List<Row> rows, int parts, int copies) {
        List<List<Row>> dealt = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            dealt.add(new ArrayList<>());
        }
        boolean byTime = random.nextBoolean();
        for (Row row : rows) {
            int at = byTime
                    ? (int) ((double) (row.time() - RandomLogs.START) / (RandomLogs.END - RandomLogs.START) * parts)
                    : random.nextInt(parts);
            dealt.get(at).add(row);
            if (copies > 0 && random.nextInt(copies) == 0) {
                dealt.get(random.nextInt(parts)).add(row);
            }
        }
        dealt.removeIf(List::isEmpty);
        return dealt;
    }
}
