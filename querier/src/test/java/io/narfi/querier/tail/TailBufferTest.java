package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Durations;
import io.narfi.common.Labels;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a tail hands out of what it is offered. */
class TailBufferTest {
    private static final Labels LABELS = Labels.of("app", "web");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicLong time = new AtomicLong(1_000 * Durations.SECOND);
    private final TailMemory memory = new TailMemory(1 << 20);

    private Tail tail(long delayNanos) {
        TailQuery query = new TailQuery("fake", "{app=\"web\"}", TailForm.of(null));
        return new Tail(query, delayNanos, () -> Instant.ofEpochSecond(0, time.get()), time::get, new TailMetrics(registry));
    }

    private static TailRow row(long time, long number) {
        return new TailRow(time, time * 31 + 7, number, LABELS, Long.toString(time).getBytes(StandardCharsets.UTF_8));
    }

    private static List<TailRow> rows(long from, long to, long number) {
        return LongStream.range(from, to).mapToObj(t -> row(t, number)).toList();
    }

    private void offer(Tail tail, List<TailRow> rows) {
        TailBatch batch = requireNonNull(TailBatch.of(rows, memory), "no memory");
        tail.offer(batch);
        batch.release();
    }

    private static @Nullable TailFrame next(Tail tail) throws Exception {
        return tail.next(0);
    }

    private static List<Long> drain(Tail tail) throws Exception {
        List<Long> times = new ArrayList<>();
        for (TailFrame frame = next(tail); frame != null; frame = next(tail)) {
            frame.rows().forEach(row -> times.add(row.time()));
        }
        return times;
    }

