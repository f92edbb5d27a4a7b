package io.narfi.storage.catalog;

import static io.narfi.storage.catalog.Blocks.block;
import static io.narfi.storage.catalog.Blocks.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectContent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;

class CatalogTest {
    private final FakeClock clock = new FakeClock();
    private final FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore(64 << 20, clock));
    private final Catalog a = catalog("a");
    private final Catalog b = catalog("b");

    private Catalog catalog(String owner) {
        return new Catalog(store, owner, clock, new SimpleMeterRegistry());
    }

    private CatalogUpkeep upkeep(Catalog catalog, int every) {
        return new CatalogUpkeep(catalog, every, Duration.ofHours(1), clock, new SimpleMeterRegistry());
    }

    private static CatalogChange segments(int number) {
        return CatalogChange.because("segments").add(List.of(block(number))).consume(List.of(range(0, number, number + 1))).build();
    }

    private static Set<String> keys(CatalogState state) {
        Set<String> keys = new TreeSet<>();
        state.forEachBlock(m -> keys.add(m.key()));
        return keys;
    }

    @Test
    void oneCommitsAnotherSees() throws IOException {
        CatalogState empty = a.refresh();
        assertThat(empty.version()).isZero();
        CatalogState one = a.commit(segments(1), empty, 3);
        assertThat(one.version()).isEqualTo(1);
        CatalogState seen = b.refresh();
        assertThat(seen.version()).isEqualTo(1);
        assertThat(seen.time()).isEqualTo(clock.millis());
        assertThat(seen.blocks("t", Blocks.DAY)).containsExactly(block(1));
        assertThat(seen.consumed().coverage()).containsExactly(range(0, 1, 2));
        assertThat(a.objects().read(1).leaseEpoch()).isEqualTo(3);
        assertThat(a.objects().read(1).owner()).isEqualTo("a");
    }

    @Test
    void refreshCostsOneListingAndTheNewCommits() throws IOException {
        CatalogState state = a.initialise();
        b.refresh();
        for (int i = 0; i < 5; i++) {
            state = a.commit(segments(i), state, 0);
        }
        long lists = store.calls(Operation.LIST);
        long gets = store.calls(Operation.GET);
        assertThat(b.refresh().version()).isEqualTo(6);
        assertThat(store.calls(Operation.LIST) - lists).isEqualTo(1);
        assertThat(store.calls(Operation.GET) - gets).isEqualTo(5);
    }

    @Test
    void independentWorkSurvivesALostRace() throws IOException {
        CatalogState base = a.initialise();
        b.refresh();
        a.commit(segments(1), base, 0);
        CatalogState both = b.commit(segments(2), base, 0);
        assertThat(both.version()).isEqualTo(3);
        assertThat(keys(both)).containsExactlyInAnyOrder(block(1).key(), block(2).key());
    }

    @Test
    void whoLosesAnInputDropsTheWork() throws IOException {
        CatalogState base = a.initialise();
        a.commit(segments(1), base, 0);
        CatalogChange late = CatalogChange.because("segments").add(List.of(block(9))).consume(List.of(range(0, 0, 5))).build();
        assertThatThrownBy(() -> b.commit(late, base, 0)).isInstanceOf(CommitConflictException.class).hasMessageContaining("of a took");
        assertThat(keys(b.refresh())).containsExactly(block(1).key());

        CatalogState two = a.commit(segments(2), a.current(), 0);
        BlockMeta first = block(11);
        a.commit(CatalogChange.because("merge").add(List.of(first)).remove(List.of(block(1), block(2))).build(), two, 0);
        CatalogChange second = CatalogChange.because("merge").add(List.of(block(12))).remove(List.of(block(2))).build();
        assertThatThrownBy(() -> b.commit(second, two, 0)).isInstanceOf(CommitConflictException.class);
        CatalogState end = b.refresh();
        assertThat(keys(end)).containsExactly(first.key());
        assertThat(end.removed()).extracting(r -> r.block().id()).containsExactlyInAnyOrder(block(1).id(), block(2).id());
    }

    /** The newest state alone cannot tell: the id is not in it any more. */
    @Test
    void idsThatWereForgottenMeanwhileConflict() throws IOException {
        CatalogState base = a.initialise();
        CatalogState now = a.commit(segments(1), base, 0);
        now = a.commit(CatalogChange.because("gc").delete(List.of(range(0, 1, 2))).build(), now, 0);
        now = a.commit(CatalogChange.because("gc").forget(List.of(range(0, 1, 2))).build(), now, 0);
        assertThat(now.consumed().ranges()).isZero();
        CatalogChange late = CatalogChange.because("segments").add(List.of(block(9))).consume(List.of(range(0, 1, 2))).build();
        assertThatThrownBy(() -> b.commit(late, base, 0)).isInstanceOf(CommitConflictException.class);
    }

    @Test
    void condemnedBlocksCannotBeAdded() throws IOException {
        CatalogState base = a.initialise();
        CatalogState now = a.commit(CatalogChange.because("gc").condemn(List.of(BlockRef.of(block(1)))).build(), base, 0);
        assertThatThrownBy(() -> b.commit(segments(1), base, 0)).isInstanceOf(CommitConflictException.class);
        assertThat(now.isRemoved(BlockRef.of(block(1)))).isTrue();
        CatalogState purged = a.commit(CatalogChange.because("gc").purge(List.of(BlockRef.of(block(1)))).build(), now, 0);
        assertThat(purged.removed()).isEmpty();
        assertThatThrownBy(() -> b.commit(segments(1), base, 0)).isInstanceOf(CommitConflictException.class);
    }

    @Test
    void workOnAStateOfLongAgoConflicts() throws IOException {
        CatalogState base = a.initialise();
        for (int i = 0; i < 1100; i++) {
            a.commit(segments(i), a.current(), 0);
        }
        CatalogChange late = CatalogChange.because("segments").add(List.of(block(5000))).consume(List.of(range(1, 0, 1))).build();
        assertThatThrownBy(() -> a.commit(late, base, 0)).isInstanceOf(CommitConflictException.class).hasMessageContaining("too long");
    }

    @Test
    void refusesAChangeThatContradictsItsOwnState() throws IOException {
        CatalogState base = a.initialise();
        CatalogChange wrong = CatalogChange.because("merge").remove(List.of(block(1))).build();
        assertThatThrownBy(() -> a.commit(wrong, base, 0)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("not live");
    }

    @Test
    void aPutThatLandedThoughItFailedCounts() throws IOException {
        CatalogState base = a.initialise();
        store.on(Operation.PUT_IF_ABSENT).keys("catalog/").times(1).failAfter();
        assertThat(a.commit(segments(1), base, 0).version()).isEqualTo(2);
        store.on(Operation.PUT_IF_ABSENT).keys("catalog/").times(1).failBefore();
        assertThat(a.commit(segments(2), a.current(), 0).version()).isEqualTo(3);
        assertThat(keys(b.refresh())).hasSize(2);
    }

    @Test
    void aPutThatTheStoreTriedTwiceCounts() throws IOException {
        Catalog twice = new Catalog(new EveryPutTwice(store), "c", clock, new SimpleMeterRegistry());
        assertThat(twice.commit(segments(1), twice.initialise(), 0).version()).isEqualTo(2);
    }

    @Test
    void anUnknownOutcomeIsSaidAndSeenLater() throws IOException {
        CatalogState base = a.initialise();
        store.on(Operation.PUT_IF_ABSENT).keys("catalog/").times(1).failAfter();
        store.on(Operation.PUT_IF_ABSENT).keys("catalog/").skip(1).failBefore();
        assertThatThrownBy(() -> a.commit(segments(1), base, 0)).isInstanceOf(CommitOutcomeUnknownException.class);
        store.heal();
        assertThat(keys(a.refresh())).containsExactly(block(1).key());
    }

    @Test
    void checkpointsReplaceOldCommits() throws IOException {
        a.initialise();
        b.refresh();
        CatalogUpkeep upkeep = upkeep(a, 10);
        for (int i = 0; i < 35; i++) {
            a.commit(segments(i), a.current(), 0);
            upkeep.checkpointIfDue();
        }
        assertThat(upkeep.clean()).as("too young").isZero();
        clock.advance(Duration.ofHours(2));
        assertThat(upkeep.clean()).isGreaterThan(10);
        assertThatThrownBy(() -> a.objects().read(2)).isInstanceOf(IOException.class);
        assertThat(a.objects().listCheckpoints()).hasSize(2);
        CatalogState fresh = catalog("c").refresh();
        assertThat(fresh.version()).isEqualTo(36);
        assertThat(keys(fresh)).hasSize(35).isEqualTo(keys(b.refresh()));
        assertThat(fresh.consumed().coverage()).isEqualTo(a.current().consumed().coverage());
        assertThat(b.commit(segments(100), b.current(), 0).version()).isEqualTo(37);
    }

    @Test
    void aDamagedCheckpointIsPassedOver() throws IOException {
        a.initialise();
        CatalogUpkeep upkeep = upkeep(a, 10);
        for (int i = 0; i < 25; i++) {
            a.commit(segments(i), a.current(), 0);
            upkeep.checkpointIfDue();
        }
        clock.advance(Duration.ofHours(2));
        upkeep.clean();
        String newest = CatalogLog.checkpointKey(a.newestCheckpoint());
        damage(newest);
        assertThat(keys(catalog("c").refresh())).hasSize(25);
    }

    @Test
    void aDamagedCommitIsAnErrorUntilACheckpointReplacesIt() throws IOException {
        a.initialise();
        b.refresh();
        for (int i = 0; i < 5; i++) {
            a.commit(segments(i), a.current(), 0);
        }
        damage(CatalogLog.commitKey(4));
        assertThatThrownBy(b::refresh).isInstanceOf(CatalogCorruptException.class).hasMessageContaining(CatalogLog.commitKey(4));
        upkeep(a, 1).checkpointIfDue();
        assertThat(keys(b.refresh())).hasSize(5);
    }

    @Test
    void aMissingCommitIsAnError() throws IOException {
        a.initialise();
        for (int i = 0; i < 5; i++) {
            a.commit(segments(i), a.current(), 0);
        }
        store.delete(List.of(CatalogLog.commitKey(3)));
        assertThatThrownBy(b::refresh).isInstanceOf(CatalogCorruptException.class).hasMessageContaining("commit 3 of the catalog is missing");
    }

    @Test
    void aLostCatalogIsMissed() throws IOException {
        store.putIfAbsent(block(1).key(), ObjectContent.of(new byte[1]));
        assertThatThrownBy(a::refresh).isInstanceOf(CatalogLostException.class);
        store.delete(List.of(block(1).key()));
        a.commit(segments(1), a.initialise(), 0);
        store.delete(List.of(CatalogLog.commitKey(1), CatalogLog.commitKey(2)));
        assertThatThrownBy(a::refresh).isInstanceOf(CatalogLostException.class);
    }

    @Test
    void whoLosesEveryRaceGivesUp() throws IOException {
        CatalogState base = a.initialise();
        FaultyObjectStore slow = new FaultyObjectStore(store);
        int[] others = {0};
        slow.on(Operation.PUT_IF_ABSENT).keys("catalog/").when(call -> {
            others[0]++;
            try {
                b.commit(segments(1000 + others[0]), b.refresh(), 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return false;
        }).failBefore();
        Catalog loser = new Catalog(slow, "c", clock, new SimpleMeterRegistry());
        assertThatThrownBy(() -> loser.commit(segments(1), base, 0)).isInstanceOf(CommitConflictException.class).hasMessageContaining("lost the race");
        assertThat(others[0]).isEqualTo(50);
        slow.heal();
        assertThat(loser.commit(segments(1), base, 0).version()).isEqualTo(52);
    }

    @Test
    void blocksAreFoundByTime() throws IOException {
        BlockMeta early = block("t", Blocks.DAY.minusDays(1), 1);
        CatalogState state = a.commit(
                CatalogChange.because("segments").add(List.of(early, block(2), block("u", Blocks.DAY, 3))).build(), a.initialise(), 0);
        assertThat(state.tenants()).containsExactlyInAnyOrder("t", "u");
        assertThat(state.days("t")).containsExactly(Blocks.DAY.minusDays(1), Blocks.DAY);
        assertThat(state.blocks("t", early.minTime(), early.maxTime() + 1)).containsExactly(early);
        assertThat(state.blocks("t", early.maxTime() + 1, block(2).minTime())).isEmpty();
        assertThat(state.blocks("t", early.maxTime(), block(2).minTime() + 1)).containsExactly(early, block(2));
        assertThat(state.blocks("t", Long.MIN_VALUE, Long.MAX_VALUE)).hasSize(2);
        assertThat(state.blocks("nobody", Long.MIN_VALUE, Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void manyCommittersLoseNothing() throws Exception {
        a.initialise();
        Set<String> committed = new ConcurrentSkipListSet<>();
        List<Thread> threads = new ArrayList<>();
        Set<Throwable> failures = ConcurrentHashMap.newKeySet();
        for (int t = 0; t < 4; t++) {
            int first = t * 100;
            Catalog mine = catalog("committer" + t);
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    CatalogState state = mine.refresh();
                    for (int i = first; i < first + 50; i++) {
                        state = mine.commit(segments(i), state, 0);
                        committed.add(block(i).key());
                    }
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        for (Thread t : threads) {
            t.join();
        }
        assertThat(failures).isEmpty();
        assertThat(keys(b.refresh())).isEqualTo(committed).hasSize(200);
        assertThat(b.current().version()).isEqualTo(201);
    }

    private void damage(String key) throws IOException {
        byte[] bytes = store.get(key, 1 << 20);
        bytes[bytes.length - 1] ^= 1;
        store.put(key, ObjectContent.of(bytes));
    }
}
