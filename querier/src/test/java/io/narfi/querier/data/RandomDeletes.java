package io.narfi.querier.data;

import io.narfi.common.Durations;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/** Delete requests for rows of {@link RandomRows}, and what they mean row by row. */
public final class RandomDeletes {
    private record Part(String text, Predicate<Row> meaning) {}

    private static final List<Part> SELECTORS = List.of(
            new Part("{env=\"prod\"}", r -> r.stream().getOrEmpty("env").equals("prod")),
            new Part("{app=~\"app-[0-2]\"}", r -> r.stream().getOrEmpty("app").compareTo("app-2") <= 0),
            new Part("{app!=\"app-1\",pod=~\".+\"}", r -> !r.stream().getOrEmpty("app").equals("app-1")),
            new Part("{pod=\"pod-0\"}", r -> r.stream().getOrEmpty("pod").equals("pod-0")));

    private static final List<Part> STAGES = List.of(
            new Part("", r -> true),
            new Part("", r -> true),
            new Part(" |= \"level=error\"", r -> r.line().contains("level=error")),
            new Part(" !~ \"n=[0-3]\" != \"é!\"", r -> !r.line().matches(".* n=[0-3].*")),
            new Part(" | trace_id=\"t1\"", r -> r.metadata().getOrEmpty("trace_id").equals("t1")),
            new Part(" | logfmt | status>=400", r -> r.line().matches(".* status=[45]00 .*")));

    private RandomDeletes() {}

    /** Deletes some of the rows, and writes some new ones where only their block says that deletes were applied to it; the rows that are left. */
    public static List<Row> apply(Random random, String tenant, List<Row> rows, Bucket bucket) throws IOException {
        List<Row> left = new ArrayList<>(rows);
        int requests = random.nextInt(4);
        for (int i = 0; i < requests; i++) {
            left.removeIf(request(random, tenant, rows, bucket));
        }
        if (requests > 0 && random.nextBoolean()) {
            List<Row> late = RandomRows.make(random, 5, 1 + random.nextInt(200));
            bucket.blocksRidOfDeleted(tenant, late);
            left.addAll(late);
        }
        return left;
    }

    /** Accepts a delete request; the rows that it hides. */
    public static Predicate<Row> request(Random random, String tenant, List<Row> rows, Bucket bucket) throws IOException {
        Part selector = SELECTORS.get(random.nextInt(SELECTORS.size()));
        Part stages = STAGES.get(random.nextInt(STAGES.size()));
        long from = border(random, rows);
        long to = Math.max(from, border(random, rows));
        bucket.delete(tenant, selector.text + stages.text, from, to);
        return r -> r.time() >= from && r.time() <= to && selector.meaning.test(r) && stages.meaning.test(r);
    }

    private static long border(Random random, List<Row> rows) {
        long time = rows.get(random.nextInt(rows.size())).time();
        return switch (random.nextInt(5)) {
            case 0 -> time;
            case 1 -> time - time % Durations.HOUR;
            case 2 -> RandomRows.START - 1;
            case 3 -> RandomRows.END;
            default -> time + random.nextInt(3) - 1;
        };
    }
}
