package io.narfi.compactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Ulids;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.LiveSegment;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CompactionPlannerTest {
    private static final long MIB = 1 << 20;

    private final FakeClock clock = new FakeClock();
    private final Ulids ulids = new Ulids(clock);
    private final CompactorConfig config = CompactorConfig.defaults(Path.of("unused"));
    private final CompactionPlanner planner = new CompactionPlanner(config);
    private final Catalog catalog =
            new Catalog(new InMemoryObjectStore(256 << 20, clock), "test", clock, new SimpleMeterRegistry());

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    private BlockMeta block(LocalDate day, long size, int level, long retention) {
        long start = day.toEpochDay() * 86_400_000_000_000L;
        return new BlockMeta("t", ulids.next(), day, level, start, start + 1, 10, 100, 0, 1, size, size - 10, retention);
    }

    private CatalogState add(BlockMeta... blocks) throws IOException {
        return catalog.commit(CatalogChange.because("test").add(List.of(blocks)).build(), catalog.refresh(), 0);
    }

    private List<MergePlan> plan(CatalogState state) {
        return planner.planMerges(state, b -> true, clock.millis());
    }

    private CatalogState apply(MergePlan plan, CatalogState state) throws IOException {
        BlockMeta out = block(plan.day(), plan.size(), plan.level(), plan.retentionSeconds());
        return catalog.commit(CatalogChange.because("merge").add(List.of(out)).remove(plan.inputs()).build(), state, 0);
    }

    private LiveSegment segment(long sequence, long size, long age) {
        return new LiveSegment(new SegmentId(Bucket.writer(0), sequence), size, clock.millis() - age);
    }

    @Test
    void aRoundWaitsForBytesOrAge() {
        assertThat(planner.planRound(List.of(), 5, clock.millis(), true)).isEmpty();
        List<LiveSegment> little = List.of(segment(0, MIB, 29_000), segment(1, MIB, 1_000));
        assertThat(planner.planRound(little, 5, clock.millis(), false)).isEmpty();
        assertThat(planner.planRound(little, 5, clock.millis(), true)).hasSize(2);
        assertThat(planner.planRound(little, 32, clock.millis(), false)).as("64 MiB of lines").hasSize(2);
        assertThat(planner.planRound(List.of(segment(0, 10, 30_000)), 5, clock.millis(), false)).hasSize(1);
    }

    @Test
    void aRoundIsBoundedAndTakesTheOldest() {
        List<LiveSegment> many = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            many.add(segment(i, 4 * MIB, 1000L * i));
        }
        List<LiveSegment> round = planner.planRound(many, 4, clock.millis(), false);
        assertThat(round).hasSize(8).startsWith(many.get(99), many.get(98));
        assertThat(planner.planRound(List.of(segment(0, 1000 * MIB, 0)), 4, clock.millis(), false)).as("one always").hasSize(1);
        List<LiveSegment> tiny = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            tiny.add(segment(i, 1, 0));
        }
        assertThat(planner.planRound(tiny, 4, clock.millis(), false)).hasSize(CompactionPlanner.MAX_ROUND_SEGMENTS);
    }

    @Test
    void aTierIsMergedWhenItIsFull() throws IOException {
        CatalogState state = catalog.refresh();
        for (int i = 0; i < CompactionPlanner.FAN_IN; i++) {
            assertThat(plan(state)).isEmpty();
            state = add(block(today(), 6 * MIB, 1, 0), block(today(), 100 * MIB, 2, 77));
            if (i >= 5) {
                assertThat(plan(state).getFirst().retentionSeconds()).as("enough for a block of the target size").isEqualTo(77);
                state = apply(plan(state).getFirst(), state);
                assertThat(plan(state)).filteredOn(p -> p.retentionSeconds() == 77).isEmpty();
                break;
            }
        }
        while (plan(state).isEmpty()) {
            state = add(block(today(), 6 * MIB, 1, 0));
        }
        MergePlan plan = plan(state).getFirst();
        assertThat(plan.inputs()).hasSize(CompactionPlanner.FAN_IN).allMatch(b -> b.retentionSeconds() == 0);
        assertThat(plan.level()).isEqualTo(2);
    }

    @Test
    void whatIsNotUsableIsLeftOut() throws IOException {
        CatalogState state = catalog.refresh();
        for (int i = 0; i < CompactionPlanner.FAN_IN + 1; i++) {
            state = add(block(today(), 6 * MIB, 1, 0));
        }
        String bad = state.blocks("t", today()).getFirst().id();
        assertThat(planner.planMerges(state, b -> !b.id().equals(bad), clock.millis()).getFirst().inputs())
                .hasSize(CompactionPlanner.FAN_IN)
                .noneMatch(b -> b.id().equals(bad));
    }

    @Test
    void outputsStayBelowTheTarget() throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        CatalogState state = catalog.refresh();
        for (int i = 0; i < 300; i++) {
            long size = (long) Math.pow(2, 10 + random.nextInt(19)) + random.nextInt(1000);
            state = add(block(today(), size, 1, 0));
            for (MergePlan plan : plan(state)) {
                assertThat(plan.size()).as("seed %d", seed).isLessThanOrEqualTo(config.targetBlockBytes());
                assertThat(plan.inputs().size()).as("seed %d", seed).isBetween(2, CompactionPlanner.MAX_INPUTS);
                state = apply(plan, state);
            }
        }
    }

    /** A day of 100 GB: each row is rewritten about twice, and few blocks are left. */
    @Test
    void rewritesEachRowAboutTwice() throws IOException {
        LocalDate day = today();
        CatalogState state = catalog.refresh();
        double written = 0;
        double merged = 0;
        int most = 0;
        for (int i = 0; i < 2000; i++) {
            clock.advance(Duration.ofSeconds(5));
            state = add(block(day, 6 * MIB, 1, 0));
            written += 6 * MIB;
            for (List<MergePlan> plans = plan(state); !plans.isEmpty(); plans = plan(state)) {
                merged += plans.getFirst().size();
                state = apply(plans.getFirst(), state);
            }
            most = Math.max(most, state.blockCount());
        }
        assertThat(merged / written).isBetween(1.5, 2.3);
        assertThat(most).isLessThan(60);
    }

    @Test
    void aQuietDayIsMergedToTheEnd() throws IOException {
        LocalDate yesterday = today().minusDays(1);
        CatalogState state = add(
                block(yesterday, 60 * MIB, 2, 0), block(yesterday, 50 * MIB, 2, 0), block(yesterday, 5 * MIB, 1, 0), block(yesterday, 500 * MIB, 3, 0));
        assertThat(plan(state)).as("not quiet yet").isEmpty();
        clock.advance(Duration.ofMinutes(61));
        state = apply(plan(state).getFirst(), state);
        assertThat(state.blocks("t", yesterday)).hasSize(2);
        clock.advance(Duration.ofMinutes(61));
        assertThat(plan(state)).isEmpty();
    }

    /** A late line must not rewrite a large block; what many of them leave grows with the logarithm. */
    @Test
    void lateLinesCostLittle() throws IOException {
        LocalDate yesterday = today().minusDays(1);
        CatalogState state = add(block(yesterday, 200 * MIB, 3, 0));
        double merged = 0;
        for (int i = 0; i < 500; i++) {
            state = add(block(yesterday, 10_000, 1, 0));
            clock.advance(Duration.ofMinutes(61));
            for (List<MergePlan> plans = plan(state); !plans.isEmpty(); plans = plan(state)) {
                merged += plans.getFirst().size();
                state = apply(plans.getFirst(), state);
                clock.advance(Duration.ofMinutes(61));
            }
            assertThat(state.blockCount()).isLessThan(12);
        }
        assertThat(merged).as("bytes rewritten for 5 MB of late lines").isLessThan(60 * MIB);
    }
}
