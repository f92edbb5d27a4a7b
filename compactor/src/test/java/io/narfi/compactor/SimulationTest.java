package io.narfi.compactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.Snapshot;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Writers that die and repeat themselves, two backends that crash at any call and work at the same time, a store that fails and lies about it, and a
 * clock that jumps. After each step a reader must see exactly what was acknowledged, each row once.
 */
class SimulationTest {
    private static final List<String> TENANTS = List.of("one", "two", "three");
    private static final Labels[] STREAMS = {
        Labels.of("app", "a"), Labels.of("app", "b"), Labels.of("app", "c", "keep", "short"), Labels.of("app", "d", "x", "y")
    };
    private static final long DAY = 86_400;

    @TempDir
    Path folder;

    private final FakeClock clock = new FakeClock();
    private final InMemoryObjectStore bucket = new InMemoryObjectStore(512L << 20, clock);
    private final Map<String, Set<Row>> acknowledged = new HashMap<>();
    private final List<Row> repeatable = new ArrayList<>();

    private SimulatedBackend backend(String name) throws IOException {
        RetentionPolicy.Rule rule = new RetentionPolicy.Rule(List.of(new LabelMatcher("keep", LabelMatcher.Op.EQUAL, "short")), 1, 400 * DAY);
        return new SimulatedBackend(name, bucket, folder, tenant -> new RetentionPolicy(0, List.of(rule)), clock);
    }

    private static void act(SimulatedBackend backend, int what) throws IOException {
        switch (what) {
            case 0, 1, 2 -> backend.act(backend::compactSegments);
            case 3, 4 -> backend.act(backend::mergeBlocks);
            default -> backend.act(backend::sweep);
        }
    }

    private final class Writer {
        private final String id;
        private long sequence;

        Writer(int number) {
            id = Bucket.writer(number);
        }

        void push(Random random) throws IOException {
            Map<String, List<Row>> rows = new HashMap<>();
            int n = 1 + random.nextInt(30);
            for (int i = 0; i < n; i++) {
                String tenant = TENANTS.get(random.nextInt(TENANTS.size()));
                rows.computeIfAbsent(tenant, t -> new ArrayList<>()).add(row(random));
            }
            if (random.nextInt(10) == 0) {
                // A writer that died between two uploads, or a sequence that lands much later, never mind: a gap.
                sequence++;
            }
            Bucket.putSegment(bucket, new SegmentId(id, sequence++), rows);
            rows.forEach((tenant, list) -> acknowledged.computeIfAbsent(tenant, t -> new HashSet<>()).addAll(list));
        }

        private Row row(Random random) {
            if (!repeatable.isEmpty() && random.nextInt(5) == 0) {
                return repeatable.get(random.nextInt(repeatable.size()));
            }
            long spread = random.nextInt(20) == 0 ? 20 * DAY : random.nextInt(4) == 0 ? 2 * DAY : 60;
            long time = clock.nanos() - random.nextLong(spread * 1_000_000_000L) / 1000 * 1000;
            Labels metadata = random.nextInt(3) == 0 ? Labels.of("trace", Integer.toString(random.nextInt(3))) : Labels.EMPTY;
            Row row = new Row(STREAMS[random.nextInt(STREAMS.length)], time, "line " + random.nextInt(1000), metadata);
            repeatable.add(row);
            if (repeatable.size() > 50) {
                repeatable.removeFirst();
            }
            return row;
        }
    }

    private final SimpleMeterRegistry readerRegistry = new SimpleMeterRegistry();
    private final Catalog readerCatalog = new Catalog(bucket, "reader", clock, readerRegistry);
    private final SnapshotReader reader = new SnapshotReader(bucket, readerCatalog, 1000, readerRegistry);

    private void check(Snapshot snapshot, Map<String, Set<Row>> expected, String context) throws IOException {
        for (String tenant : TENANTS) {
            List<Row> rows = Bucket.read(bucket, snapshot, tenant);
            assertThat(rows).as(context).doesNotHaveDuplicates();
            assertThat(Set.copyOf(rows)).as(context).isEqualTo(expected.getOrDefault(tenant, Set.of()));
        }
    }

