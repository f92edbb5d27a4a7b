package io.narfi.querier.discover;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.querier.run.MemoryPool;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatternMinerTest {
    private final MemoryPool pool = new MemoryPool(1 << 28, 1 << 28);

    private PatternMiner miner() {
        return new PatternMiner(pool.open());
    }

    private static void add(PatternMiner miner, String line) {
        byte[] bytes = ("##" + line + "##").getBytes(StandardCharsets.UTF_8);
        miner.add("info", bytes, 2, bytes.length - 2, 0, 1);
    }

    private static Map<String, Long> found(PatternRows rows) {
        Map<String, Long> found = new TreeMap<>();
        rows.rows().forEach(r -> found.merge(r.text(), r.total(), Long::sum));
        return found;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "user ann logged in from 10.0.0.1 ; user bob logged in from 10.0.0.2 ; user <_> logged in from <_>",
                "level=info msg=\"a b\" id=1 ; level=info msg=\"a b\" id=x ; level=info msg=\"a b\" id=<_>",
                "42 7 ; 13 8 ; <_> <_>",
                "[2026-11-01T00:00:00] {x.py:1} done ; [2026-11-01T00:00:01] {x.py:2} done ; [<_>] {<_>} done",
                "took 5ms. ; took 6ms. ; took <_>.",
                "{\"msg\":\"sent to a1\",\"n\":1} ; {\"msg\":\"sent to a2\",\"n\":2} ; <_>sent to <_>",
                "{\"n\":1,\"ok\":true} ; {\"n\":2,\"ok\":true} ; {\"n\":<_>,\"ok\":true}",
                "same line é ; same line é ; same line é",
            })
    void findsWhatTwoLinesShare(String first, String second, String pattern) {
        PatternMiner miner = miner();
        add(miner, first);
        add(miner, second);
        assertThat(found(miner.rows(10, 1))).containsExactly(Map.entry(pattern, 2L));
    }

    @Test
    void keepsUnlikeLinesLevelsAndShapesApart() {
        PatternMiner miner = miner();
        for (String line : List.of("disk sda was full", "user ann logged out", "user ann logged out now", "user=ann logged out")) {
            add(miner, line);
        }
        byte[] line = "disk sda was full".getBytes(StandardCharsets.UTF_8);
        miner.add("error", line, 0, line.length, 5, 3);
        PatternRows rows = miner.rows(10, 1);
        assertThat(rows.rows()).hasSize(5);
        assertThat(rows.rows().getFirst().level()).isEqualTo("error");
        assertThat(rows.rows().getFirst().counts()).isEqualTo(new TreeMap<>(Map.of(5L, 3L)));
        assertThat(miner.rows(10, 2).rows()).hasSize(1);
        assertThat(miner.rows(2, 1).rows()).hasSize(2);
    }

    @Test
    void holdsLongLinesToItsBounds() {
        PatternMiner miner = miner();
        add(miner, "word ".repeat(LineTokens.MAX_WORDS + 50));
        add(miner, "x".repeat(3 * LineTokens.MAX_BYTES));
        add(miner, "");
        add(miner, " \t{}");
        Map<String, Long> found = found(miner.rows(10, 1));
        assertThat(found).hasSize(4);
        assertThat(found).containsKey("word ".repeat(LineTokens.MAX_WORDS) + "<_>");
        assertThat(found).containsKey("x".repeat(LineTokens.MAX_BYTES) + "<_>");
    }

    /** Lines spread over several miners and merged give what one miner gives, every line counted once. */
    @Test
    void mergesToWhatOneFinds() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        PatternMiner one = miner();
        List<PatternMiner> parts = List.of(miner(), miner(), miner());
        int lines = 3000;
        for (int i = 0; i < lines; i++) {
            String line = switch (random.nextInt(4)) {
                case 0 -> "GET /items/" + random.nextInt(1000) + " HTTP/1.1 " + (200 + random.nextInt(5));
                case 1 -> "{\"level\":\"info\",\"msg\":\"job " + random.nextInt(50) + " done\"}";
                case 2 -> "task of " + List.of("ann", "bob", "eve").get(random.nextInt(3)) + " finished in time";
                default -> "ts=" + random.nextLong() + " msg=\"it is " + random.nextInt(9) + "\" ok=" + random.nextBoolean();
            };
            byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
            long bucket = random.nextInt(10);
            one.add("info", bytes, 0, bytes.length, bucket, 1);
            parts.get(random.nextInt(3)).add("info", bytes, 0, bytes.length, bucket, 1);
        }
        List<PatternRows.Row> rows = new ArrayList<>();
        parts.forEach(p -> rows.addAll(p.rows(1000, 1).rows()));
        rows.sort(Comparator.comparingLong(PatternRows.Row::total).reversed());
        PatternMiner merged = miner();
        rows.forEach(merged::add);
        PatternRows expected = one.rows(1000, 1);
        assertThat(found(merged.rows(1000, 1))).as("seed %d", seed).isEqualTo(found(expected)).hasSize(4);
        assertThat(expected.rows().stream().mapToLong(PatternRows.Row::total).sum()).isEqualTo(lines);
        for (PatternRows.Row row : merged.rows(1000, 1).rows()) {
            assertThat(expected.rows()).as("seed %d", seed).anyMatch(r -> r.text().equals(row.text()) && r.counts().equals(row.counts()));
        }
    }

    @Test
    void dropsTheRarestWhenThereAreTooMany() {
        MemoryPool.Budget memory = pool.open();
        PatternMiner miner = new PatternMiner(memory);
        for (int i = 0; i < 50; i++) {
            add(miner, "the frequent one");
        }
        long most = 0;
        for (int i = 0; i < 10 * PatternMiner.MAX_GROUPS; i++) {
            add(miner, letters(i) + " " + letters(i + 1));
            most = Math.max(most, memory.held());
        }
        assertThat(miner.rows(Integer.MAX_VALUE, 1).rows()).hasSizeLessThanOrEqualTo(PatternMiner.MAX_GROUPS);
        assertThat(found(miner.rows(1, 1))).containsExactly(Map.entry("the frequent one", 50L));
        assertThat(most).isLessThan(PatternMiner.MAX_GROUPS * 1000L);
    }

    private static String letters(int n) {
        StringBuilder text = new StringBuilder();
        for (int rest = n; rest > 0 || text.isEmpty(); rest /= 26) {
            text.append((char) ('a' + rest % 26));
        }
        return text.toString();
    }
}
