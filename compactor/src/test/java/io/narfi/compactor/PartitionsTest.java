package io.narfi.compactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.segment.FrameCache;
import io.narfi.storage.segment.SegmentId;
import io.narfi.storage.segment.SegmentReader;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PartitionsTest {
    private static final long NANOS_PER_DAY = 86_400_000_000_000L;
    private static final long WEEK_SECONDS = 7 * 86_400;

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final RetentionPolicy policy = new RetentionPolicy(
            0, List.of(new RetentionPolicy.Rule(List.of(new LabelMatcher("app", LabelMatcher.Op.EQUAL, "1")), 1, WEEK_SECONDS)));

    private SegmentReader segment(int number, List<Row> rows) throws IOException {
        SegmentId id = new SegmentId(Bucket.writer(number), 0);
        Bucket.putSegment(store, id, Map.of("t", rows));
        return SegmentReader.open(id.key(), store.get(id.key(), 64 << 20), new FrameCache(1 << 20));
    }

    @Test
    void daysOfTime() {
        assertThat(Partition.dayOf(0)).isEqualTo(LocalDate.EPOCH);
        assertThat(Partition.dayOf(-1)).isEqualTo(LocalDate.EPOCH.minusDays(1));
        assertThat(Partition.dayOf(NANOS_PER_DAY)).isEqualTo(LocalDate.EPOCH.plusDays(1));
        assertThat(Partition.startOf(LocalDate.EPOCH.plusDays(2))).isEqualTo(2 * NANOS_PER_DAY);
        assertThat(Partition.endOf(LocalDate.EPOCH.minusDays(1))).isZero();
        assertThat(Partition.startOf(Partition.dayOf(Long.MIN_VALUE))).isEqualTo(Long.MIN_VALUE);
        assertThat(Partition.endOf(Partition.dayOf(Long.MAX_VALUE))).isEqualTo(Long.MAX_VALUE);
    }

    /** Rows years apart in one page: a pass for each day between would take for ever. */
    @Test
    void onlyDaysThatHaveRows() throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        TreeSet<Partition> expected = new TreeSet<>();
        List<SegmentReader> segments = new ArrayList<>();
        for (int s = 0; s < 5; s++) {
            List<Row> rows = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Labels stream = Labels.of("app", Integer.toString(random.nextInt(3)));
                long day = random.nextInt(3) == 0 ? random.nextInt(20_000) : 20_000 + random.nextInt(3);
                rows.add(new Row(stream, day * NANOS_PER_DAY + random.nextLong(NANOS_PER_DAY), "x"));
                expected.add(new Partition(LocalDate.ofEpochDay(day), stream.getOrEmpty("app").equals("1") ? WEEK_SECONDS : 0));
            }
            segments.add(segment(s, rows));
        }
        assertThat(Partitions.of(new HashShards(segments, 15), "t", policy)).as("seed %d", seed).isEqualTo(expected);
    }

    @Test
    void shardsTogetherAreEverythingInOrder() throws IOException {
        List<SegmentReader> segments = new ArrayList<>();
        for (int s = 0; s < 4; s++) {
            List<Row> rows = new ArrayList<>();
            for (int i = s; i < 300; i += 1 + s) {
                rows.add(new Row(Labels.of("app", Integer.toString(i)), 1, "x"));
            }
            segments.add(segment(s, rows));
        }
        List<Labels> whole = labels(new HashShards(segments, 600));
        assertThat(whole).hasSize(300).doesNotHaveDuplicates();
        assertThat(labels(new HashShards(segments, 600, 10))).isEqualTo(whole);
        assertThat(labels(new HashShards(segments, Long.MAX_VALUE, 1))).as("bounded").isEqualTo(whole);
    }

    private static List<Labels> labels(HashShards shards) throws IOException {
        List<Labels> labels = new ArrayList<>();
        shards.forEach("t", Long.MIN_VALUE, Long.MAX_VALUE, stream -> labels.add(stream.labels()));
        return labels;
    }
}
