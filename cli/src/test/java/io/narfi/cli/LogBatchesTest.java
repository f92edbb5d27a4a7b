package io.narfi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.Labels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogBatchesTest {
    private final List<Integer> asks = new ArrayList<>();

    /** Entries by time; those of one time in the order of their labels, as a server that is asked twice gives them. */
    private LogBatches.Source server(List<Entry> stored, boolean forward) {
        Comparator<Entry> byTime = Comparator.comparingLong(Entry::time);
        return (start, end, limit) -> {
            asks.add(limit);
            List<Entry> found = stored.stream()
                    .filter(e -> e.time() >= start && e.time() < end)
                    .sorted((forward ? byTime : byTime.reversed()).thenComparing(Entry::labels))
                    .limit(limit)
                    .toList();
            return answer(found);
        };
    }

    private static QueryAnswer answer(List<Entry> entries) {
        List<Object> streams = new ArrayList<>();
        for (Entry e : entries) {
            streams.add(Map.of("stream", e.labels().toMap(), "values", List.of(List.of(Long.toString(e.time()), e.line()))));
        }
        return new QueryAnswer("streams", streams, Map.of(), List.of());
    }

    private List<Entry> run(List<Entry> stored, boolean forward, int batch, long limit, long start, long end) {
        List<Entry> printed = new ArrayList<>();
        QueryAnswer other = new LogBatches(server(stored, forward), new RangeOptions.Range(start, end), forward, batch, printed::addAll).run(limit);
        assertThat(other).isNull();
        return printed;
    }

    @Test
    void everyLineOnceWhateverTheBatchAndHoweverManyShareATime() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            int times = 1 + random.nextInt(20);
            List<Entry> stored = new ArrayList<>();
            int count = random.nextInt(120);
            for (int i = 0; i < count; i++) {
                // Some are equal in everything, as lines of two streams that a stage made equal.
                stored.add(new Entry(random.nextInt(times), Labels.of("s", "" + random.nextInt(4)), "line " + random.nextInt(40)));
            }
            boolean forward = random.nextBoolean();
            int batch = 1 + random.nextInt(10);
            long limit = random.nextBoolean() ? 0 : 1 + random.nextInt(130);
            long start = random.nextInt(3);
            long end = times - random.nextInt(2);
            List<Entry> printed = run(stored, forward, batch, limit, start, end);
            List<Entry> inRange = stored.stream().filter(e -> e.time() >= start && e.time() < end).toList();
            int expected = (int) (limit == 0 ? inRange.size() : Math.min(limit, inRange.size()));
            assertThat(printed).as("seed %d round %d", seed, round).hasSize(expected);
            Comparator<Entry> order = Comparator.comparingLong(Entry::time);
            assertThat(printed).isSortedAccordingTo(forward ? order : order.reversed());
            List<Entry> rest = new ArrayList<>(inRange);
            for (Entry e : printed) {
                assertThat(rest.remove(e)).as("%s is printed too often, seed %d round %d", e, seed, round).isTrue();
            }
            if (expected > 0) {
                long border = printed.getLast().time();
                assertThat(rest).as("seed %d round %d", seed, round).allMatch(e -> forward ? e.time() >= border : e.time() <= border);
            }
        }
    }

    @Test
    void asksForNoMoreThanIsWanted() {
        List<Entry> stored = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            stored.add(new Entry(i, Labels.of("a", "b"), "l" + i));
        }
        assertThat(run(stored, false, 10, 12, 0, 100)).extracting(Entry::time).startsWith(24L).endsWith(13L).hasSize(12);
        // The second batch asks again for the one line at the border.
        assertThat(asks).containsExactly(10, 3);
        asks.clear();
        assertThat(run(stored, true, 10, 0, 0, 100)).hasSize(25);
        assertThat(asks).containsExactly(10, 11, 11);
    }

    @Test
    void aServerThatDoesNotGoOnIsNotAskedForEver() {
        Entry entry = new Entry(5, Labels.of("a", "b"), "same");
        LogBatches.Source stuck = (start, end, limit) -> answer(java.util.Collections.nCopies(limit, entry));
        List<Entry> printed = new ArrayList<>();
        LogBatches batches = new LogBatches(stuck, new RangeOptions.Range(0, 10), true, 3, e -> {
            printed.addAll(e);
            if (printed.size() > 1000) {
                throw new CliException("enough");
            }
        });
        assertThatThrownBy(() -> batches.run(0)).isInstanceOf(CliException.class);
        LogBatches.Source silent = (start, end, limit) -> answer(java.util.Collections.nCopies(3, entry).subList(0, Math.min(3, limit)));
        List<Entry> few = new ArrayList<>();
        assertThat(new LogBatches(silent, new RangeOptions.Range(0, 10), true, 3, few::addAll).run(0)).isNull();
        assertThat(few).hasSize(3);
    }

    @Test
    void givesBackWhatIsNoLogQuery() {
        QueryAnswer matrix = new QueryAnswer("matrix", List.of(), Map.of(), List.of());
        assertThat(new LogBatches((s, e, l) -> matrix, new RangeOptions.Range(0, 1), true, 1, e -> {}).run(1)).isSameAs(matrix);
    }
}
