package io.narfi.storage.catalog;

import static io.narfi.storage.catalog.Blocks.block;
import static io.narfi.storage.catalog.Blocks.range;
import static io.narfi.storage.catalog.Blocks.writer;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.object.Fault;
import io.narfi.storage.object.FaultGate;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SnapshotReaderTest {
    private final FakeClock clock = new FakeClock();
    private final FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore(64 << 20, clock));
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Catalog catalog = new Catalog(store, "reader", clock, registry);
    private final Catalog compactor = new Catalog(store, "compactor", clock, new SimpleMeterRegistry());
    private final SnapshotReader reader = new SnapshotReader(store, catalog, 100, registry);

    private void put(int writer, long sequence) throws IOException {
        store.putIfAbsent(new SegmentId(writer(writer), sequence).key(), ObjectContent.of(new byte[3]));
    }

    private void consume(SegmentRange... ranges) throws IOException {
        compactor.commit(CatalogChange.because("segments").consume(List.of(ranges)).build(), compactor.initialise(), 0);
    }

    private static List<SegmentId> ids(Snapshot snapshot) {
        return snapshot.segments().stream().map(LiveSegment::id).toList();
    }

    @Test
    void consumedSegmentsAreDropped() throws IOException {
        for (int i = 0; i < 10; i++) {
            put(0, i);
        }
        consume(range(0, 0, 4), range(0, 6, 9));
        assertThat(ids(reader.snapshot()))
                .containsExactly(new SegmentId(writer(0), 4), new SegmentId(writer(0), 5), new SegmentId(writer(0), 9));
        assertThat(reader.snapshot().segments().getFirst().size()).isEqualTo(3);
    }

    @Test
    void listingJumpsOverConsumedRuns() throws IOException {
        for (int w = 0; w < 3; w++) {
            for (int i = 0; i < 5000; i++) {
                put(w, i);
            }
            consume(range(w, 0, 4990));
        }
        assertThat(reader.snapshot().segments()).hasSize(30);
        long lists = store.calls(Operation.LIST);
        assertThat(reader.snapshot().segments()).hasSize(30);
        assertThat(store.calls(Operation.LIST) - lists).as("a listing for each gap and one of the catalog").isLessThanOrEqualTo(5);
    }

    @Test
    void findsWhatAPlainListingWouldFind() throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            FaultyObjectStore bucket = new FaultyObjectStore(new InMemoryObjectStore(64 << 20, clock));
            ConsumedSegments consumed = ConsumedSegments.EMPTY;
            TreeSet<SegmentId> expected = new TreeSet<>();
            int writers = 1 + random.nextInt(round < 10 ? 4 : 100);
            for (int w = 0; w < writers; w++) {
                List<SegmentId> taken = new ArrayList<>();
                int n = random.nextInt(2000 / writers + 1);
                double chance = random.nextDouble();
                for (int i = 0; i < n; i++) {
                    SegmentId id = new SegmentId(writer(w), i);
                    boolean present = random.nextInt(20) != 0;
                    if (random.nextDouble() < chance) {
                        taken.add(id);
                    } else if (present) {
                        expected.add(id);
                    }
                    if (present) {
                        bucket.putIfAbsent(id.key(), ObjectContent.of(new byte[0]));
                    }
                }
                consumed = consumed.withConsumed(SegmentRange.of(taken), 1);
            }
            if (random.nextBoolean()) {
                bucket.on(Operation.LIST).inject(new Fault.ShortList(1 + random.nextInt(50)));
            }
            assertThat(new SegmentLister(bucket).list(consumed).stream().map(LiveSegment::id))
                    .as("seed %d round %d", seed, round)
                    .containsExactlyElementsOf(expected);
        }
    }

    @Test
    void numberOfListingsIsBounded() throws IOException {
        ConsumedSegments consumed = ConsumedSegments.EMPTY;
        for (int i = 0; i < 500; i++) {
            put(0, i);
            if (i % 2 == 0) {
                consumed = consumed.withConsumed(List.of(range(0, i, i + 1)), 1);
            }
        }
        long lists = store.calls(Operation.LIST);
        assertThat(new SegmentLister(store).list(consumed)).hasSize(250);
        assertThat(store.calls(Operation.LIST) - lists).isLessThanOrEqualTo(SegmentLister.MAX_JUMPS + 4);
    }

    /** If the catalog were read first, it would not have the block yet, and the listing not the segment any more. */
    @Test
    void aSegmentConsumedInBetweenIsSeenOnce() throws Exception {
        put(0, 0);
        consume();
        reader.snapshot();
        FaultGate gate = store.on(Operation.LIST).keys("segments/").times(1).hold();
        CompletableFuture<Snapshot> snapshot = CompletableFuture.supplyAsync(this::uncheckedSnapshot);
        assertThat(gate.awaitArrivals(1, Duration.ofSeconds(10))).isTrue();
        compactor.commit(
                CatalogChange.because("segments").add(List.of(block(1))).consume(List.of(range(0, 0, 1))).build(), compactor.refresh(), 0);
        store.delete(List.of(new SegmentId(writer(0), 0).key()));
        gate.open();
        Snapshot seen = snapshot.get(10, TimeUnit.SECONDS);
        assertThat(seen.segments()).isEmpty();
        assertThat(seen.catalog().blockCount()).isEqualTo(1);
    }

    @Test
    void aCallerNeverGetsAListingThatBeganBeforeItCame() throws Exception {
        put(0, 0);
        FaultGate gate = store.on(Operation.LIST).keys("catalog/").times(1).hold();
        CompletableFuture<Snapshot> first = CompletableFuture.supplyAsync(this::uncheckedSnapshot);
        assertThat(gate.awaitArrivals(1, Duration.ofSeconds(10))).isTrue();
        put(0, 1);
        long lists = store.calls(Operation.LIST);
        List<CompletableFuture<Snapshot>> later = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            later.add(CompletableFuture.supplyAsync(this::uncheckedSnapshot, task -> Thread.ofVirtual().start(task)));
        }
        gate.open();
        assertThat(ids(first.get(10, TimeUnit.SECONDS))).hasSize(1);
        for (CompletableFuture<Snapshot> f : later) {
            assertThat(ids(f.get(10, TimeUnit.SECONDS))).hasSize(2);
        }
        assertThat(store.calls(Operation.LIST) - lists).as("the later ones share readings").isLessThan(20);
    }

    private Snapshot uncheckedSnapshot() {
        try {
            return reader.snapshot();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void warnsOfTooManySegments() throws IOException {
        for (int i = 0; i <= 100; i++) {
            assertThat(registry.get("narfi_segments_excess").counter().count()).isZero();
            put(0, i);
            reader.snapshot();
        }
        assertThat(registry.get("narfi_segments_excess").counter().count()).isEqualTo(1);
        assertThat(registry.get("narfi_segments_outstanding").gauge().value()).isEqualTo(101);
    }
}
