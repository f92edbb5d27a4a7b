package io.narfi.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.StreamSlice.PageInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MergeCursorTest {
    private static final Labels LABELS = Labels.of("app", "a");

    /** A slice in memory with pages of a few rows; writes down which columns were asked for. */
    private static final class MemorySlice implements StreamSlice {
        private final List<EntryBatch> pages = new ArrayList<>();
        private final List<Columns> scans = new ArrayList<>();

        MemorySlice(List<StoredRow> rows, int pageRows) {
            for (int from = 0; from < rows.size(); from += pageRows) {
                pages.add(StoredRow.batch(rows.subList(from, Math.min(rows.size(), from + pageRows))));
            }
        }

        @Override
        public Labels labels() {
            return LABELS;
        }

        @Override
        public long minTime() {
            return pages.getFirst().timestamps[0];
        }

        @Override
        public long maxTime() {
            return pages.getLast().timestamps[pages.getLast().end - 1];
        }

        @Override
        public long rows() {
            return pages.stream().mapToLong(EntryBatch::size).sum();
        }

        @Override
        public long lineBytes() {
            return 0;
        }

        @Override
        public long metadataBytes() {
            return 0;
        }

        @Override
        public List<PageInfo> pages() {
            return pages.stream().map(b -> new PageInfo(b.timestamps[0], b.timestamps[b.end - 1], b.size(), 0, 0)).toList();
        }

        @Override
        public BatchCursor scan(ScanRequest request) {
            scans.add(request.columns());
            List<EntryBatch> batches = new ArrayList<>();
            for (EntryBatch page : pages) {
                EntryBatch part = page.slice(page.firstAtOrAfter(request.from()), Math.max(page.firstAtOrAfter(request.from()), page.firstAtOrAfter(request.to())));
                if (!part.isEmpty()) {
                    batches.add(request.columns() == Columns.TIMESTAMPS
                            ? new EntryBatch(part.timestamps, null, null, null, null, part.start, part.end)
                            : part);
                }
            }
            if (request.direction() == Direction.BACKWARD) {
                Collections.reverse(batches);
            }
            var iterator = batches.iterator();
            return new BatchCursor() {
                @Override
                public @Nullable EntryBatch next() {
                    return iterator.hasNext() ? iterator.next() : null;
                }

                @Override
                public void close() {}
            };
        }
    }

    private static StreamGroup group(List<MemorySlice> slices) {
        return new StreamGroup(LABELS, new ArrayList<>(slices));
    }

    private static StoredRow row(long time, String line) {
        return new StoredRow(time, line, Labels.EMPTY);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void mergesLikeASetOfRows(long seed) throws Exception {
        for (int round = 0; round < 60; round++) {
            RandomRows rows = new RandomRows(seed * 1000 + round);
            Random random = rows.random();
            int span = 1 + random.nextInt(random.nextBoolean() ? 20 : 3000);
            List<StoredRow> all = new ArrayList<>();
            for (int i = 1 + random.nextInt(400); i > 0; i--) {
                all.add(new StoredRow(random.nextInt(span), "line " + random.nextInt(6), rows.metadata(random.nextInt(4) == 0 ? 3 : 0)));
            }
            List<MemorySlice> slices = new ArrayList<>();
            List<StoredRow> inOrder = new ArrayList<>();
            for (int s = 1 + random.nextInt(6); s > 0; s--) {
                int low = random.nextInt(span);
                int high = low + 1 + random.nextInt(span);
                List<StoredRow> part = RandomRows.stored(all.stream()
                        .filter(r -> r.timestamp() >= low && r.timestamp() < high && random.nextInt(3) > 0)
                        .toList());
                if (!part.isEmpty()) {
                    slices.add(new MemorySlice(part, 1 + random.nextInt(300)));
                    inOrder.addAll(part);
                }
            }
            if (slices.isEmpty()) {
                continue;
            }
            long from = random.nextInt(3) == 0 ? random.nextInt(span) : 0;
            long to = random.nextInt(3) == 0 ? random.nextInt(2 * span) : 2L * span;
            List<StoredRow> expected = new ArrayList<>(new LinkedHashSet<>(inOrder));
            expected.removeIf(r -> r.timestamp() < from || r.timestamp() >= to);
            expected.sort(Comparator.comparingLong(StoredRow::timestamp));

            StreamGroup group = group(slices);
            assertThat(StoredRow.read(group.scan(new ScanRequest(from, to, Direction.FORWARD, Columns.LINES)), Direction.FORWARD))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(expected);
            List<StoredRow> backward =
                    StoredRow.read(group.scan(new ScanRequest(from, to, Direction.BACKWARD, Columns.LINES)), Direction.BACKWARD);
            assertThat(backward).as("seed %d, round %d", seed, round).isSortedAccordingTo(Comparator.comparingLong(StoredRow::timestamp));
            assertThat(backward).as("seed %d, round %d", seed, round).containsExactlyInAnyOrderElementsOf(expected);
            for (Direction direction : Direction.values()) {
                assertThat(times(group.scan(new ScanRequest(from, to, direction, Columns.TIMESTAMPS))))
                        .as("seed %d, round %d", seed, round)
                        .containsExactlyInAnyOrderElementsOf(expected.stream().map(StoredRow::timestamp).toList());
            }
            checkParts(group, from, to);
        }
    }

    private static void checkParts(StreamGroup group, long from, long to) throws Exception {
        long previous = Long.MIN_VALUE;
        long rows = 0;
        for (StreamGroup.Part part : group.parts(from, to)) {
            assertThat(part.minTime()).isGreaterThan(previous);
            previous = part.maxTime();
            rows += part.pages().stream().mapToLong(PageInfo::rows).sum();
            for (PageInfo page : part.pages()) {
                assertThat(Math.max(page.minTime(), from)).isGreaterThanOrEqualTo(part.minTime());
                assertThat(Math.min(page.maxTime(), to - 1)).isLessThanOrEqualTo(part.maxTime());
            }
        }
        long inRange = 0;
        for (StreamSlice slice : group.slices()) {
            for (PageInfo page : slice.pages()) {
                inRange += from < to && page.maxTime() >= from && page.minTime() < to ? page.rows() : 0;
            }
        }
        assertThat(rows).isEqualTo(inRange);
    }

    private static List<Long> times(BatchCursor cursor) throws Exception {
        List<Long> times = new ArrayList<>();
        try (cursor) {
            for (EntryBatch batch = cursor.next(); batch != null; batch = cursor.next()) {
                for (int row = batch.start; row < batch.end; row++) {
                    times.add(batch.timestamps[row]);
                }
            }
        }
        return times;
    }

    @Test
    void passesBatchesOnWhereNothingOverlaps() throws Exception {
        MemorySlice early = new MemorySlice(List.of(row(1, "a"), row(2, "b")), 1);
        MemorySlice late = new MemorySlice(List.of(row(3, "a"), row(4, "b")), 2);
        List<EntryBatch> batches = new ArrayList<>();
        try (BatchCursor cursor = group(List.of(late, early)).scan(new ScanRequest(0, 9, Direction.FORWARD, Columns.LENGTHS))) {
            for (EntryBatch batch = cursor.next(); batch != null; batch = cursor.next()) {
                batches.add(batch);
            }
        }
        assertThat(batches).containsExactly(early.pages.get(0), early.pages.get(1), late.pages.get(0));
        assertThat(early.scans).containsExactly(Columns.LENGTHS);
        assertThat(late.scans).containsExactly(Columns.LENGTHS);
    }

    @Test
    void passesLongRunsOnInsideAnOverlap() throws Exception {
        List<StoredRow> many = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            many.add(row(2L * i, "x" + i));
        }
        MemorySlice one = new MemorySlice(many, 1000);
        MemorySlice other = new MemorySlice(List.of(row(999, "between")), 1);
        List<EntryBatch> batches = new ArrayList<>();
        try (BatchCursor cursor = group(List.of(one, other)).scan(ScanRequest.everything())) {
            for (EntryBatch batch = cursor.next(); batch != null; batch = cursor.next()) {
                batches.add(batch);
            }
        }
        assertThat(batches).extracting(EntryBatch::size).containsExactly(500, 1, 500);
        assertThat(batches.getFirst().lines).isSameAs(one.pages.getFirst().lines);
        assertThat(batches.getLast().lines).isSameAs(one.pages.getFirst().lines);
    }

    @Test
    void readsLinesOnlyIfATimeOccursTwice() throws Exception {
        MemorySlice even = new MemorySlice(List.of(row(2, "a"), row(4, "b")), 2);
        MemorySlice odd = new MemorySlice(List.of(row(3, "a"), row(5, "b")), 2);
        assertThat(times(group(List.of(even, odd)).scan(new ScanRequest(0, 9, Direction.FORWARD, Columns.TIMESTAMPS))))
                .containsExactly(2L, 3L, 4L, 5L);
        assertThat(even.scans).containsOnly(Columns.TIMESTAMPS);

        MemorySlice same = new MemorySlice(List.of(row(2, "a"), row(4, "other")), 2);
        even.scans.clear();
        assertThat(times(group(List.of(even, same)).scan(new ScanRequest(0, 9, Direction.FORWARD, Columns.TIMESTAMPS))))
                .containsExactly(2L, 4L, 4L);
        assertThat(even.scans).containsExactly(Columns.TIMESTAMPS, Columns.LINES);
    }

    @Test
    void remembersABoundedNumberOfRowsOfOneTime() throws Exception {
        List<StoredRow> rows = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            rows.add(row(7, "line " + i));
        }
        List<StreamSlice> twice = List.of(new MemorySlice(rows, 1000), new MemorySlice(rows, 999));
        assertThat(count(new OverlapCursor(twice, ScanRequest.everything(), 10_000))).isEqualTo(10_000);
        assertThat(count(new OverlapCursor(twice, ScanRequest.everything(), 4_000))).isEqualTo(16_000);
    }

    private static long count(BatchCursor cursor) throws Exception {
        return times(cursor).size();
    }

    @Test
    void groupsStreamsOfSourcesInOrderOfTheirHashes() throws Exception {
        MemorySlice a = new MemorySlice(List.of(row(1, "a")), 1);
        MemorySlice b = new MemorySlice(List.of(row(2, "b")), 1);
        RowSource first = source("first", a);
        RowSource second = source("second", b);
        List<StreamGroup> groups = RowSources.mergeByStream(List.of(second, first), Selection.everything("t"));
        assertThat(groups).hasSize(1);
        assertThat(groups.getFirst().slices()).containsExactly(b, a);
        assertThat(groups.getFirst().minTime()).isEqualTo(1);
        assertThat(groups.getFirst().maxTime()).isEqualTo(2);
        assertThat(new HashMap<>(groups.getFirst().labels().toMap())).containsEntry("app", "a");
    }

    private static RowSource source(String key, StreamSlice slice) {
        return new RowSource() {
            @Override
            public String key() {
                return key;
            }

            @Override
            public List<StreamSlice> select(Selection selection) {
                return List.of(slice);
            }
        };
    }
}
