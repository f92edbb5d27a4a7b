package io.narfi.compactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.SegmentRange;
import io.narfi.storage.object.Fault;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a step may do at most, and that the next step does the rest. */
class BoundsTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 1);

    @TempDir
    Path folder;

    private final FakeClock clock = new FakeClock();
    private final FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore(256L << 20, clock));
    private final Catalog catalog = new Catalog(store, "test", clock, new SimpleMeterRegistry());
    private final CompactorConfig config = CompactorConfig.defaults(Path.of("unused"));

    private static List<BlockMeta> blocks(int n) {
        long start = DAY.toEpochDay() * 86_400_000_000_000L;
        List<BlockMeta> blocks = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            String id = String.format(Locale.ROOT, "01AAAAAAAAAAAAAAAA%08d", i);
            blocks.add(new BlockMeta("t", id, DAY, 1, start, start + 1, 1, 1, 0, 1, 100, 50, 0));
        }
        return blocks;
    }

    @Test
    void retentionRemovesABoundedNumberAtOnce() throws IOException {
        int n = RetentionSweep.MAX_BLOCKS + 10;
        catalog.commit(CatalogChange.because("test").add(blocks(n)).build(), catalog.initialise(), 0);
        RetentionSweep sweep = new RetentionSweep(catalog, t -> new RetentionPolicy(86_400, List.of()), clock, new SimpleMeterRegistry());
        assertThat(sweep.run(0)).isEqualTo(RetentionSweep.MAX_BLOCKS);
        assertThat(sweep.run(0)).isEqualTo(10);
        assertThat(sweep.run(0)).isZero();
        assertThat(catalog.current().removed()).hasSize(n);
    }

    @Test
    void garbageIsCollectedInBoundedSteps() throws IOException {
        int n = GarbageCollector.MAX_DELETES;
        List<BlockMeta> blocks = blocks(n + 1);
        CatalogChange add = CatalogChange.because("test")
                .add(blocks)
                .consume(List.of(new SegmentRange(Bucket.writer(0), 0, n + 5)))
                .build();
        catalog.commit(add, catalog.initialise(), 0);
        catalog.commit(CatalogChange.because("test").remove(blocks).build(), catalog.current(), 0);
        GarbageCollector collector = new GarbageCollector(store, catalog, config, clock, new SimpleMeterRegistry());
        assertThat(collector.collect(0)).as("too early").isFalse();
        clock.advance(Duration.ofHours(3));
        assertThat(collector.collect(0)).isTrue();
        assertThat(catalog.current().removed()).hasSize(1);
        assertThat(catalog.current().consumed().writers().get(Bucket.writer(0))).hasSize(2);
        assertThat(collector.collect(0)).isTrue();
        assertThat(catalog.current().removed()).isEmpty();
        assertThat(collector.collect(0)).isFalse();
        clock.advance(Duration.ofHours(2));
        assertThat(collector.collect(0)).isTrue();
        assertThat(catalog.current().consumed().ranges()).isZero();
    }

    @Test
    void aPartialDeleteIsDoneAgain() throws IOException {
        for (BlockMeta b : blocks(20)) {
            store.put(b.key(), ObjectContent.of(new byte[1]));
        }
        CompactionTasks tasks = new CompactionTasks(
                config,
                store,
                RetentionLimits.keepEverything(),
                WorkingDirectory.open(folder),
                "test",
                clock,
                new SimpleMeterRegistry(),
                new CompactorMetrics(new SimpleMeterRegistry()));
        assertThatThrownBy(tasks::ensureCatalog).as("none of them is a block").isInstanceOf(IOException.class).hasMessageContaining("blocks/t");
        store.delete(blocks(20).stream().map(BlockMeta::key).toList());
        tasks.ensureCatalog();
        for (BlockMeta b : blocks(20)) {
            store.put(b.key(), ObjectContent.of(new byte[1]));
        }
        clock.advance(Duration.ofHours(7));
        tasks.sweep(0);
        assertThat(tasks.catalog().current().removed()).hasSize(20);
        clock.advance(Duration.ofHours(3));
        store.on(Operation.DELETE).times(1).inject(new Fault.PartialDelete(7));
        assertThatThrownBy(() -> tasks.sweep(0)).isInstanceOf(IOException.class);
        assertThat(Bucket.keys(store, "blocks/")).hasSize(13);
        tasks.sweep(0);
        assertThat(Bucket.keys(store, "blocks/")).isEmpty();
        assertThat(tasks.catalog().current().removed()).isEmpty();
    }

    @Test
    void downloadsComeInParts() throws IOException {
        byte[] bytes = new byte[(20 << 20) + 17];
        new Random(1).nextBytes(bytes);
        store.put("blocks/x", ObjectContent.of(bytes));
        Path file = folder.resolve("copy");
        try (LocalBlock copy = LocalBlock.download(store, "blocks/x", bytes.length, file)) {
            assertThat(store.calls(Operation.GET_RANGE)).isEqualTo(3);
            assertThat(copy.read(0, bytes.length)).isEqualTo(bytes);
            assertThat(copy.read((8 << 20) - 5, 10)).isEqualTo(Arrays.copyOfRange(bytes, (8 << 20) - 5, (8 << 20) + 5));
            assertThatThrownBy(() -> copy.read(bytes.length - 5, 6)).isInstanceOf(IOException.class);
        }
        assertThat(file).doesNotExist();
        store.on(Operation.GET_RANGE).skip(1).failBefore();
        assertThatThrownBy(() -> LocalBlock.download(store, "blocks/x", bytes.length, file)).isInstanceOf(IOException.class);
        assertThat(file).doesNotExist();
    }

    @Test
    void uploadsAreAFewAtATimeAndLeaveNoFiles() throws IOException {
        List<BlockMeta> blocks = blocks(11);
        try (BlockUpload upload = new BlockUpload(store)) {
            for (BlockMeta b : blocks) {
                upload.add(b, Files.write(folder.resolve(b.id()), new byte[100]));
            }
            assertThat(Bucket.keys(store, "blocks/")).hasSize(8);
            assertThat(upload.finish()).isEqualTo(blocks);
        }
        assertThat(Bucket.keys(store, "blocks/")).hasSize(11);
        store.on(Operation.PUT_IF_ABSENT).failBefore();
        BlockMeta last = blocks(12).getLast();
        assertThatThrownBy(() -> {
                    try (BlockUpload upload = new BlockUpload(store)) {
                        upload.add(last, Files.write(folder.resolve(last.id()), new byte[100]));
                        upload.finish();
                    }
                })
                .isInstanceOf(IOException.class);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void impossibleSettingsAreRefused() {
        CompactorConfig.Builder builder = config.builder();
        assertThatThrownBy(() -> builder.interval(Duration.ZERO).build()).hasMessageContaining("interval");
        assertThatThrownBy(() -> config.builder().roundBytes(10, 5).build()).hasMessageContaining("maxRoundBytes");
        assertThatThrownBy(() -> config.builder().targetBlockBytes(1000).build()).hasMessageContaining("targetBlockBytes");
        assertThatThrownBy(() -> config.builder().segmentGrace(Duration.ofSeconds(-1)).build()).hasMessageContaining("segmentGrace");
        assertThatThrownBy(() -> config.builder().leaseDuration(Duration.ofMillis(1)).build()).hasMessageContaining("leaseDuration");
        assertThatThrownBy(() -> config.builder().checkpointEvery(0).build()).hasMessageContaining("checkpointEvery");
    }
}