    private static List<Long> times(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    @Test
    void theHistoryComesFirstAndNothingTwice() throws Exception {
        Tail tail = tail(0);
        offer(tail, rows(0, 5, 1));
        tail.joins(3);
        offer(tail, rows(0, 5, 2));
        // A copy of a row of the history, and one that is new.
        offer(tail, List.of(row(9, 3), row(10, 3)));
        assertThat(next(tail)).as("before the history is there").isNull();
        tail.begin(rows(5, 10, 0), memory);
        assertThat(drain(tail)).containsExactlyElementsOf(times(5, 11));
        offer(tail, rows(11, 13, 4));
        assertThat(drain(tail)).containsExactly(11L, 12L);
        assertThat(memory.used()).isZero();
    }

    @Test
    void framesHaveAtMostAHundredRows() throws Exception {
        Tail tail = tail(0);
        tail.joins(1);
        tail.begin(rows(0, 150, 0), memory);
        offer(tail, rows(150, 320, 1));
        List<Integer> sizes = new ArrayList<>();
        for (TailFrame frame = next(tail); frame != null; frame = next(tail)) {
            sizes.add(frame.rows().size());
        }
        assertThat(sizes).containsExactly(100, 100, 100, 20);
    }

    @Test
    void framesEndWithTheRowThatMakesThemLong() throws Exception {
        Tail tail = tail(0);
        tail.joins(1);
        tail.begin(List.of(), memory);
        TailMemory large = new TailMemory(10 << 20);
        byte[] text = new byte[TailFrame.MAX_BYTES / 2];
        List<TailRow> rows = LongStream.range(0, 5).mapToObj(t -> new TailRow(t, t, 1, LABELS, text)).toList();
        TailBatch batch = requireNonNull(TailBatch.of(rows, large));
        tail.offer(batch);
        batch.release();
        assertThat(requireNonNull(next(tail)).rows()).hasSize(2);
        assertThat(requireNonNull(next(tail)).rows()).hasSize(2);
        assertThat(requireNonNull(next(tail)).rows()).hasSize(1);
        assertThat(large.used()).isZero();
    }

    @Test
    void whatComesWhileTenFramesWaitIsDropped() throws Exception {
        Tail tail = tail(0);
        tail.joins(1);
        tail.begin(List.of(), memory);
        // A burst is taken whole if it comes before that.
        offer(tail, rows(0, 999, 1));
        offer(tail, rows(999, 1500, 2));
        offer(tail, rows(1500, 3500, 3));
        assertThat(registry.get("narfi_tail_entries_dropped_total").counter().count()).isEqualTo(2000);
        TailFrame frame = requireNonNull(next(tail));
        assertThat(frame.rows()).hasSize(100);
        assertThat(frame.dropped()).hasSize(Tail.MAX_REMEMBERED).allSatisfy(row -> assertThat(row.labels()).isEqualTo(LABELS));
        assertThat(frame.dropped().getFirst().time()).isEqualTo(1500);
        assertThat(requireNonNull(next(tail)).dropped()).as("told once").isEmpty();
        assertThat(drain(tail)).containsExactlyElementsOf(times(200, 1500));
        offer(tail, rows(4000, 4001, 4));
        assertThat(drain(tail)).containsExactly(4000L);
        assertThat(memory.used()).isZero();
    }

    @Test
    void fewLargeRowsAreBoundedByTheirBytes() throws Exception {
        Tail tail = tail(0);
        tail.joins(1);
        tail.begin(List.of(), memory);
        TailMemory large = new TailMemory(64 << 20);
        byte[] text = new byte[1 << 20];
        for (long t = 0; t < 6; t++) {
            TailBatch batch = requireNonNull(TailBatch.of(List.of(new TailRow(t, t, 1, LABELS, text)), large));
            tail.offer(batch);
            batch.release();
        }
        assertThat(tail.waitingBytes()).isEqualTo(large.used()).isBetween(4L << 20, 5L << 20);
        tail.shed();
        assertThat(large.used()).isZero();
        assertThat(tail.waitingBytes()).isZero();
        TailFrame frame = requireNonNull(next(tail));
        assertThat(frame.rows()).isEmpty();
        assertThat(frame.dropped()).extracting(DroppedRow::time).containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void rowsThatFoundNoMemoryAreNamed() throws Exception {
        Tail tail = tail(0);
        tail.joins(2);
        tail.begin(List.of(), memory);
        assertThat(TailBatch.of(rows(0, 100_000, 2), memory)).isNull();
        assertThat(memory.used()).isZero();
        tail.drop(List.of(row(1, 1), row(2, 2)));
        TailFrame frame = requireNonNull(next(tail));
        assertThat(frame.rows()).isEmpty();
        assertThat(frame.dropped()).containsExactly(new DroppedRow(2, LABELS));
    }

    @Test
    void rowsWaitForOthersThatMayBeOlder() throws Exception {
        long second = Durations.SECOND;
        long start = time.get();
        Tail tail = tail(2 * second);
        tail.joins(1);
        tail.begin(List.of(), memory);
        offer(tail, List.of(row(start, 1), row(start + 600 * second, 1)));
        assertThat(drain(tail)).isEmpty();
        time.addAndGet(second);
        offer(tail, List.of(row(start - second / 2, 2)));
        assertThat(drain(tail)).isEmpty();
        time.addAndGet(second / 2);
        assertThat(drain(tail)).containsExactly(start - second / 2);
        assertThat(memory.used()).isPositive();
        time.addAndGet(second / 2);
        // A time in the future counts as that of the arrival.
        assertThat(drain(tail)).containsExactly(start, start + 600 * second);
        assertThat(memory.used()).isZero();
    }

    @Test
    void closingGivesUpWhatWaits() throws Exception {
        for (long delay : new long[] {0, Durations.SECOND}) {
            Tail tail = tail(delay);
            tail.joins(1);
            tail.begin(rows(0, 10, 0), memory);
            offer(tail, rows(time.get(), time.get() + 250, 1));
            assertThat(requireNonNull(next(tail)).rows()).isNotEmpty();
            tail.close();
            offer(tail, rows(0, 10, 2));
            tail.drop(rows(0, 10, 2));
            assertThat(memory.used()).isZero();
        }
    }

    @Test
    void aFailureReachesTheClient() {
        Tail tail = tail(0);
        tail.fail("first");
        tail.fail("second");
        assertThatThrownBy(() -> tail.next(Long.MAX_VALUE / 4)).isInstanceOf(TailEndedException.class).hasMessage("first");
    }
}
