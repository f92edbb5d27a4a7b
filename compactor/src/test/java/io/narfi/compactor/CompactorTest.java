package io.narfi.compactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.common.Service;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.Snapshot;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompactorTest {
    private static final Labels STREAM = Labels.of("app", "x");
    private static final long DAY = 86_400;

    @TempDir
    Path folder;

    private final FakeClock clock = new FakeClock();
    private final InMemoryObjectStore bucket = new InMemoryObjectStore(256L << 20, clock);
    private final FaultyObjectStore store = new FaultyObjectStore(bucket);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final SnapshotReader reader =
            new SnapshotReader(bucket, new Catalog(bucket, "reader", clock, registry), 1000, new SimpleMeterRegistry());
    private final List<Compactor> started = new ArrayList<>();
    private RetentionPolicy policy = RetentionPolicy.KEEP;
    private long sequence;

    @AfterEach
    void stopAll() throws Exception {
        for (Compactor c : started) {
            c.stop();
        }
    }

    /** Its threads do nothing by themselves before an hour. */
    private Compactor idle(String name) throws IOException {
        CompactorConfig config = CompactorConfig.defaults(folder.resolve(name))
                .builder()
                .interval(Duration.ofHours(1))
                .sweepInterval(Duration.ofHours(1))
                .retentionEnabled(true)
                .build();
        return start(name, config, clock);
    }

    private Compactor start(String name, CompactorConfig config, InstantSource time) throws IOException {
        Compactor compactor = new Compactor(config, store, tenant -> policy, name, time, registry);
        started.add(compactor);
        compactor.start();
        return compactor;
    }

    private Row row(long secondsAgo, String line) {
        return new Row(STREAM, clock.nanos() - secondsAgo * 1_000_000_000L, line);
    }

    private void push(Row... rows) throws IOException {
        Bucket.putSegment(bucket, new SegmentId(Bucket.writer(0), sequence++), Map.of("t", List.of(rows)));
    }

    private List<Row> read() throws IOException {
        return Bucket.read(bucket, reader.snapshot(), "t");
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waiting until %s", what).isLessThan(deadline);
            LockSupport.parkNanos(5_000_000);
        }
    }

    private boolean noSegmentsLeft() {
        try {
            return reader.snapshot().segments().isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void segmentsBecomeBlocksByDay() throws IOException {
        Row today = row(1, "today");
        Row yesterday = row(86_400, "yesterday");
        Row longAgo = row(900 * DAY, "long ago");
        push(today, yesterday);
        push(longAgo, row(2, "too"), today);
        Compactor compactor = idle("a");
        compactor.flush();
        Snapshot snapshot = reader.snapshot();
        assertThat(snapshot.segments()).isEmpty();
        LocalDate day = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        assertThat(snapshot.catalog().days("t")).containsExactly(day.minusDays(900), day.minusDays(1), day);
        assertThat(Bucket.blocks(snapshot.catalog())).allSatisfy(b -> assertThat(b.level()).isEqualTo(1));
        assertThat(read()).containsExactlyInAnyOrder(today, yesterday, longAgo, row(2, "too"));
        assertThat(registry.get("narfi_compactor_rows_dropped").tag("kind", "segments").counter().count()).isEqualTo(1);
    }

    @Test
    void blocksAreMergedAndCopiesCollapse() throws IOException {
        Compactor compactor = idle("a");
        Row again = row(1, "the same");
        for (int i = 0; i < 12; i++) {
            push(again, row(2, "line " + i));
            compactor.flush();
        }
        assertThat(Bucket.blocks(compactor.catalog().current())).hasSize(12);
        compactor.compactNow();
        List<BlockMeta> blocks = Bucket.blocks(compactor.catalog().current());
        assertThat(blocks).hasSize(1);
        assertThat(blocks.getFirst().level()).isEqualTo(2);
        assertThat(blocks.getFirst().rows()).isEqualTo(13);
        assertThat(Bucket.readBlock(bucket, blocks.getFirst())).hasSize(13).contains(again);
        assertThat(Bucket.keys(bucket, "blocks/")).as("inputs wait").hasSize(13);
        clock.advance(Duration.ofHours(3));
        compactor.compactNow();
        assertThat(Bucket.keys(bucket, "blocks/")).containsExactly(blocks.getFirst().key());
        assertThat(Bucket.keys(bucket, "segments/")).isEmpty();
        assertThat(read()).hasSize(13);
    }

    @Test
    void retentionRemovesDataAndThenObjects() throws IOException {
        RetentionPolicy.Rule rule = new RetentionPolicy.Rule(List.of(new LabelMatcher("app", LabelMatcher.Op.EQUAL, "debug")), 1, 2 * DAY);
        policy = new RetentionPolicy(0, List.of(rule));
        Row keep = row(10 * DAY, "keep");
        Row old = new Row(Labels.of("app", "debug"), clock.nanos() - 10 * DAY * 1_000_000_000L, "old");
        Row fresh = new Row(Labels.of("app", "debug"), clock.nanos() - 60_000_000_000L, "fresh");
        push(keep, old, fresh);
        Compactor compactor = idle("a");
        compactor.compactNow();
        assertThat(read()).containsExactlyInAnyOrder(keep, fresh);
        assertThat(Bucket.keys(bucket, "blocks/")).hasSize(3);
        clock.advance(Duration.ofHours(3));
        compactor.compactNow();
        assertThat(Bucket.keys(bucket, "blocks/")).hasSize(2);

        policy = new RetentionPolicy(5 * DAY, List.of(rule));
        compactor.compactNow();
        assertThat(read()).as("a new default holds for blocks that are there").containsExactly(fresh);
        clock.advance(Duration.ofDays(4));
        compactor.compactNow();
        assertThat(read()).isEmpty();
        clock.advance(Duration.ofHours(3));
        compactor.compactNow();
        assertThat(Bucket.keys(bucket, "blocks/")).isEmpty();
    }

    @Test
    void tooManyBytesLoseTheOldestDays() throws IOException {
        List<Row> rows = new ArrayList<>();
        Random random = new Random(3);
        for (int day = 1; day <= 4; day++) {
            for (int i = 0; i < 200; i++) {
                rows.add(row(day * DAY, "day " + day + " " + Long.toHexString(random.nextLong())));
            }
        }
        push(rows.toArray(Row[]::new));
        Compactor compactor = idle("a");
        compactor.compactNow();
        List<Long> sizes = Bucket.blocks(reader.snapshot().catalog()).stream().map(BlockMeta::size).toList();
        long all = sizes.stream().mapToLong(Long::longValue).sum();
        assertThat(sizes).hasSize(4);
        policy = new RetentionPolicy(0, List.of(), all, true);
        compactor.compactNow();
        assertThat(read()).hasSize(800);
        policy = new RetentionPolicy(0, List.of(), all / 2 + 200, true);
        compactor.compactNow();
        assertThat(read()).hasSize(400).allMatch(r -> r.line().startsWith("day 1") || r.line().startsWith("day 2"));
        assertThat(registry.counter("narfi_compactor_retention_size_blocks_removed").count()).isEqualTo(2);
        clock.advance(Duration.ofHours(3));
        compactor.compactNow();
        assertThat(bytes("blocks/")).isLessThanOrEqualTo(all / 2 + 200);
    }

    private long bytes(String prefix) throws IOException {
        return bucket.list(prefix, "", 1000).objects().stream().mapToLong(o -> o.size()).sum();
    }

    @Test
    void deletedRowsLeaveTheBucket() throws IOException {
        Random random = new Random(4);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            rows.add(row(DAY + i, (i % 3 == 0 ? "keep " : "drop ") + Long.toHexString(random.nextLong())));
        }
        push(rows.toArray(Row[]::new));
        Compactor compactor = idle("a");
        compactor.compactNow();
        long before = bytes("");
        CompactorConfig config = CompactorConfig.defaults(folder.resolve("a"));
        DeleteRequests requests = new DeleteRequests(compactor.catalog(), store, config.deletes(), clock, registry);
        String id = requests.create("t", new DeleteParams("{app=\"x\"} |= \"drop\"", clock.millis() - 3 * DAY * 1000, clock.millis()));
        compactor.compactNow();
        assertThat(read()).as("not before it can be cancelled no more").hasSize(3000);
        assertThat(Bucket.readUndeleted(bucket, reader.snapshot(), "t")).hasSize(1000);
        policy = new RetentionPolicy(0, List.of(), 0, false);
        clock.advance(Duration.ofHours(25));
        compactor.compactNow();
        assertThat(read()).as("filter-only").hasSize(3000);
        policy = RetentionPolicy.KEEP;
        compactor.compactNow();
        assertThat(read()).hasSize(1000).allMatch(r -> r.line().startsWith("keep"));
        assertThat(registry.counter("loki_compactor_deleted_lines", "user", "t").count()).isEqualTo(2000);
        assertThat(requireNonNull(requests.of("t").find(id)).isActive()).isFalse();
        clock.advance(Duration.ofHours(3));
        compactor.compactNow();
        assertThat(bytes("")).isLessThan(before * 2 / 3);
        clock.advance(Duration.ofDays(31));
        compactor.compactNow();
        assertThat(requests.of("t").requests()).isEmpty();
        compactor.compactNow();
        assertThat(Bucket.keys(bucket, "deletes/")).isEmpty();
    }

    @Test
    void orphansAreCollected() throws IOException {
        Compactor compactor = idle("a");
        push(row(1, "x"));
        store.on(Operation.PUT_IF_ABSENT).keys("catalog/").failBefore();
        assertThatThrownBy(compactor::flush).isInstanceOf(IOException.class);
        store.heal();
        store.put("blocks/readme", ObjectContent.of(new byte[1]));
        assertThat(Bucket.keys(bucket, "blocks/")).hasSize(2);
        compactor.compactNow();
        assertThat(Bucket.keys(bucket, "blocks/")).hasSize(3);
        clock.advance(Duration.ofHours(7));
        compactor.compactNow();
        clock.advance(Duration.ofHours(3));
        compactor.compactNow();
        assertThat(Bucket.keys(bucket, "blocks/")).hasSize(2).contains("blocks/readme");
        assertThat(read()).hasSize(1);
        assertThat(registry.get("narfi_compactor_foreign_objects").counter().count()).isPositive();
    }

    @Test
    void aDamagedSegmentDoesNotHoldUpTheOthers() throws IOException {
        push(row(1, "good"));
        push(row(2, "bad"));
        String bad = new SegmentId(Bucket.writer(0), 1).key();
        byte[] bytes = bucket.get(bad, 1 << 20);
        bytes[bytes.length / 2] ^= 1;
        bucket.put(bad, ObjectContent.of(bytes));
        push(row(3, "good too"));
        Compactor compactor = idle("a");
        compactor.flush();
        assertThat(reader.snapshot().segments()).extracting(s -> s.id().key()).containsExactly(bad);
        assertThat(Bucket.blocks(compactor.catalog().current()).getFirst().rows()).isEqualTo(2);
        assertThat(registry.get("narfi_compactor_corrupt_objects").tag("kind", "segments").counter().count()).isEqualTo(1);
    }

    @Test
    void aLostCatalogIsMadeAnew() throws IOException {
        Compactor compactor = idle("a");
        push(row(1, "x"), row(DAY, "y"));
        compactor.flush();
        push(row(2, "z"));
        bucket.delete(Bucket.keys(bucket, "catalog/"));
        assertThatThrownBy(this::read).isInstanceOf(IOException.class);
        compactor.flush();
        assertThat(read()).hasSize(3).doesNotHaveDuplicates();
        assertThat(registry.get("narfi_catalog_rebuilds").counter().count()).isEqualTo(1);
    }

    @Test
    void aCatalogMadeAnewKnowsWhatMergesReplaced() throws IOException {
        Compactor compactor = idle("a");
        for (int i = 0; i < 12; i++) {
            push(row(2, "line " + i));
            compactor.flush();
        }
        compactor.compactNow();
        assertThat(Bucket.keys(bucket, "blocks/")).hasSize(13);
        bucket.delete(Bucket.keys(bucket, "catalog/"));
        compactor.compactNow();
        assertThat(compactor.catalog().current().removed()).hasSize(12);
        assertThat(Bucket.blocks(compactor.catalog().current()))
                .as("the merged one, and one of the segments that nobody knows to be consumed any more")
                .extracting(BlockMeta::level)
                .containsExactlyInAnyOrder(2, 1);
        assertThat(read()).hasSize(12).doesNotHaveDuplicates();
    }

    @Test
    void worksByItself() throws Exception {
        // Real time: the threads look every few milliseconds.
        CompactorConfig config = CompactorConfig.defaults(folder.resolve("a"))
                .builder()
                .interval(Duration.ofMillis(10))
                .maxSegmentAge(Duration.ZERO)
                .sweepInterval(Duration.ofMillis(10))
                .build();
        Compactor compactor = start("a", config, clock);
        assertThat(compactor.state()).isEqualTo(Service.State.Running);
        for (int i = 0; i < 30; i++) {
            push(row(i, "line " + i));
            await("the segment is consumed", this::noSegmentsLeft);
        }
        await("blocks are merged", () -> Bucket.blocks(compactor.catalog().current()).size() < CompactionPlanner.FAN_IN);
        assertThat(read()).hasSize(30);
        compactor.stop();
        assertThat(compactor.state()).isEqualTo(Service.State.Terminated);
    }

    @Test
    void oneOfTwoWorksAndTheOtherTakesOver() throws Exception {
        CompactorConfig.Builder config = CompactorConfig.defaults(folder.resolve("a"))
                .builder()
                .interval(Duration.ofMillis(10))
                .maxSegmentAge(Duration.ZERO)
                .sweepInterval(Duration.ofMillis(10));
        Compactor a = start("a", config.build(), clock);
        push(row(1, "one"));
        await("a works", this::noSegmentsLeft);
        Compactor b = start(
                "b",
                CompactorConfig.defaults(folder.resolve("b"))
                        .builder()
                        .interval(Duration.ofMillis(10))
                        .maxSegmentAge(Duration.ZERO)
                        .build(),
                clock);
        a.stop();
        push(row(2, "two"));
        await("b works", this::noSegmentsLeft);
        assertThat(read()).hasSize(2);
        assertThat(b.state()).isEqualTo(Service.State.Running);
    }

    @Test
    void goesOnWhenTheStoreComesBack() throws Exception {
        store.on().failBefore();
        CompactorConfig config = CompactorConfig.defaults(folder.resolve("a"))
                .builder()
                .interval(Duration.ofMillis(10))
                .maxSegmentAge(Duration.ZERO)
                .build();
        start("a", config, clock);
        push(row(1, "one"));
        await("it failed", () -> registry.get("narfi_compactor_failures").tag("kind", "segments").counter().count() > 2);
        store.heal();
        await("the segment is consumed", this::noSegmentsLeft);
        assertThat(read()).hasSize(1);
    }

    @Test
    void theWorkingDirectoryIsForOneAndCleaned() throws Exception {
        Path dir = folder.resolve("a");
        Files.createDirectories(dir);
        Path left = Files.writeString(dir.resolve("01X.compaction"), "left by a dead process");
        Path other = Files.writeString(dir.resolve("notes.txt"), "not ours");
        Compactor a = idle("a");
        assertThat(left).doesNotExist();
        assertThat(other).exists();
        Compactor b = new Compactor(
                CompactorConfig.defaults(dir), store, RetentionLimits.keepEverything(), "b", clock, new SimpleMeterRegistry());
        assertThatThrownBy(b::start).isInstanceOf(IOException.class).hasMessageContaining("another compactor");
        assertThat(b.state()).isEqualTo(Service.State.Failed);
        b.stop();
        push(row(1, "x"));
        a.compactNow();
        try (var files = Files.list(dir)) {
            assertThat(files.map(f -> f.getFileName().toString())).containsExactlyInAnyOrder("compactor.lock", "notes.txt");
        }
    }
}
