package io.narfi.storage.catalog;

import static io.narfi.storage.catalog.Blocks.range;
import static io.narfi.storage.catalog.Blocks.writer;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SegmentFeedTest {
    private final FakeClock clock = new FakeClock();
    private final FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore(64 << 20, clock));
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final SnapshotReader reader = new SnapshotReader(store, new Catalog(store, "reader", clock, registry), 100, registry);
    private final Catalog compactor = new Catalog(store, "compactor", clock, new SimpleMeterRegistry());
    private final SegmentFeed feed = reader.feed();

    private SegmentId put(int writer, long sequence) throws IOException {
        SegmentId id = new SegmentId(writer(writer), sequence);
        store.putIfAbsent(id.key(), ObjectContent.of(new byte[3]));
        return id;
    }

    private void consume(SegmentRange... ranges) throws IOException {
        compactor.commit(CatalogChange.because("segments").consume(List.of(ranges)).build(), compactor.initialise(), 0);
    }

    private List<SegmentId> look() throws IOException {
        List<SegmentId> ids = feed.look().stream().map(LiveSegment::id).toList();
        feed.seen(ids);
        return ids;
    }

    private void begin() throws IOException {
        feed.settle(reader.snapshot(), List.of());
    }

    @Test
    void givesWhatCameSinceTheSnapshot() throws IOException {
        put(1, 0);
        put(1, 1);
        consume(range(1, 0, 1));
        begin();
        assertThat(look()).isEmpty();
        SegmentId next = put(1, 2);
        // A writer whose name is before the known one, and one behind it.
        SegmentId before = put(0, 0);
        SegmentId behind = put(2, 0);
        assertThat(look()).containsExactly(before, next, behind);
        assertThat(look()).isEmpty();
    }

    @Test
    void findsUploadsThatLandOutOfOrder() throws IOException {
        put(0, 0);
        begin();
        SegmentId third = put(0, 3);
        SegmentId first = put(0, 1);
        assertThat(look()).containsExactly(first, third);
        SegmentId late = put(0, 2);
        assertThat(look()).containsExactly(late);
    }

    @Test
    void givesAgainWhatWasNotCalledSeen() throws IOException {
        begin();
        SegmentId id = put(0, 0);
        assertThat(feed.look()).extracting(LiveSegment::id).containsExactly(id);
        assertThat(look()).containsExactly(id);
    }

    @Test
    void givesConsumedSegmentsThatWereNotSeen() throws IOException {
        put(0, 0);
        begin();
        SegmentId id = put(0, 1);
        consume(range(0, 0, 2));
        Snapshot snapshot = reader.snapshot();
        List<LiveSegment> found = feed.look();
        assertThat(found).extracting(LiveSegment::id).containsExactly(id);
        assertThat(feed.lost(snapshot, found)).isEmpty();
        // Settled, but for what could not be opened.
        feed.settle(snapshot, List.of(id));
        assertThat(look()).containsExactly(id);
        assertThat(look()).isEmpty();
    }

    @Test
    void knowsWhatWasConsumedAndDeletedUnseen() throws IOException {
        put(0, 0);
        begin();
        SegmentId gone = put(0, 1);
        SegmentId alsoGone = put(3, 0);
        put(0, 2);
        consume(range(0, 0, 3), range(3, 0, 1));
        store.delete(List.of(gone.key(), alsoGone.key()));
        Snapshot snapshot = reader.snapshot();
        List<LiveSegment> found = feed.look();
        assertThat(feed.lost(snapshot, found)).containsExactly(range(0, 1, 2), range(3, 0, 1));
        feed.settle(snapshot, List.of());
        assertThat(feed.lost(reader.snapshot(), List.of())).isEmpty();
    }

    @Test
    void aLookIsCheapHoweverManySegmentsThereAre() throws IOException {
        for (int w = 0; w < 3; w++) {
            for (int i = 0; i < 3000; i++) {
                put(w, i);
            }
            consume(range(w, 0, 2900));
        }
        begin();
        long lists = store.calls(Operation.LIST);
        assertThat(look()).isEmpty();
        assertThat(store.calls(Operation.LIST) - lists).as("one for each writer, and one before the first").isLessThanOrEqualTo(4);
    }

    @Test
    void givesEverySegmentExactlyOnce() throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        TreeSet<SegmentId> waiting = new TreeSet<>();
        for (int w = 0; w < 4; w++) {
            for (int i = 0; i < 150; i++) {
                waiting.add(new SegmentId(writer(w), i));
            }
        }
        begin();
        List<SegmentId> landed = new ArrayList<>();
        List<SegmentId> given = new ArrayList<>();
        TreeSet<SegmentId> unconsumed = new TreeSet<>();
        while (!waiting.isEmpty()) {
            // Roughly in order, as several uploads in flight land.
            for (int i = random.nextInt(5); i > 0 && !waiting.isEmpty(); i--) {
                List<SegmentId> first = waiting.stream().filter(id -> random.nextInt(40) == 0).limit(1).toList();
                for (SegmentId id : first) {
                    waiting.remove(id);
                    store.putIfAbsent(id.key(), ObjectContent.of(new byte[1]));
                    landed.add(id);
                    unconsumed.add(id);
                }
            }
            if (random.nextInt(6) == 0 && !unconsumed.isEmpty()) {
                List<SegmentId> taken = unconsumed.stream().filter(id -> random.nextBoolean()).toList();
                if (!taken.isEmpty()) {
                    consume(SegmentRange.of(taken).toArray(SegmentRange[]::new));
                    taken.forEach(unconsumed::remove);
                }
            }
            if (random.nextInt(8) == 0) {
                Snapshot snapshot = reader.snapshot();
                List<LiveSegment> found = feed.look();
                assertThat(feed.lost(snapshot, found)).as("seed %d", seed).isEmpty();
                found.forEach(s -> given.add(s.id()));
                feed.settle(snapshot, List.of());
                feed.seen(found.stream().map(LiveSegment::id).toList());
            } else {
                given.addAll(look());
            }
        }
        given.addAll(look());
        assertThat(given).as("seed %d", seed).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(landed);
    }
}
