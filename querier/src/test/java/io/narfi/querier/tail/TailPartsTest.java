package io.narfi.querier.tail;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Labels;
import io.narfi.http.WebSocket;
import io.narfi.logql.pipeline.ResultLabels;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The small parts of tails. */
class TailPartsTest {
    private static final Labels STREAM = Labels.of("app", "web");
    private static final Labels METADATA = Labels.of("trace", "7");
    private static final Labels PARSED = Labels.of("status", "200");
    private static final ResultLabels LABELS =
            new ResultLabels(Labels.of("app", "web", "status", "200", "trace", "7"), STREAM, METADATA, PARSED);
    private static final byte[] LINE = "x<\"line\">".getBytes(StandardCharsets.UTF_8);

    private static String frame(TailForm form, List<DroppedRow> dropped) throws Exception {
        TailJson json = new TailJson(form);
        TailRow row = new TailRow(5, 1, 1, STREAM, json.entry(1_700_000_000_000_000_005L, LINE, 1, LINE.length, LABELS));
        return new String(json.frame(new TailFrame(List.of(row, row), dropped)), StandardCharsets.UTF_8);
    }

    @Test
    void framesAreLokis() throws Exception {
        String entry = "{\"stream\":{\"app\":\"web\",\"status\":\"200\",\"trace\":\"7\"},"
                + "\"values\":[[\"1700000000000000005\",\"\\u003c\\\"line\\\"\\u003e\"]]}";
        assertThat(frame(TailForm.of(null), List.of())).isEqualTo("{\"streams\":[" + entry + "," + entry + "]}");
        assertThat(frame(TailForm.of(null), List.of(new DroppedRow(7, STREAM), new DroppedRow(8, STREAM))))
                .endsWith("],\"dropped_entries\":[{\"timestamp\":\"7\",\"labels\":{\"app\":\"web\"}},{\"timestamp\":\"8\",\"labels\":{\"app\":\"web\"}}]}");
        String categorized = frame(TailForm.of("categorize-labels"), List.of(new DroppedRow(7, STREAM)));
        assertThat(categorized)
                .startsWith("{\"streams\":[{\"stream\":{\"app\":\"web\"},\"values\":[[\"1700000000000000005\",\"\\u003c\\\"line\\\"\\u003e\","
                        + "{\"structuredMetadata\":{\"trace\":\"7\"},\"parsed\":{\"status\":\"200\"}}]]},")
                .endsWith("}],\"encodingFlags\":[\"categorize-labels\"]}");
    }

    @Test
    void oldFramesAreLokis() throws Exception {
        String entry = "{\"labels\":\"{app=\\\"web\\\", status=\\\"200\\\", trace=\\\"7\\\"}\","
                + "\"entries\":[{\"ts\":\"2023-11-14T22:13:20.000000005Z\",\"line\":\"\\u003c\\\"line\\\"\\u003e\"}]}";
        assertThat(frame(TailForm.LEGACY, List.of())).isEqualTo("{\"streams\":[" + entry + "," + entry + "],\"dropped_entries\":null}");
        assertThat(frame(TailForm.LEGACY, List.of(new DroppedRow(1_000_000_000L, STREAM))))
                .endsWith(",\"dropped_entries\":[{\"Timestamp\":\"1970-01-01T00:00:01Z\",\"Labels\":\"{app=\\\"web\\\"}\"}]}");
    }

    @Test
    void longTextsLeaveTheWriterAsItWas() throws Exception {
        TailJson json = new TailJson(TailForm.of(null));
        byte[] large = "y".repeat(300_000).getBytes(StandardCharsets.UTF_8);
        assertThat(json.entry(1, large, 0, large.length, LABELS).length).isGreaterThan(300_000);
        assertThat(new String(json.entry(1, LINE, 0, 1, LABELS), StandardCharsets.UTF_8)).endsWith("[[\"1\",\"x\"]]}");
    }

    @Test
    void numbersAreKnownAgain() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Set<Long> expected = new HashSet<>();
        LongSet set = new LongSet();
        for (int i = 0; i < 20_000; i++) {
            long value = random.nextInt(4) == 0 ? random.nextInt(100) - 50 : random.nextLong();
            assertThat(set.add(value)).as("seed %d", seed).isEqualTo(expected.add(value));
        }
        assertThat(set.size()).isEqualTo(expected.size());
        expected.forEach(value -> assertThat(set.contains(value)).isTrue());
        assertThat(set.contains(random.nextLong() | 1L << 40)).isFalse();
    }

    @Test
    void theLastRowsAreKnownAgain() {
        RecentRows recent = new RecentRows(100);
        for (long i = 0; i < 1000; i++) {
            assertThat(recent.add(i)).isTrue();
            for (long back = Math.max(0, i - 99); back <= i; back += 9) {
                assertThat(recent.add(back)).as("%d after %d", back, i).isFalse();
            }
        }
        assertThat(recent.add(0)).as("forgotten").isTrue();
    }

    @Test
    void rowsDifferInStreamTimeLineAndLabels() {
        RowIds ids = new RowIds();
        long id = ids.of(1, 2, LINE, 0, LINE.length, LABELS);
        assertThat(ids.of(1, 2, LINE.clone(), 0, LINE.length, new ResultLabels(LABELS.all(), STREAM, METADATA, PARSED))).isEqualTo(id);
        assertThat(Set.of(
                        id,
                        ids.of(2, 2, LINE, 0, LINE.length, LABELS),
                        ids.of(1, 3, LINE, 0, LINE.length, LABELS),
                        ids.of(2, 1, LINE, 0, LINE.length, LABELS),
                        ids.of(1, 2, LINE, 0, LINE.length - 1, LABELS),
                        ids.of(1, 2, LINE, 0, LINE.length, new ResultLabels(STREAM, STREAM, Labels.EMPTY, Labels.EMPTY))))
                .hasSize(6);
    }

    @Test
    void reasonsFitIntoACloseFrame() {
        assertThat(TailSession.cut("short")).isEqualTo("short");
        assertThat(TailSession.cut("x".repeat(123))).hasSize(123);
        assertThat(TailSession.cut("x".repeat(500))).hasSize(123);
        String cut = TailSession.cut("é".repeat(100));
        assertThat(cut).isEqualTo("é".repeat(61));
        assertThat(cut.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(WebSocket.MAX_REASON_BYTES);
        assertThat(TailSession.cut("x" + "😀".repeat(40))).isEqualTo("x" + "😀".repeat(30));
    }
}
