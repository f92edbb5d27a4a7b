package io.narfi.compactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogLostException;
import io.narfi.storage.catalog.CommitConflictException;
import io.narfi.storage.catalog.CommitOutcomeUnknownException;
import io.narfi.storage.catalog.DeleteRequest;
import io.narfi.storage.catalog.Snapshot;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one backend does to a delete request while another one is in the middle of work that concerns it. */
class DeleteRacesTest {
    private static final String TENANT = "one";
    private static final Labels DELETED = Labels.of("app", "deleted");
    private static final Labels KEPT = Labels.of("app", "kept");
    private static final String QUERY = "{app=\"deleted\"}";

    @TempDir
    Path folder;

    private final FakeClock clock = new FakeClock();
    private final InMemoryObjectStore bucket = new InMemoryObjectStore(512L << 20, clock);
    private final long rowTime = clock.nanos() - Duration.ofMinutes(1).toNanos();
    private long sequence;
    private SimulatedBackend a;
    private SimulatedBackend b;

    @BeforeEach
    void start() throws IOException {
        a = new SimulatedBackend("a", bucket, folder, RetentionLimits.keepEverything(), clock);
        b = new SimulatedBackend("b", bucket, folder, RetentionLimits.keepEverything(), clock);
    }

    private Row push(Labels stream) throws IOException {
        Row row = new Row(stream, rowTime, "line " + sequence);
        Bucket.putSegment(bucket, new SegmentId(Bucket.writer(1), sequence++), Map.of(TENANT, List.of(row)));
        return row;
    }

    private String ask(SimulatedBackend backend) throws IOException {
        long now = clock.millis();
        return backend.requests.create(TENANT, new DeleteParams(QUERY, now - Duration.ofHours(1).toMillis(), now));
    }

    /** Until it can be cancelled no more. */
    private void waitOutThePeriod() {
        clock.advance(Duration.ofHours(25));
    }

    private Snapshot snapshot() throws IOException {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        return new SnapshotReader(bucket, new Catalog(bucket, "reader", clock, registry), 1000, registry).snapshot();
    }

    private List<Row> shown() throws IOException {
        return Bucket.readUndeleted(bucket, snapshot(), TENANT);
    }

    private List<Row> stored() throws IOException {
        return Bucket.read(bucket, snapshot(), TENANT);
    }

    private DeleteRequest.@Nullable Status status(String id) throws IOException {
        DeleteRequest request = snapshot().catalog().deletes(TENANT).find(id);
        return request == null ? null : request.status();
    }

    /** All that the backend finds to do, until nothing is left. */
    private void settle(SimulatedBackend backend) throws IOException {
        boolean more = true;
        while (more) {
            more = backend.tasks.compactSegments(true, 1, Progress.UNBOUNDED);
            more |= backend.tasks.mergeBlocks(1, Progress.UNBOUNDED);
        }
    }

    @Test
    void aCancelledRequestTakesNoBlockAway() throws IOException {
        Row row = push(DELETED);
        a.compactSegments();
        String id = ask(a);
        // The block holds nothing else: without it there is none to write.
        cancelDuring(a::mergeBlocks, id, row);
    }

    @Test
    void aCancelledRequestTakesNothingOutOfSegments() throws IOException {
        String id = ask(a);
        Row row = push(DELETED);
        cancelDuring(a::compactSegments, id, row);
    }

    /** @param work in which the started request takes the only row away */
    private void cancelDuring(SimulatedBackend.Act work, String id, Row row) throws IOException {
        waitOutThePeriod();
        a.mergeBlocks();
        assertThat(status(id)).isEqualTo(DeleteRequest.Status.STARTED);
        a.beforeCommit(() -> b.requests.cancel(TENANT, id, true));
        assertThatThrownBy(work::run).isInstanceOf(CommitConflictException.class).hasMessageContaining("cancelled");
        assertThat(shown()).containsExactly(row);
        settle(a);
        assertThat(shown()).containsExactly(row);
    }

    @Test
    void workThatTookNoRowsOutOutlivesACancellation() throws IOException {
        String id = ask(a);
        Row row = push(KEPT);
        waitOutThePeriod();
        a.mergeBlocks();
        a.beforeCommit(() -> b.requests.cancel(TENANT, id, true));
        a.compactSegments();
        assertThat(snapshot().segments()).isEmpty();
        assertThat(shown()).containsExactly(row);
    }

    /** A request is made, and comes as far as it can, while segments with its rows become blocks. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRoundThatBeganBeforeTheRequestBringsNothingBack(boolean othersCompact) throws IOException {
        push(DELETED);
        Row kept = push(KEPT);
        String[] id = new String[1];
        a.beforeCommit(() -> {
            id[0] = ask(b);
            waitOutThePeriod();
            if (othersCompact) {
                settle(b);
                assertThat(status(id[0])).isEqualTo(DeleteRequest.Status.PROCESSED);
            } else {
                // Start it, and look for its end: the segments hold it up.
                b.mergeBlocks();
                b.mergeBlocks();
                assertThat(status(id[0])).isEqualTo(DeleteRequest.Status.STARTED);
            }
        });
        if (othersCompact) {
            assertThatThrownBy(a::compactSegments).isInstanceOf(CommitConflictException.class);
        } else {
            a.compactSegments();
        }
        assertThat(shown()).containsExactly(kept);
        settle(b);
        assertThat(status(id[0])).isEqualTo(DeleteRequest.Status.PROCESSED);
        assertThat(stored()).containsExactly(kept);
    }

    /** The same while small blocks are merged. */
    @Test
    void aMergeThatBeganBeforeTheRequestBringsNothingBack() throws IOException {
        Row kept = push(KEPT);
        for (int i = 0; i < CompactionPlanner.FAN_IN; i++) {
            push(DELETED);
            a.compactSegments();
        }
        String[] id = new String[1];
        a.beforeCommit(() -> {
            id[0] = ask(b);
            waitOutThePeriod();
            b.mergeBlocks();
            assertThat(status(id[0])).isEqualTo(DeleteRequest.Status.STARTED);
        });
        a.mergeBlocks();
        assertThat(snapshot().catalog().blockCount()).isOne();
        assertThat(stored()).hasSizeGreaterThan(1);
        assertThat(shown()).containsExactly(kept);
        settle(b);
        assertThat(status(id[0])).isEqualTo(DeleteRequest.Status.PROCESSED);
        assertThat(stored()).containsExactly(kept);
    }

