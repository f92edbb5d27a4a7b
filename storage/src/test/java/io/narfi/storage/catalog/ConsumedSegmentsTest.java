package io.narfi.storage.catalog;

import static io.narfi.storage.catalog.Blocks.range;
import static io.narfi.storage.catalog.Blocks.writer;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.storage.segment.SegmentId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConsumedSegmentsTest {
    private static final int WRITERS = 3;
    private static final int SEQUENCES = 40;

    /** Random operations against a map from id to its times. */
    @Test
    void doesWhatASetWould() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            ConsumedSegments segments = ConsumedSegments.EMPTY;
            Map<SegmentId, long[]> model = new HashMap<>();
            for (int step = 1; step <= 40; step++) {
                SegmentRange range = range(random.nextInt(WRITERS), 0, 1);
                long from = random.nextInt(SEQUENCES);
                range = new SegmentRange(range.writer(), from, from + 1 + random.nextInt(5));
                List<SegmentId> ids = ids(range);
                String context = "seed " + seed + " round " + round + " step " + step;
                boolean all = model.keySet().containsAll(ids);
                boolean any = ids.stream().anyMatch(model::containsKey);
                assertThat(segments.containsAll(range)).as(context).isEqualTo(all);
                assertThat(segments.overlaps(range)).as(context).isEqualTo(any);
                long time = step;
                switch (random.nextInt(3)) {
                    case 0 -> {
                        if (!any) {
                            segments = segments.withConsumed(List.of(range), time);
                            ids.forEach(id -> model.put(id, new long[] {time, 0}));
                        } else {
                            ConsumedSegments before = segments;
                            SegmentRange again = range;
                            assertThatThrownBy(() -> before.withConsumed(List.of(again), time)).isInstanceOf(IllegalArgumentException.class);
                        }
                    }
                    case 1 -> {
                        if (all) {
                            segments = segments.withDeleted(List.of(range), time);
                            ids.forEach(id -> requireNonNull(model.get(id))[1] = time);
                        }
                    }
                    default -> {
                        if (all) {
                            segments = segments.withForgotten(List.of(range));
                            ids.forEach(model::remove);
                        }
                    }
                }
                check(segments, model, context);
            }
        }
    }

    private static void check(ConsumedSegments segments, Map<SegmentId, long[]> model, String context) {
        for (int w = 0; w < WRITERS; w++) {
            for (long s = 0; s < SEQUENCES + 6; s++) {
                SegmentId id = new SegmentId(writer(w), s);
                assertThat(segments.contains(id)).as("%s %s", context, id).isEqualTo(model.containsKey(id));
                assertThat(segments.coverage().stream().anyMatch(r -> r.contains(id)))
                        .as("%s %s", context, id)
                        .isEqualTo(model.containsKey(id));
            }
        }
        segments.writers().forEach((writer, ranges) -> {
            for (int i = 0; i < ranges.size(); i++) {
                ConsumedSegments.Range r = ranges.get(i);
                for (long s = r.from(); s < r.to(); s++) {
                    long[] times = requireNonNull(model.get(new SegmentId(writer, s)));
                    assertThat(r.deletedAt() != 0).as("%s %s", context, r).isEqualTo(times[1] != 0);
                    assertThat(r.deletedAt()).as("%s %s", context, r).isGreaterThanOrEqualTo(times[1]);
                    assertThat(r.consumedAt()).as("%s %s", context, r).isGreaterThanOrEqualTo(times[0]);
                }
            }
        });
    }

    private static List<SegmentId> ids(SegmentRange range) {
        List<SegmentId> ids = new ArrayList<>();
        for (long s = range.from(); s < range.to(); s++) {
            ids.add(new SegmentId(range.writer(), s));
        }
        return ids;
    }

    @Test
    void deletedPastOfALivingWriterIsOneRange() {
        ConsumedSegments segments = ConsumedSegments.EMPTY;
        for (int i = 0; i < 100; i++) {
            segments = segments.withConsumed(List.of(range(0, 10L * i, 10L * i + 10)), 1000 + i);
        }
        assertThat(segments.ranges()).isEqualTo(100);
        assertThat(segments.coverage()).containsExactly(range(0, 0, 1000));
        segments = segments.withDeleted(List.of(range(0, 0, 500)), 5000).withDeleted(List.of(range(0, 500, 800)), 6000);
        assertThat(segments.writers().get(writer(0))).hasSize(21).startsWith(new ConsumedSegments.Range(0, 800, 1079, 6000));
    }

    @Test
    void rangesOfIdsAreExact() {
        assertThat(SegmentRange.of(List.of(
                        new SegmentId(writer(1), 7), new SegmentId(writer(0), 2), new SegmentId(writer(0), 0), new SegmentId(writer(0), 1))))
                .containsExactly(range(0, 0, 3), range(1, 7, 8));
    }
}
