package io.narfi.querier.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Durations;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.segment.SegmentId;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final long DAY = Durations.DAY;
    private static final long MIB = 1 << 20;

    @Test
    void leavesASmallQueryWhole() {
        Planner planner = new Planner(256 * MIB, 64 * MIB, 64);
        TenantSources sources = NoDeletes.sources(List.of(block(1, 0, DAY - 1, MIB), block(2, 0, DAY - 1, MIB)), List.of());
        List<TimeSlice> slices = planner.plan(sources, Long.MIN_VALUE, Long.MAX_VALUE, Planner.Cut.FINE);
        assertThat(slices).hasSize(1);
        TaskScope task = slices.getFirst().tasks().getFirst();
        assertThat(slices.getFirst().tasks()).hasSize(1);
        assertThat(task.from()).isEqualTo(DAY);
        assertThat(task.to()).isEqualTo(3 * DAY);
        assertThat(task.minHash()).isZero();
        assertThat(task.maxHash()).isEqualTo(-1);
        assertThat(task.blocks()).hasSize(2);
    }

    @Test
    void findsNothingToDo() {
        Planner planner = new Planner(MIB, 0, 4);
        assertThat(planner.plan(NoDeletes.sources(List.of(), List.of()), 0, 100, Planner.Cut.FINE)).isEmpty();
        TenantSources past = NoDeletes.sources(List.of(block(1, 0, 100, MIB)), List.of());
        assertThat(planner.plan(past, 5 * DAY, 6 * DAY, Planner.Cut.FINE)).isEmpty();
    }

    @Test
    void coversEveryStreamAndMomentOnce() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<BlockMeta> blocks = new ArrayList<>();
            List<SegmentSpan> segments = new ArrayList<>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                long min = random.nextLong(DAY);
                blocks.add(block(random.nextInt(4), min, min + random.nextLong(DAY - min), random.nextLong(1000 * MIB)));
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                long min = random.nextLong(4 * DAY);
                SegmentId id = new SegmentId("01ARZ3NDEKTSV4RRFFQ69G5FAV", i);
                segments.add(new SegmentSpan(new SegmentRef(id, 10), min, min + random.nextLong(DAY), random.nextLong(100 * MIB)));
            }
            long from = random.nextLong(4 * DAY);
            long to = from + 1 + random.nextLong(3 * DAY);
            Planner planner = new Planner(1 + random.nextLong(300 * MIB), random.nextLong(100 * MIB), 1 << random.nextInt(7));
            Planner.Cut cut = random.nextBoolean() ? Planner.Cut.FINE : Planner.Cut.COARSE;
            List<TimeSlice> slices = planner.plan(NoDeletes.sources(blocks, segments), from, to, cut);
            for (int probe = 0; probe < 100; probe++) {
                long hash = random.nextLong();
                long time = from + random.nextLong(to - from);
                List<TaskScope> hit = slices.stream()
                        .flatMap(s -> s.tasks().stream())
                        .filter(t -> t.from() <= time && time < t.to())
                        .filter(t -> Long.compareUnsigned(t.minHash(), hash) <= 0 && Long.compareUnsigned(hash, t.maxHash()) <= 0)
                        .toList();
                List<BlockMeta> needed = blocks.stream().filter(b -> b.minTime() <= time && time <= b.maxTime()).toList();
                List<SegmentSpan> fresh = segments.stream()
                        .filter(s -> s.minTime() <= time && time <= s.maxTime())
                        .toList();
                assertThat(hit.size()).as("seed %d", seed).isLessThanOrEqualTo(1);
                if (!needed.isEmpty() || !fresh.isEmpty()) {
                    assertThat(hit).as("seed %d", seed).hasSize(1);
                    assertThat(hit.getFirst().blocks()).as("seed %d", seed).containsAll(needed);
                    assertThat(hit.getFirst().segments()).as("seed %d", seed).containsAll(fresh);
                }
            }
            for (int i = 1; i < slices.size(); i++) {
                assertThat(slices.get(i).from()).as("seed %d", seed).isGreaterThanOrEqualTo(slices.get(i - 1).to());
            }
        }
    }

    @Test
    void cutsFineOnlyAsFarAsWorthwhile() {
        Planner planner = new Planner(256 * MIB, 64 * MIB, 64);
        TenantSources sources = NoDeletes.sources(List.of(block(1, 0, DAY - 1, 100 * 1024 * MIB)), List.of());
        List<TimeSlice> fine = planner.plan(sources, DAY, 2 * DAY, Planner.Cut.FINE);
        assertThat(fine).hasSize(24);
        assertThat(fine.getFirst().tasks()).hasSize(32);
        List<TimeSlice> coarse = planner.plan(sources, DAY, 2 * DAY, Planner.Cut.COARSE);
        assertThat(coarse).hasSize(1);
        assertThat(coarse.getFirst().tasks()).hasSize(64);
        TenantSources oneGigabyte = NoDeletes.sources(List.of(block(1, 0, DAY - 1, 1024 * MIB)), List.of());
        assertThat(planner.plan(oneGigabyte, DAY, 2 * DAY, Planner.Cut.FINE)).hasSize(4);
    }

    private static BlockMeta block(int day, long min, long max, long bytes) {
        LocalDate date = LocalDate.ofEpochDay(day);
        return new BlockMeta("a", "b" + day + "-" + min + "-" + bytes, date, 1, day * DAY + min, day * DAY + max, 1, bytes, 0, 1, 1, 0, 0);
    }
}