    private Map<String, Set<Row>> copyOfAcknowledged() {
        Map<String, Set<Row>> copy = new HashMap<>();
        acknowledged.forEach((tenant, rows) -> copy.put(tenant, new HashSet<>(rows)));
        return copy;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aReaderSeesWhatWasAcknowledged(int round) throws IOException {
        long seed = new Random().nextLong();
        String context = "seed " + seed;
        Random random = new Random(seed);
        SimulatedBackend a = backend("a");
        SimulatedBackend b = backend("b");
        List<Writer> writers = new ArrayList<>(List.of(new Writer(1), new Writer(2)));
        Snapshot held = reader.snapshot();
        Map<String, Set<Row>> heldExpected = copyOfAcknowledged();
        long heldSince = clock.millis();
        for (int step = 0; step < 70; step++) {
            String at = context + " round " + round + " step " + step;
            for (int i = random.nextInt(4); i > 0; i--) {
                writers.get(random.nextInt(writers.size())).push(random);
            }
            if (random.nextInt(20) == 0) {
                writers.set(random.nextInt(writers.size()), new Writer(100 + step));
            }
            SimulatedBackend first = random.nextBoolean() ? a : b;
            SimulatedBackend second = first == a ? b : a;
            first.injectFaults(random);
            if (random.nextInt(3) == 0) {
                interleave(first, second, random);
            }
            act(first, random.nextInt(6));
            clock.advance(Duration.ofSeconds(random.nextInt(5) == 0 ? random.nextInt(4000) : random.nextInt(60)));

            check(reader.snapshot(), acknowledged, at);
            if (clock.millis() - heldSince < Duration.ofMinutes(10).toMillis()) {
                check(held, heldExpected, at + " (a query that began earlier)");
            } else {
                held = reader.snapshot();
                heldExpected = copyOfAcknowledged();
                heldSince = clock.millis();
            }
        }
        settle(a, context);
    }

    /** In the middle of one backend's work the other does some. */
    private static void interleave(SimulatedBackend first, SimulatedBackend second, Random random) {
        int what = random.nextInt(6);
        if (random.nextBoolean()) {
            first.beforeCommit(() -> act(second, what));
        } else {
            first.before(call -> true, random.nextInt(15), () -> act(second, what));
        }
    }

    /** Without faults everything comes to rest: no orphans, no segments, few commits, little history. */
    private void settle(SimulatedBackend backend, String context) throws IOException {
        for (int i = 0; i < 30; i++) {
            while (backend.tasks.compactSegments(true, 1, Progress.UNBOUNDED)) {
                check(reader.snapshot(), acknowledged, context);
            }
            while (backend.tasks.mergeBlocks(1, Progress.UNBOUNDED)) {
                check(reader.snapshot(), acknowledged, context);
            }
            backend.tasks.sweep(1);
            clock.advance(Duration.ofHours(1));
        }
        while (backend.tasks.sweep(1)) {
            clock.advance(Duration.ofHours(3));
        }
        Snapshot end = reader.snapshot();
        check(end, acknowledged, context);
        assertThat(end.segments()).as(context).isEmpty();
        assertThat(Bucket.keys(bucket, "segments/")).as(context).isEmpty();
        CatalogState state = end.catalog();
        assertThat(new TreeSet<>(Bucket.keys(bucket, "blocks/")))
                .as(context)
                .isEqualTo(new TreeSet<>(Bucket.blocks(state).stream().map(BlockMeta::key).toList()));
        assertThat(state.removed()).as(context).isEmpty();
        assertThat(state.consumed().ranges()).as(context).isZero();
        assertThat(Bucket.keys(bucket, "catalog/").size()).as(context).isLessThan(100);
        for (String tenant : TENANTS) {
            assertThat(state.days(tenant))
                    .as(context)
                    .allSatisfy(day -> assertThat(state.blocks(tenant, day).size()).isLessThanOrEqualTo(12));
        }
    }

    /** Crash at every call of a round, a merge and a sweep, one after the other. */
    @Test
    void everyCrashPoint() throws IOException {
        Random random = new Random(42);
        SimulatedBackend a = backend("a");
        Writer writer = new Writer(1);
        for (int what : new int[] {0, 3, 5}) {
            for (boolean after : new boolean[] {false, true}) {
                boolean crashed = true;
                for (int call = 0; crashed; call++) {
                    String at = "what " + what + " after " + after + " call " + call;
                    while (Bucket.keys(bucket, "segments/").size() < 3 || (what == 0 && reader.snapshot().segments().size() < 3)) {
                        writer.push(random);
                    }
                    if (what == 3) {
                        for (int i = 0; i < CompactionPlanner.FAN_IN; i++) {
                            writer.push(random);
                            a.tasks.compactSegments(true, 1, Progress.UNBOUNDED);
                        }
                    }
                    if (what == 5) {
                        a.tasks.compactSegments(true, 1, Progress.UNBOUNDED);
                        clock.advance(Duration.ofHours(3));
                        writer.push(random);
                    }
                    var rule = a.store.on().skip(call).times(1);
                    var armed = after ? rule.crashAfter() : rule.crashBefore();
                    act(a, what);
                    crashed = armed.hits() > 0;
                    check(reader.snapshot(), acknowledged, at);
                }
            }
        }
        settle(a, "every crash point");
    }
}
