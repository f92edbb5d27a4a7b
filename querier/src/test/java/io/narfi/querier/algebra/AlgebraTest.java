package io.narfi.querier.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Durations;
import io.narfi.logql.Expr;
import io.narfi.logql.LogQl;
import io.narfi.logql.ParseException;
import io.narfi.logql.engine.StepGrid;
import io.narfi.querier.data.Row;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.run.WorkerPool;
import io.narfi.storage.ScanRequest.Direction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random queries over random rows. A build checks a fixed number with a fixed seed; {@code -Dnarfi.fuzz.minutes=N} goes on for so long
 * from a new seed, and {@code -Dnarfi.fuzz.seed=N} begins with the data set of a failure.
 */
class AlgebraTest {
    private static final int DATA_SETS = 24;
    private static final int QUERIES = 60;
    private static final int ALL = 1_000_000;

    private enum Law {
        /** Split or not, on peers or not, in segments, blocks or both, pushed once or twice: the same entries. */
        LOGS,
        /** The same for numbers. */
        METRICS,
        /** Forward is backward reversed, and a limit takes the first of them. */
        DIRECTION,
        /** The entries of [a, b) and of [b, c) are those of [a, c). */
        TIME,
        /** What a window of twice the length counts is what two windows count. */
        WINDOWS,
        /** The sums by a label add up to the sum of all. */
        GROUPS,
        /** Tests that change neither line nor labels can stand in any order. */
        ORDER
    }

    @TempDir
    Path folder;

    private final Map<Law, Integer> answered = new EnumMap<>(Law.class);
    private final Map<Law, Integer> asked = new EnumMap<>(Law.class);

    @Test
    void lawsHold() throws Exception {
        long minutes = Long.getLong("narfi.fuzz.minutes", 0L);
        long first = Long.getLong("narfi.fuzz.seed", minutes > 0 ? System.nanoTime() : 1L);
        System.out.println("algebra: seed " + first);
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        long seed = first;
        try (WorkerPool workers = new WorkerPool(2, 10_000)) {
            for (int i = 0; minutes > 0 ? System.nanoTime() < end : i < DATA_SETS; i++, seed++) {
                dataSet(seed, workers);
            }
        }
        System.out.println("algebra: asked " + asked + ", with data " + answered);
        // A law that only ever compares empty answers or refusals proves nothing.
        asked.forEach((law, n) -> assertThat(answered.getOrDefault(law, 0)).as(law.name()).isGreaterThan(n / 5));
    }

    private void dataSet(long seed, WorkerPool workers) throws Exception {
        Random random = new Random(seed);
        List<Row> rows = new RandomLogs(random, random.nextInt(3) > 0).rows(random.nextInt(4) == 0 ? random.nextInt(20) : 100 + random.nextInt(400));
        Layouts layouts = new Layouts(random, rows, folder, workers);
        for (int q = 0; q < QUERIES; q++) {
            Random one = new Random(seed * 1_000 + q);
            Law law = Law.values()[one.nextInt(Law.values().length)];
            try {
                check(law, one, layouts);
            } catch (Exception | AssertionError e) {
                throw new AssertionError("-Dnarfi.fuzz.seed=" + seed + ", query " + q + ", " + law + ": " + e.getMessage(), e);
            }
        }
        assertThat(layouts.plain.memoryUsed()).isZero();
        layouts.others.forEach(engine -> assertThat(engine.memoryUsed()).as(engine.name()).isZero());
    }

    private void check(Law law, Random random, Layouts layouts) throws Exception {
        QueryText text = new QueryText(random);
        asked.merge(law, 1, Integer::sum);
        boolean data = switch (law) {
            case LOGS -> logs(random, text, layouts);
            case METRICS -> metrics(random, text, layouts);
            case DIRECTION -> direction(random, text, layouts);
            case TIME -> time(random, text, layouts);
            case WINDOWS -> windows(random, text, layouts);
            case GROUPS -> groups(random, text, layouts);
            case ORDER -> order(random, text, layouts);
        };
        if (data) {
            answered.merge(law, 1, Integer::sum);
        }
    }

    private static boolean logs(Random random, QueryText text, Layouts layouts) throws Exception {
        String query = text.log();
        QueryParams params = params(random, query, ALL);
        Answer expected = layouts.plain.log(params);
        for (Engine engine : layouts.others) {
            same(engine.log(params), expected, query, engine.name());
        }
        String printed = printed(query);
        if (printed != null) {
            same(layouts.plain.log(new QueryParams(printed, params.start(), params.end(), 1, 0, ALL, params.direction())), expected, query, printed);
        }
        return hasData(expected);
    }

