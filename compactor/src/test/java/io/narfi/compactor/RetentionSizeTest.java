package io.narfi.compactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Labels;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.CommitConflictException;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tenant's size is kept to, and no block goes that it has room for, whoever dies or comes first. */
class RetentionSizeTest {
    private static final String TENANT = "one";
    private static final int KEPT_BLOCKS = 2;
    private static final int BLOCKS = 5;

    @TempDir
    Path folder;

    private final FakeClock clock = new FakeClock();
    private final InMemoryObjectStore bucket = new InMemoryObjectStore(512L << 20, clock);
    private long maxBytes;
    private SimulatedBackend a;
    private SimulatedBackend b;

    @BeforeEach
    void start() throws IOException {
        RetentionLimits limits = tenant -> new RetentionPolicy(0, List.of(), maxBytes, true);
        a = new SimulatedBackend("a", bucket, folder, limits, clock);
        b = new SimulatedBackend("b", bucket, folder, limits, clock);
        for (int day = BLOCKS; day > 0; day--) {
            Row row = new Row(Labels.of("app", "x"), clock.nanos() - Duration.ofDays(day).toNanos(), "line " + day);
            Bucket.putSegment(bucket, new SegmentId(Bucket.writer(1), BLOCKS - day), Map.of(TENANT, List.of(row)));
            a.compactSegments();
        }
        maxBytes = blocks().subList(BLOCKS - KEPT_BLOCKS, BLOCKS).stream().mapToLong(BlockMeta::size).sum();
    }

    private CatalogState state() throws IOException {
        return new Catalog(bucket, "reader", clock, new SimpleMeterRegistry()).refresh();
    }

    /** The oldest first. */
    private List<BlockMeta> blocks() throws IOException {
        List<BlockMeta> blocks = new ArrayList<>(Bucket.blocks(state(), TENANT));
        blocks.sort(Comparator.comparingLong(BlockMeta::maxTime));
        return blocks;
    }

    @Test
    void theOldestGoAndOnlyThey() throws IOException {
        List<BlockMeta> newest = blocks().subList(BLOCKS - KEPT_BLOCKS, BLOCKS);
        a.sweep();
        assertThat(blocks()).isEqualTo(newest);
        a.sweep();
        b.sweep();
        assertThat(blocks()).isEqualTo(newest);
    }

    @Test
    void twoAtOnceRemoveNoMoreThanOne() throws IOException {
        List<BlockMeta> newest = blocks().subList(BLOCKS - KEPT_BLOCKS, BLOCKS);
        a.beforeCommit(b::sweep);
        assertThatThrownBy(a::sweep).isInstanceOf(CommitConflictException.class);
        a.sweep();
        assertThat(blocks()).isEqualTo(newest);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCrashAtAnyCallLosesNoMore(boolean after) throws IOException {
        List<BlockMeta> newest = blocks().subList(BLOCKS - KEPT_BLOCKS, BLOCKS);
        boolean crashed = true;
        for (int call = 0; crashed; call++) {
            clock.advance(Duration.ofHours(3));
            var rule = a.store.on().skip(call).times(1);
            var armed = after ? rule.crashAfter() : rule.crashBefore();
            a.act(a::sweep);
            crashed = armed.hits() > 0;
            assertThat(blocks()).as("call %d", call).containsAll(newest);
        }
        b.sweep();
        assertThat(blocks()).isEqualTo(newest);
        clock.advance(Duration.ofHours(3));
        b.sweep();
        assertThat(Bucket.keys(bucket, "blocks/")).containsExactlyInAnyOrderElementsOf(newest.stream().map(BlockMeta::key).toList());
    }
}
