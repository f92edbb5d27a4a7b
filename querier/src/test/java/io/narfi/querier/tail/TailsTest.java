package io.narfi.querier.tail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.Row;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.run.Admission;
import io.narfi.querier.run.FairGate;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.WorkerPool;
import io.narfi.querier.source.CatalogSnapshots;
import io.narfi.querier.source.RangeReaders;
import io.narfi.querier.source.ReaderCache;
import io.narfi.querier.source.Sources;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.LocalRunner;
import io.narfi.storage.catalog.DeleteStep;
import io.narfi.storage.catalog.Snapshot;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.segment.FrameCache;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tails over a store that misbehaves, and compaction at the wrong moment. */
@Timeout(120)
class TailsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Labels WEB = Labels.of("app", "web");
    private static final String QUERY = "{app=\"web\"}";
    private static final String EARLY_WRITER = "00000000000000000000000000";
    private static final String LATE_WRITER = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ";

    @TempDir
    private Path folder;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore());
    private final WorkerPool workers = new WorkerPool(2, 100);
    private final List<Watch> watches = new ArrayList<>();
    private final long start = System.currentTimeMillis() * 1_000_000;
    private Bucket bucket;
    private Tails tails;

    @BeforeEach
    void begin() throws Exception {
        bucket = new Bucket(folder, store);
        MemoryPool memory = new MemoryPool(64 << 20, 64 << 20);
        TenantLimits limits = TenantLimits.fixed(Limits.defaults());
        ReaderCache readers = new ReaderCache(RangeReaders.of(store), new FrameCache(8 << 20), 8 << 20, registry);
        Sources sources = new Sources(readers, 4);
        CompiledQueries queries = new CompiledQueries();
        LocalRunner local = new LocalRunner(workers, sources, queries, limits);
        SnapshotReader snapshots = bucket.snapshots();
        CatalogSnapshots taken = new CatalogSnapshots(snapshots, sources, limits);
        TailHistory history = new TailHistory(
                new Admission(limits, new FairGate(4, 100), memory), taken, new Planner(64 << 20, 16 << 20, 4), local, 4);
        TailConfig config = new TailConfig(Durations.HOUR, 5, 8 << 20);
        tails = new Tails(config, snapshots, taken, readers, workers, memory, queries, history, InstantSource.system(), registry);
    }

    @AfterEach
    void end() {
        store.heal();
        watches.forEach(w -> tails.close(w.tail));
        tails.close();
        workers.close();
        assertThat(tails.buffers().used()).isZero();
    }

    /** A tail and the lines that it gave. */
    private final class Watch {
        private final Tail tail;
        private final List<String> lines = new ArrayList<>();

        private Watch(Tail tail) {
            this.tail = tail;
            watches.add(this);
        }

        private Watch join(int limit) throws Exception {
            Snapshot snapshot = tails.join(tail);
            tail.begin(tails.history().rows(tail.query(), snapshot, start - Durations.HOUR, limit), tails.buffers());
            return this;
        }

        private List<String> await(int count) throws Exception {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (lines.size() < count) {
                assertThat(System.nanoTime()).as("only %s", lines).isLessThan(deadline);
                TailFrame frame = tail.next(100 * Durations.MILLISECOND);
                if (frame != null) {
                    assertThat(frame.dropped()).isEmpty();
                    for (TailRow row : frame.rows()) {
                        JsonNode entry = JSON.readTree(row.json());
                        lines.add(entry.at("/values/0/1").asText());
                    }
                }
            }
            return lines;
        }
    }

    private Watch open(String tenant, String query) {
        return new Watch(tails.open(new TailQuery(tenant, query, TailForm.of(null)), 0, 10));
    }

    private Watch watch() throws Exception {
        return open("fake", QUERY).join(100);
    }

    private Row row(String line, long millis) {
        return new Row(WEB, start + millis * 1_000_000, line, Labels.EMPTY);
    }

    private SegmentId segment(Row... rows) throws IOException {
        return bucket.segment(Map.of("fake", List.of(rows)));
    }

    private void segment(String writer, long sequence, Row... rows) throws IOException {
        SegmentId _ = bucket.segment(new SegmentId(writer, sequence), Map.of("fake", List.of(rows)));
    }

    private double count(String counter) {
        return registry.get(counter).counter().count();
    }

    @Test
    void historyIsWhatBlocksAndSegmentsHoldAndLiveIsTheRest() throws Exception {
        bucket.blocks("fake", List.of(row("in a block", 0)), List.of());
        SegmentId consumed = segment(row("compacted", 1));
        bucket.blocks("fake", List.of(row("compacted", 1)), List.of(consumed));
        segment(row("in a segment", 2));
        Watch watch = watch();
        segment(row("live", 3));
        assertThat(watch.await(4)).containsExactly("in a block", "compacted", "in a segment", "live");
        // One that joins a group at work.
        Watch second = watch();
        segment(row("for both", 4));
        assertThat(second.await(5)).containsExactly("in a block", "compacted", "in a segment", "live", "for both");
        assertThat(watch.await(5)).endsWith("for both");
        assertThat(tails.groups()).isEqualTo(1);
    }

    @Test
    void writersInterleaveAndUploadsLandOutOfOrder() throws Exception {
        Watch watch = watch();
        segment(LATE_WRITER, 5, row("a", 0));
        assertThat(watch.await(1)).containsExactly("a");
        segment(EARLY_WRITER, 0, row("c", 2));
        segment(LATE_WRITER, 3, row("b", 1));
        assertThat(watch.await(3)).containsExactlyInAnyOrder("a", "b", "c");
        segment(LATE_WRITER, 4, row("d", 3));
        assertThat(watch.await(4)).endsWith("d");
    }

    @Test
    void segmentsThatAreCompactedAtOnceAreSeen() throws Exception {
        Watch watch = watch();
        for (int i = 0; i < 20; i++) {
            Row row = row("line " + i, i);
            SegmentId id = segment(row);
            bucket.blocks("fake", List.of(row), List.of(id));
        }
        assertThat(watch.await(20)).doesNotHaveDuplicates();
        Watch later = watch();
        assertThat(later.await(20)).containsExactlyElementsOf(watch.lines.stream().sorted((a, b) -> Integer.compare(number(a), number(b))).toList());
    }

    private static int number(String line) {
        return Integer.parseInt(line.substring(5));
    }

    @Test
    void copiesOfARetryCollapse() throws Exception {
        segment(row("history", 0));
        Watch watch = watch();
        segment(row("history", 0), row("live", 1));
        segment(row("live", 1));
        segment(row("end", 2));
        assertThat(watch.await(3)).containsExactly("history", "live", "end");
    }

    @Test
    void goesOnWithoutAGapWhenTheStoreComesBack() throws Exception {
        Watch watch = watch();
        segment(row("before", 0));
        watch.await(1);
        store.on(Operation.LIST, Operation.GET_RANGE, Operation.GET).failBefore();
        double failures = count("narfi_tail_follow_failures_total");
        segment(row("meanwhile 1", 1));
        segment(row("meanwhile 2", 2));
        await("the follower notices", () -> count("narfi_tail_follow_failures_total") > failures);
        // Who wants to begin now is told at once.
        Tail refused = tails.open(new TailQuery("fake", QUERY, TailForm.of(null)), 0, 10);
        assertThatThrownBy(() -> tails.join(refused)).isInstanceOf(IOException.class);
        tails.close(refused);
        store.heal();
        segment(row("after", 3));
        assertThat(watch.await(4)).containsExactly("before", "meanwhile 1", "meanwhile 2", "after");
    }

    @Test
    void aSegmentThatCannotBeReadForAWhileIsReadLater() throws Exception {
        Watch watch = watch();
        segment(row("first", 0));
        watch.await(1);
        store.on(Operation.GET_RANGE).keys("segments/").times(3).failBefore();
        segment(row("second", 1));
        segment(row("third", 2));
        // A joiner in between has them in its history, and must not get them again.
        assertThat(watch.await(3)).containsExactlyInAnyOrder("first", "second", "third");
        assertThat(count("narfi_tail_follow_failures_total")).isPositive();
    }

    @Test
    void readsTheBlocksWhenTheSegmentsAreGone() throws Exception {
        Watch watch = watch();
        segment(row("before", 0));
        watch.await(1);
        store.on(Operation.LIST).keys("segments/").failBefore();
        double failures = count("narfi_tail_follow_failures_total");
        await("the follower notices", () -> count("narfi_tail_follow_failures_total") > failures);
        Row gone = row("compacted and deleted", 1);
        SegmentId id = segment(gone);
        bucket.blocks("fake", List.of(gone), List.of(id));
        store.delete(List.of(id.key()));
        segment(row("still there", 2));
        store.heal();
        assertThat(watch.await(3)).containsExactly("before", "compacted and deleted", "still there");
        segment(row("afterwards", 3));
        assertThat(watch.await(4)).endsWith("afterwards");
        assertThat(count("narfi_tail_catch_ups_total")).isEqualTo(1);
    }

    @Test
    void aDamagedSegmentIsPassedOver() throws Exception {
        Watch watch = watch();
        store.putIfAbsent(new SegmentId(EARLY_WRITER, 0).key(), ObjectContent.of(new byte[100]));
        segment(row("sound", 0));
        assertThat(watch.await(1)).containsExactly("sound");
        await("it is counted", () -> count("narfi_tail_segments_missed_total") == 1);
    }

    @Test
    void tenantsAndQueriesSeeTheirOwn() throws Exception {
        Watch a = open("a", "{app=~\".+\"}").join(10);
        Watch b = open("b", "{app=~\".+\"}").join(10);
        Watch matching = open("b", QUERY + " |= \"2\"").join(10);
        Watch none = open("c", "{app=~\".+\"}").join(10);
        bucket.segment(Map.of("a", List.of(row("a1", 0)), "b", List.of(row("b1", 0), row("b2", 1))));
        bucket.segment(Map.of("b", List.of(row("b3", 2)), "c", List.of(row("c1", 3))));
        assertThat(a.await(1)).containsExactly("a1");
        assertThat(b.await(3)).containsExactly("b1", "b2", "b3");
        assertThat(matching.await(1)).containsExactly("b2");
        assertThat(none.await(1)).containsExactly("c1");
    }

    @Test
    void deletedRowsAreInNeitherTheHistoryNorTheRest() throws Exception {
        segment(row("secret history", 0), row("plain history", 1));
        bucket.delete("fake", QUERY + " |= \"secret\"", start, start + 10_000_000);
        Watch watch = watch();
        segment(row("secret 1", 2), row("plain 1", 3), row("secret but later", 11));
        assertThat(watch.await(3)).containsExactly("plain history", "plain 1", "secret but later");
        // A request that comes while the tail is at work, for whole streams, and another query of the tenant.
        Watch other = open("fake", "{app=~\".+\"} |= \"2\"").join(1);
        Watch stranger = open("stranger", QUERY).join(1);
        bucket.delete("fake", QUERY, start + 20_000_000, start + 30_000_000);
        List<Row> rows = List.of(row("gone 2", 20), row("plain 2", 31), row("gone 2 too", 30), row("plain 2 too", 19));
        bucket.segment(Map.of("fake", rows, "stranger", rows));
        assertThat(watch.await(5)).endsWith("plain 2 too", "plain 2");
        assertThat(other.await(2)).containsExactly("plain 2 too", "plain 2");
        assertThat(stranger.await(4)).containsExactly("plain 2 too", "gone 2", "gone 2 too", "plain 2");
        // Until they are carried out.
        bucket.startDeletes("fake");
        segment(row("secret yet", 5), row("plain yet", 5));
        assertThat(watch.await(6)).endsWith("plain yet");
        bucket.step(DeleteStep.Kind.FINISH, bucket.deletes("fake"));
        segment(row("secret again", 4));
        assertThat(watch.await(7)).endsWith("secret again");
    }

    @Test
    void nothingIsHandedOverWhileTheCatalogCannotBeRead() throws Exception {
        Watch watch = watch();
        bucket.delete("fake", QUERY + " |= \"secret\"", start, start + 10_000_000);
        store.on(Operation.LIST).keys("catalog/").times(3).failBefore();
        segment(row("secret", 2), row("plain", 3));
        assertThat(watch.await(1)).containsExactly("plain");
    }

    @Test
    void thereAreSoManyTailsATenantAndAProcess() {
        TailQuery query = new TailQuery("a", QUERY, TailForm.of(null));
        Tail first = tails.open(query, 0, 2);
        Tail second = tails.open(query, 0, 2);
        assertThatThrownBy(() -> tails.open(query, 0, 2))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("max concurrent tail requests limit exceeded, count > limit (3 > 2)");
        List<Tail> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            others.add(tails.open(new TailQuery("t" + i, QUERY, TailForm.of(null)), 0, 2));
        }
        assertThatThrownBy(() -> tails.open(new TailQuery("z", QUERY, TailForm.of(null)), 0, 2)).isInstanceOf(ApiException.class);
        tails.close(first);
        others.add(tails.open(query, 0, 2));
        tails.close(second);
        others.forEach(tails::close);
        assertThat(tails.active()).isZero();
    }

    @Test
    void nothingIsListedWithoutTails() throws Exception {
        Watch watch = watch();
        segment(row("x", 0));
        watch.await(1);
        tails.close(watch.tail);
        watches.remove(watch);
        await("the follower rests", () -> {
            long lists = store.calls(Operation.LIST);
            pause(700);
            return store.calls(Operation.LIST) == lists;
        });
        segment(row("while nobody looked", 1));
        assertThat(watch().await(2)).containsExactly("x", "while nobody looked");
    }

    @Test
    void everyLineOnceWhateverHappens() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<Watch> all = new ArrayList<>(List.of(watch()));
        List<String> written = new ArrayList<>();
        List<SegmentId> live = new ArrayList<>();
        List<Row> liveRows = new ArrayList<>();
        long[] sequences = new long[2];
        store.on(Operation.LIST, Operation.GET_RANGE).keys("segments/").randomly(seed, 0.05).failBefore();
        for (int i = 0; i < 150; i++) {
            Row row = row("line " + i, i);
            int writer = random.nextInt(2);
            SegmentId id = new SegmentId(writer == 0 ? EARLY_WRITER : LATE_WRITER, sequences[writer]++);
            bucket.segment(id, Map.of("fake", List.of(row)));
            written.add(row.line());
            live.add(id);
            liveRows.add(row);
            if (random.nextInt(10) == 0) {
                bucket.blocks("fake", liveRows, live);
                live.clear();
                liveRows.clear();
            }
            if (random.nextInt(30) == 0 && all.size() < 5) {
                all.add(joined());
            }
            if (random.nextInt(3) == 0) {
                pause(random.nextInt(60));
            }
        }
        store.heal();
        for (Watch watch : all) {
            assertThat(watch.await(150)).as("seed %d", seed).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(written);
        }
    }

    /** A tail that has begun; while the store fails now and then it takes some tries. */
    private Watch joined() throws Exception {
        for (int i = 0; ; i++) {
            Watch watch = open("fake", QUERY);
            try {
                return watch.join(1000);
            } catch (IOException e) {
                tails.close(watch.tail);
                watches.remove(watch);
                if (i == 50) {
                    throw e;
                }
            }
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("waited in vain: %s", what).isLessThan(deadline);
            pause(1);
        }
    }

    /** Time for the follower's thread to do something, or nothing. */
    private static void pause(long millis) {
        LockSupport.parkNanos(millis * 1_000_000);
    }
}