    private static boolean metrics(Random random, QueryText text, Layouts layouts) throws Exception {
        String query = text.metric();
        StepGrid grid = grid(random);
        Answer expected = layouts.plain.metric(query, grid);
        for (Engine engine : layouts.others) {
            same(engine.metric(query, grid), expected, query + " " + grid, engine.name());
        }
        String printed = printed(query);
        if (printed != null) {
            same(layouts.plain.metric(printed, grid), expected, query + " " + grid, printed);
        }
        return hasData(expected);
    }

    private static boolean direction(Random random, QueryText text, Layouts layouts) throws Exception {
        Engine engine = any(random, layouts);
        QueryParams all = params(random, text.log(), ALL);
        Answer forward = engine.log(directed(all, Direction.FORWARD, ALL));
        Answer backward = engine.log(directed(all, Direction.BACKWARD, ALL));
        same(backward, forward, all.query(), engine.name());
        if (!(forward instanceof Answer.Entries f && backward instanceof Answer.Entries b)) {
            return false;
        }
        assertThat(f.times()).as(all.query()).isSorted();
        List<Long> reversed = new ArrayList<>(b.times());
        Collections.reverse(reversed);
        assertThat(reversed).as(all.query()).isEqualTo(f.times());
        int limit = 1 + random.nextInt(f.times().size() + 1);
        for (Direction direction : Direction.values()) {
            limited(engine, directed(all, direction, limit), direction == Direction.FORWARD ? f : b);
        }
        return hasData(forward);
    }

    /** The first entries are those of the whole answer; which of one time the limit cuts off is open. */
    private static void limited(Engine engine, QueryParams params, Answer.Entries whole) throws Exception {
        if (!(engine.log(params) instanceof Answer.Entries found)) {
            throw new AssertionError("refused with a limit: " + params);
        }
        String what = params + " " + engine.name();
        assertThat(found.times()).as(what).isEqualTo(whole.times().subList(0, Math.min(params.limit(), whole.times().size())));
        long last = found.times().isEmpty() ? 0 : found.times().getLast();
        found.byTime().forEach((time, entries) -> {
            Map<Answer.Entry, Integer> all = whole.byTime().getOrDefault(time, Map.of());
            if (time != last) {
                assertThat(entries).as(what).isEqualTo(all);
            } else {
                entries.forEach((entry, n) -> assertThat(n).as(what).isLessThanOrEqualTo(all.getOrDefault(entry, 0)));
            }
        });
    }

    private static boolean time(Random random, QueryText text, Layouts layouts) throws Exception {
        Engine engine = any(random, layouts);
        QueryParams whole = params(random, text.log(), ALL);
        long middle = whole.start() + random.nextLong(whole.end() - whole.start());
        Answer expected = engine.log(whole);
        Answer first = engine.log(whole.between(whole.start(), middle));
        Answer second = engine.log(whole.between(middle, whole.end()));
        if (first instanceof Answer.Entries a && second instanceof Answer.Entries b) {
            same(a.and(b), expected, whole + " at " + middle, engine.name());
        } else {
            same(second, expected, whole.query(), engine.name());
        }
        return hasData(expected);
    }

    private static boolean windows(Random random, QueryText text, Layouts layouts) throws Exception {
        Engine engine = any(random, layouts);
        String pipeline = text.log();
        boolean unwrapped = random.nextInt(3) == 0;
        String op = unwrapped ? "sum_over_time" : text.pick("count_over_time", "bytes_over_time");
        String input = pipeline + (unwrapped ? " | unwrap n" : "") + " | __error__=\"\"";
        if (unwrapped) {
            input = pipeline + " | unwrap n | __error__=\"\"";
        }
        StepGrid grid = grid(random);
        Answer late = engine.metric(op + "(" + input + " [45m])", grid);
        Answer early = engine.metric(op + "(" + input + " [45m] offset 45m)", grid);
        Answer both = engine.metric(op + "(" + input + " [90m])", grid);
        if (late instanceof Answer.Points a && early instanceof Answer.Points b) {
            same(a.plus(b), both, op + "(" + input, engine.name());
        }
        return hasData(both);
    }