    @Test
    void aMergeConflictsWithTheEndOfARequest() throws IOException {
        Row kept = push(KEPT);
        for (int i = 0; i < CompactionPlanner.FAN_IN; i++) {
            push(DELETED);
            a.compactSegments();
        }
        a.beforeCommit(() -> {
            ask(b);
            waitOutThePeriod();
            settle(b);
        });
        assertThatThrownBy(a::mergeBlocks).isInstanceOf(CommitConflictException.class);
        assertThat(stored()).containsExactly(kept);
    }

    /** Another process takes the lease over in the middle of the work, and both go on. */
    @Test
    void whoLostTheLeaseDoesNoHarm() throws IOException {
        push(DELETED);
        Row kept = push(KEPT);
        a.compactSegments();
        String id = ask(a);
        waitOutThePeriod();
        a.mergeBlocks();
        a.beforeCommit(() -> settle(b));
        assertThatThrownBy(a::mergeBlocks).isInstanceOf(CommitConflictException.class);
        assertThat(status(id)).isEqualTo(DeleteRequest.Status.PROCESSED);
        assertThat(stored()).containsExactly(kept);
        settle(a);
        assertThat(stored()).containsExactly(kept);
    }

    @Test
    void aRequestThatIsMadeAnewWaitsForTheSegmentsThatCameBack() throws IOException {
        push(DELETED);
        Row kept = push(KEPT);
        a.compactSegments();
        String id = ask(a);
        waitOutThePeriod();
        a.mergeBlocks();
        a.mergeBlocks();
        // Finds no segment that it would have to wait for, and cannot say that it is done.
        a.store.on(Operation.PUT_IF_ABSENT).keys("catalog/").failBefore();
        assertThatThrownBy(a::mergeBlocks).isInstanceOf(CommitOutcomeUnknownException.class);
        a.store.heal();
        settle(b);
        assertThat(status(id)).isEqualTo(DeleteRequest.Status.PROCESSED);

        bucket.delete(Bucket.keys(bucket, "catalog/"));
        assertThatThrownBy(() -> b.tasks.catalog().refresh()).isInstanceOf(CatalogLostException.class);
        b.tasks.ensureCatalog();
        b.mergeBlocks();
        assertThat(status(id)).isEqualTo(DeleteRequest.Status.STARTED);
        assertThat(snapshot().segments()).hasSize(2);
        boolean more = true;
        while (more) {
            more = a.tasks.mergeBlocks(1, Progress.UNBOUNDED);
            assertThat(shown()).containsExactly(kept);
        }
        assertThat(status(id)).isEqualTo(DeleteRequest.Status.STARTED);
        settle(a);
        assertThat(status(id)).isEqualTo(DeleteRequest.Status.PROCESSED);
        assertThat(stored()).containsExactly(kept);
    }

    /** Whenever in a sweep the catalog is lost, and another thread of the process misses it, the copies stay. */
    @Test
    void aSweepWithoutACatalogDeletesNoCopies() throws IOException {
        push(DELETED);
        a.compactSegments();
        ask(a);
        List<String> copies = Bucket.keys(bucket, "deletes/");
        boolean swept = false;
        for (int call = 0; !swept; call++) {
            clock.advance(Duration.ofHours(2));
            a.before(any -> true, call, () -> {
                bucket.delete(Bucket.keys(bucket, "catalog/"));
                assertThatThrownBy(() -> a.tasks.catalog().refresh()).isInstanceOf(CatalogLostException.class);
            });
            try {
                a.sweep();
                swept = !Bucket.keys(bucket, "catalog/").isEmpty();
            } catch (CatalogLostException e) {
                assertThat(Bucket.keys(bucket, "catalog/")).isEmpty();
            }
            assertThat(Bucket.keys(bucket, "deletes/")).as("lost before call %d", call).isEqualTo(copies);
            a.store.heal();
            a.tasks.ensureCatalog();
        }
    }

    @Test
    void processedRequestsAreForgottenWhenTheyAreTooMany() throws IOException {
        int most = DeleteSettings.DEFAULTS.maxRequests();
        for (int i = 0; i < most; i++) {
            ask(a);
        }
        waitOutThePeriod();
        settle(a);
        clock.advance(Duration.ofHours(1));
        String last = ask(a);
        waitOutThePeriod();
        settle(a);
        assertThat(snapshot().catalog().deletes(TENANT).requests()).as("the last day's").hasSize(most + 1);
        clock.advance(Duration.ofHours(2));
        settle(a);
        assertThat(snapshot().catalog().deletes(TENANT).requests()).hasSize(most).last().extracting(DeleteRequest::id).isEqualTo(last);
        clock.advance(Duration.ofDays(30));
        settle(a);
        assertThat(snapshot().catalog().deletes(TENANT).requests()).isEmpty();
    }
}
