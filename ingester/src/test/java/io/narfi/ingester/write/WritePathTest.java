package io.narfi.ingester.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.storage.object.FaultGate;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class WritePathTest {
    private static final Duration NEVER = Duration.ofHours(1);

    private final FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore());

    @TempDir
    private Path folder;

    @Test
    void aLonePushIsDurableAfterLingerAndOnePut() throws Exception {
        try (WritePath path = WritePath.withoutSpool(store, WritePath.SETTINGS)) {
            path.push("a", "b");
            assertThat(Rows.stored(store)).containsExactly("a", "b");
            assertThat(store.calls(Operation.PUT_IF_ABSENT)).isEqualTo(1);
            assertThat(keys()).containsExactly("segments/" + path.writer + "/000000000000");
            path.push("c");
            assertThat(Rows.stored(store)).containsExactly("a", "b", "c");
            WritePath.await(() -> path.gatherer.pendingBytes() == 0 && path.gatherer.pendingSegments() == 0);
        }
    }

    @Test
    void nothingIsAcknowledgedBeforeThePutIsOver() throws Exception {
        try (FaultGateHolder gate = new FaultGateHolder(store.on(Operation.PUT_IF_ABSENT).hold());
                WritePath path = WritePath.withoutSpool(store, slow())) {
            CompletableFuture<Integer> status = pushing(path, "a");
            assertThat(gate.gate.awaitArrivals(1, Duration.ofSeconds(20))).isTrue();
            assertThatThrownBy(() -> status.get(20, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            gate.gate.open();
            assertThat(status.get(20, TimeUnit.SECONDS)).isEqualTo(204);
        }
    }

    @Test
    void sizeSealsWithoutWaitingForTheClock() throws Exception {
        try (WritePath path = WritePath.withoutSpool(store, with(WritePath.SETTINGS, NEVER))) {
            path.push("x".repeat(100_001));
            assertThat(Rows.stored(store)).hasSize(1);
        }
    }

    @Test
    void aLargePushIsSpreadOverSegments() throws Exception {
        String[] lines = new String[10];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = i + "x".repeat(50_000);
        }
        try (WritePath path = WritePath.withoutSpool(store, with(WritePath.SETTINGS, NEVER))) {
            CompletableFuture<Integer> status = pushing(path, lines);
            // Three full segments and one row that only a flush seals, unless the flush comes first.
            WritePath.await(() -> store.calls(Operation.PUT_IF_ABSENT) >= 3);
            assertThat(path.gatherer.flush(Duration.ofSeconds(20))).isTrue();
            assertThat(status.get(20, TimeUnit.SECONDS)).isEqualTo(204);
            assertThat(Rows.stored(store)).containsExactlyInAnyOrder(lines);
            assertThat(keys()).hasSize(4);
        }
    }

    @Test
    void manyTinyRowsAreSpreadBecauseOfTheirMemory() throws Exception {
        SegmentSettings large = new SegmentSettings(
                1 << 20, 1 << 20, NEVER, 64 << 20, 64, Duration.ofSeconds(5), 1, 3, NEVER, Duration.ofMillis(1), Duration.ofMillis(1));
        String[] lines = new String[100_000];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = Integer.toString(i, 36);
        }
        try (WritePath path = WritePath.withoutSpool(store, large)) {
            Ticket ticket = path.gatherer.append(Rows.push(lines));
            assertThat(path.gatherer.flush(Duration.ofSeconds(30))).isTrue();
            ticket.await();
            assertThat(keys()).as("the raw bytes alone would fit into one").hasSizeGreaterThan(1);
            assertThat(Rows.stored(store)).hasSize(lines.length);
        }
    }

    @Test
    void longLabelsAreSpreadBecauseADirectoryHasABound() throws Exception {
        SegmentSettings large = new SegmentSettings(
                64 << 20, 64 << 20, NEVER, 256 << 20, 64, Duration.ofSeconds(5), 1, 3, NEVER, Duration.ofMillis(1), Duration.ofMillis(1));
        try (WritePath path = WritePath.withoutSpool(store, large)) {
            Ticket ticket = path.gatherer.append(Rows.wide(70, 500_000));
            assertThat(path.gatherer.flush(Duration.ofSeconds(30))).isTrue();
            ticket.await();
            // The value stands in each stream twice, as app and as service_name: 70 MB of labels, 32 MiB at most in one segment.
            assertThat(keys()).hasSize(3);
            assertThat(Rows.stored(store)).hasSize(70);
        }
    }

    @Test
    void manyPushesShareASegment() throws Exception {
        try (WritePath path = WritePath.withoutSpool(store, with(WritePath.SETTINGS, NEVER))) {
            List<Ticket> tickets = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                tickets.add(path.gatherer.append(Rows.push("line " + i)));
            }
            assertThat(path.gatherer.flush(Duration.ofSeconds(20))).isTrue();
            for (Ticket t : tickets) {
                t.await();
            }
            assertThat(keys()).hasSize(1);
            assertThat(Rows.stored(store)).hasSize(50);
        }
    }

    @Test
    void severalSegmentsAreInFlight() throws Exception {
        try (FaultGateHolder gate = new FaultGateHolder(store.on(Operation.PUT_IF_ABSENT).hold());
                WritePath path = WritePath.withoutSpool(store, slow())) {
            List<CompletableFuture<Integer>> all = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                all.add(pushing(path, i + "x".repeat(110_000)));
            }
            assertThat(gate.gate.awaitArrivals(3, Duration.ofSeconds(20))).isTrue();
            assertThat(gate.gate.arrivals()).as("uploads are bounded").isEqualTo(3);
            assertThat(path.registry.get("narfi_ingester_uploads_in_flight").gauge().value()).isEqualTo(3);
            gate.gate.open();
            for (CompletableFuture<Integer> f : all) {
                assertThat(f.get(20, TimeUnit.SECONDS)).isEqualTo(204);
            }
        }
    }

    @Test
    void pendingBytesAreBounded() throws Exception {
        SegmentSettings few = new SegmentSettings(
                1000, 150_000, Duration.ofMillis(1), 150_000, 64, Duration.ofMillis(10), 1, 1, NEVER, Duration.ofMillis(1), Duration.ofMillis(1));
        try (FaultGateHolder gate = new FaultGateHolder(store.on(Operation.PUT_IF_ABSENT).hold());
                WritePath path = WritePath.withoutSpool(store, few)) {
            CompletableFuture<Integer> first = pushing(path, noise(1, 100_000));
            assertThat(gate.gate.awaitArrivals(1, Duration.ofSeconds(20))).isTrue();
            WritePath.await(() -> path.gatherer.pendingBytes() > 50_000 && path.gatherer.pendingBytes() < 150_000);
            assertThat(path.status(noise(2, 140_000))).as("no room").isEqualTo(503);
            assertThat(path.registry.get("narfi_ingester_no_room_total").counter().count()).isEqualTo(1);
            gate.gate.open();
            assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(204);
            WritePath.await(() -> path.gatherer.pendingBytes() == 0);
            assertThat(path.status(noise(2, 140_000))).as("room again").isEqualTo(204);
        }
    }

    @Test
    void pendingSegmentsAreBounded() throws Exception {
        SegmentSettings few = new SegmentSettings(
                10, 150_000, Duration.ofMillis(1), 64 << 20, 2, Duration.ofMillis(10), 1, 1, NEVER, Duration.ofMillis(1), Duration.ofMillis(1));
        try (FaultGateHolder gate = new FaultGateHolder(store.on(Operation.PUT_IF_ABSENT).hold());
                WritePath path = WritePath.withoutSpool(store, few)) {
            List<CompletableFuture<Integer>> all = List.of(pushing(path, "a".repeat(20)), pushing(path, "b".repeat(20)));
            WritePath.await(() -> path.gatherer.pendingSegments() == 2);
            assertThat(path.status("c".repeat(20))).isEqualTo(503);
            gate.gate.open();
            for (CompletableFuture<Integer> f : all) {
                assertThat(f.get(20, TimeUnit.SECONDS)).isEqualTo(204);
            }
        }
    }

    @Test
    void failedAndAmbiguousPutsAreTriedAgainUnderTheSameKey() throws Exception {
        store.on(Operation.PUT_IF_ABSENT).times(2).failBefore();
        store.on(Operation.PUT_IF_ABSENT).skip(2).times(1).failAfter();
        try (WritePath path = WritePath.withoutSpool(store, slow())) {
            path.push("a");
            assertThat(store.calls(Operation.PUT_IF_ABSENT)).isEqualTo(4);
            assertThat(Rows.stored(store)).containsExactly("a");
            assertThat(path.registry.get("narfi_ingester_segment_put_failures_total").counter().count()).isEqualTo(3);
            assertThat(path.segments("stored")).isEqualTo(1);
        }
    }

    @Test
    void withoutASpoolAStoreThatIsDownIsRetryable() throws Exception {
        store.on(Operation.PUT_IF_ABSENT).failBefore();
        try (WritePath path = WritePath.withoutSpool(store, WritePath.SETTINGS)) {
            assertThat(path.status("a")).isEqualTo(503);
            assertThat(path.segments("failed")).isEqualTo(1);
            store.heal();
            assertThat(path.status("b")).isEqualTo(204);
            assertThat(Rows.stored(store)).containsExactly("b");
        }
    }

    @Test
    void theSpoolTakesOverAndDrains() throws Exception {
        store.on(Operation.PUT_IF_ABSENT).failBefore();
        try (WritePath path = WritePath.withSpool(store, WritePath.SETTINGS, folder, 1 << 20)) {
            assertThat(path.status("a")).isEqualTo(204);
            assertThat(path.spool).isNotNull();
            assertThat(path.spool.size()).isEqualTo(1);
            assertThat(path.segments("spooled")).isEqualTo(1);
            assertThat(path.registry.get("narfi_ingester_store_reachable").gauge().value()).isZero();
            double tries = path.registry.get("narfi_ingester_segment_put_failures_total").counter().count();
            assertThat(path.status("b")).isEqualTo(204);
            assertThat(path.registry.get("narfi_ingester_segment_put_failures_total").counter().count())
                    .as("once the store is known to be down nobody waits for it")
                    .isEqualTo(tries);
            assertThat(Rows.stored(store)).isEmpty();
            store.heal();
            path.awaitDrained();
            assertThat(Rows.stored(store)).containsExactly("a", "b");
            assertThat(path.spool.usedBytes()).isZero();
            WritePath.await(() -> path.registry.get("narfi_ingester_store_reachable").gauge().value() == 1);
            assertThat(path.status("c")).isEqualTo(204);
            assertThat(path.segments("stored")).isEqualTo(1);
        }
        try (var files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString())).containsExactlyInAnyOrder("lock", "quarantine");
        }
    }

    @Test
    void aPutThatHangsDoesNotHoldThePushUp() throws Exception {
        FaultGate gate = store.on(Operation.PUT_IF_ABSENT).times(1).hold();
        store.on(Operation.PUT_IF_ABSENT).skip(1).times(50).failBefore();
        try (WritePath path = WritePath.withSpool(store, WritePath.SETTINGS, folder, 1 << 20)) {
            assertThat(path.status("a")).isEqualTo(204);
            assertThat(path.segments("spooled")).isEqualTo(1);
            gate.open();
            path.awaitDrained();
            assertThat(Rows.stored(store)).containsExactly("a");
        }
    }

    @Test
    void aFullSpoolIsRetryable() throws Exception {
        store.on(Operation.PUT_IF_ABSENT).failBefore();
        try (WritePath path = WritePath.withSpool(store, WritePath.SETTINGS, folder, 5000)) {
            assertThat(path.status("a")).isEqualTo(204);
            assertThat(path.status(noise(1, 10_000))).isEqualTo(503);
            assertThat(path.status("b")).as("what is small still fits").isEqualTo(204);
            store.heal();
            path.awaitDrained();
            assertThat(path.status(noise(1, 10_000))).isEqualTo(204);
            assertThat(Rows.stored(store)).hasSize(3);
        }
    }

    @Test
    void aSpoolSurvivesARestart() throws Exception {
        store.on(Operation.PUT_IF_ABSENT).failBefore();
        String writer;
        try (WritePath path = WritePath.withSpool(store, WritePath.SETTINGS, folder, 1 << 20)) {
            writer = path.writer;
            assertThat(path.status("a")).isEqualTo(204);
            assertThat(path.status("b")).isEqualTo(204);
            path.halt();
        }
        store.restart();
        try (WritePath path = WritePath.withSpool(store, WritePath.SETTINGS, folder, 1 << 20)) {
            path.awaitDrained();
            assertThat(keys()).containsExactly("segments/" + writer + "/000000000000", "segments/" + writer + "/000000000001");
            assertThat(path.status("c")).isEqualTo(204);
            assertThat(Rows.stored(store)).containsExactlyInAnyOrder("a", "b", "c");
        }
    }

    @Test
    void stopMakesEverythingDurableAndTakesNothingMore() throws Exception {
        WritePath path = WritePath.withoutSpool(store, with(WritePath.SETTINGS, NEVER));
        Ticket ticket = path.gatherer.append(Rows.push("a"));
        assertThat(path.stop()).isTrue();
        ticket.await();
        assertThat(Rows.stored(store)).containsExactly("a");
        assertThatThrownBy(() -> path.gatherer.append(Rows.push("b")))
                .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(503));
    }

    @Test
    void stopWithoutAStoreSpools() throws Exception {
        store.on(Operation.PUT_IF_ABSENT).failBefore();
        WritePath path = WritePath.withSpool(store, with(WritePath.SETTINGS, NEVER), folder, 1 << 20);
        Ticket ticket = path.gatherer.append(Rows.push("a"));
        assertThat(path.stop()).isTrue();
        ticket.await();
        store.heal();
        try (WritePath next = WritePath.withSpool(store, WritePath.SETTINGS, folder, 1 << 20)) {
            next.awaitDrained();
            assertThat(Rows.stored(store)).containsExactly("a");
        }
    }

    @Test
    void aFlushThatTakesTooLongSaysSo() throws Exception {
        try (FaultGateHolder gate = new FaultGateHolder(store.on(Operation.PUT_IF_ABSENT).hold());
                WritePath path = WritePath.withoutSpool(store, slow())) {
            Ticket ticket = path.gatherer.append(Rows.push("a"));
            assertThat(path.gatherer.flush(Duration.ofMillis(10))).isFalse();
            gate.gate.open();
            ticket.await();
            assertThat(path.gatherer.flush(Duration.ZERO)).isTrue();
        }
    }

    private static SegmentSettings with(SegmentSettings s, Duration linger) {
        return new SegmentSettings(
                s.targetBytes(), s.maxBytes(), linger, s.maxPendingBytes(), s.maxPendingSegments(), s.roomTimeout(), s.encoders(), s.uploads(),
                s.spoolAfter(), s.firstBackOff(), s.maxBackOff());
    }

    /** Settings under which a put has all the time it wants. */
    private static SegmentSettings slow() {
        SegmentSettings s = WritePath.SETTINGS;
        return new SegmentSettings(
                s.targetBytes(), s.maxBytes(), s.linger(), s.maxPendingBytes(), s.maxPendingSegments(), s.roomTimeout(), s.encoders(),
                s.uploads(), NEVER, s.firstBackOff(), s.maxBackOff());
    }

    /** A line that does not compress. */
    private static String noise(long seed, int length) {
        return new Random(seed)
                .ints(length, 'A', 'z' + 1)
                .filter(c -> c != '\\')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static CompletableFuture<Integer> pushing(WritePath path, String... lines) {
        CompletableFuture<Integer> status = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                status.complete(path.status(lines));
            } catch (Throwable e) {
                status.completeExceptionally(e);
            }
        });
        return status;
    }

    private List<String> keys() throws IOException {
        return store.list("segments/", "", 1000).objects().stream().map(ObjectStore.ObjectInfo::key).toList();
    }

    /** Opens the gate when a test ends before it did. */
    private record FaultGateHolder(FaultGate gate) implements AutoCloseable {
        @Override
        public void close() {
            gate.open();
        }
    }
}