    private static boolean groups(Random random, QueryText text, Layouts layouts) throws Exception {
        Engine engine = any(random, layouts);
        String input = text.selector() + " " + String.join(" ", text.lawful());
        String op = text.pick("count_over_time", "bytes_over_time", "rate");
        String leaf = op + "(" + input + text.window() + ")";
        StepGrid grid = grid(random);
        String by = text.pick("by", "without") + " (" + text.pick(QueryText.GROUP_NAMES) + ", " + text.pick(QueryText.GROUP_NAMES) + ")";
        Answer each = engine.metric("sum " + by + " (" + leaf + ")", grid);
        Answer all = engine.metric("sum(" + leaf + ")", grid);
        // Not pushed down to the samples: the sum is taken of whole series.
        Answer above = engine.metric("sum " + by + " (" + leaf + " * 1)", grid);
        if (above instanceof Answer.Refused) {
            // A parser that only needs some labels may stop before what is wrong with a line.
            return false;
        }
        same(each, above, by + " " + leaf, engine.name());
        if (each instanceof Answer.Points parts) {
            same(parts.summed(), all, by + " " + leaf, engine.name());
        }
        return hasData(all);
    }

    private static boolean order(Random random, QueryText text, Layouts layouts) throws Exception {
        Engine engine = any(random, layouts);
        String parser = text.pick("", "| json", "| logfmt", "| logfmt --strict", "| regexp \"level=(?P<level>\\\\w+)\"", "| pattern \"<_>n=<n> <rest>\"");
        List<String> tests = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            tests.add(random.nextBoolean() ? text.lineFilter() : "| " + text.textFilter());
        }
        QueryParams params = params(random, text.selector() + " " + parser + " " + String.join(" ", tests), ALL);
        Collections.shuffle(tests, random);
        QueryParams shuffled = new QueryParams(
                params.query().substring(0, params.query().indexOf('}') + 1) + " " + parser + " " + String.join(" ", tests),
                params.start(),
                params.end(),
                1,
                0,
                ALL,
                params.direction());
        Answer expected = engine.log(params);
        same(engine.log(shuffled), expected, params.query(), shuffled.query());
        return hasData(expected);
    }

    /** The query as its tree prints it, after a check that this is the same tree; null if it does not parse. */
    private static @Nullable String printed(String query) {
        Expr expr;
        try {
            expr = LogQl.parse(query);
        } catch (ParseException e) {
            return null;
        }
        String printed = expr.canonical();
        assertThat(LogQl.parse(printed).canonical()).as(query).isEqualTo(printed);
        return printed;
    }

    private static void same(Answer found, Answer expected, String query, String how) {
        String difference = found.differsFrom(expected);
        if (difference != null) {
            throw new AssertionError(query + " (" + how + "): " + difference);
        }
    }

    private static boolean hasData(Answer answer) {
        return switch (answer) {
            case Answer.Refused refused -> false;
            case Answer.Entries entries -> !entries.times().isEmpty();
            case Answer.Points points -> !points.series().isEmpty();
        };
    }

    private static Engine any(Random random, Layouts layouts) {
        return random.nextInt(4) == 0 ? layouts.plain : layouts.others.get(random.nextInt(layouts.others.size()));
    }

    private static QueryParams params(Random random, String query, int limit) {
        long start = RandomLogs.START - Durations.HOUR + random.nextLong(4 * Durations.HOUR);
        long end = random.nextInt(4) == 0 ? RandomLogs.END : start + 1 + random.nextLong(6 * Durations.HOUR);
        if (random.nextInt(3) == 0) {
            start -= start % (10 * Durations.MINUTE);
            end -= end % (10 * Durations.MINUTE);
        }
        return new QueryParams(query, start, Math.max(start + 1, end), 1, 0, limit, random.nextBoolean() ? Direction.FORWARD : Direction.BACKWARD);
    }

    private static QueryParams directed(QueryParams p, Direction direction, int limit) {
        return new QueryParams(p.query(), p.start(), p.end(), p.step(), p.interval(), limit, direction);
    }

    private static StepGrid grid(Random random) {
        long start = RandomLogs.START + random.nextLong(6 * Durations.HOUR);
        start -= start % (random.nextBoolean() ? Durations.MINUTE * 10 : Durations.SECOND);
        if (random.nextInt(3) == 0) {
            return StepGrid.instant(start);
        }
        long step = new long[] {Durations.MINUTE, 7 * Durations.MINUTE, 30 * Durations.MINUTE, Durations.HOUR}[random.nextInt(4)];
        return new StepGrid(start, start + random.nextLong(4 * Durations.HOUR), step);
    }
}
