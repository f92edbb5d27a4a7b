package io.narfi.compactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.DeleteRequest;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two backends that crash at any call and work at the same time, while rows come in, and delete requests are made, cancelled and carried out. After each
 * step a reader sees every row that no request deletes, each once, and none that was there before a request that deletes it.
 */
class DeleteSimulationTest {
    private static final List<String> TENANTS = List.of("one", "two");
    private static final Labels[] STREAMS = {Labels.of("app", "a"), Labels.of("app", "b"), Labels.of("app", "c", "x", "y")};

    private record Query(String text, Predicate<Row> meaning) {}

    private static final List<Query> QUERIES = List.of(
            new Query("{app=\"a\"}", r -> r.stream().getOrEmpty("app").equals("a")),
            new Query("{app=~\"a|c\"}", r -> !r.stream().getOrEmpty("app").equals("b")),
            new Query("{app=~\".+\"} |= \"line 1\"", r -> r.line().contains("line 1")),
            new Query("{app=\"b\"} | trace=\"1\"", r -> r.stream().getOrEmpty("app").equals("b") && r.metadata().getOrEmpty("trace").equals("1")));

    /** A request as its user knows it; rows that were acknowledged before it have numbers up to {@code rowsBefore}. */
    private static final class Asked {
        final Query query;
        final long from;
        final long to;
        final int rowsBefore;
        final long at;
        boolean cancelled;
        boolean mayHaveStarted;

        Asked(Query query, long from, long to, int rowsBefore, long at) {
            this.query = query;
            this.from = from;
            this.to = to;
            this.rowsBefore = rowsBefore;
            this.at = at;
        }

        boolean concerns(Row row) {
            return row.time() >= from && row.time() <= to && query.meaning.test(row);
        }
    }

    private record Expected(Set<Row> shown, Set<Row> perhaps) {}

    @TempDir
    Path folder;

    private final FakeClock clock = new FakeClock();
    private final InMemoryObjectStore bucket = new InMemoryObjectStore(512L << 20, clock);
    private final Map<String, Map<Row, Integer>> acknowledged = new HashMap<>();
    private final Map<String, Map<String, Asked>> asked = new HashMap<>();
    private final Map<String, Set<Row>> seen = new HashMap<>();
    private final SimpleMeterRegistry readerRegistry = new SimpleMeterRegistry();
    private final SnapshotReader reader =
            new SnapshotReader(bucket, new Catalog(bucket, "reader", clock, readerRegistry), 1000, readerRegistry);
    private int rowNumber;
    private long sequence;
    private int processed;

    private SimulatedBackend backend(String name) throws IOException {
        return new SimulatedBackend(name, bucket, folder, RetentionLimits.keepEverything(), clock);
    }

    private void act(SimulatedBackend backend, int what, Random random) throws IOException {
        switch (what) {
            case 0, 1 -> backend.act(backend::compactSegments);
            case 2, 3, 4 -> backend.act(backend::mergeBlocks);
            case 5 -> backend.act(() -> ask(backend, random));
            case 6 -> backend.act(() -> cancel(backend, random));
            default -> backend.act(backend::sweep);
        }
    }

    private void ask(SimulatedBackend backend, Random random) throws IOException {
        String tenant = TENANTS.get(random.nextInt(TENANTS.size()));
        Query query = QUERIES.get(random.nextInt(QUERIES.size()));
        long to = clock.millis() - random.nextLong(Duration.ofHours(2).toMillis());
        ask(backend, tenant, query, to - 1 - random.nextLong(Duration.ofHours(random.nextBoolean() ? 60 : 2).toMillis()), to);
    }

    private void ask(SimulatedBackend backend, String tenant, Query query, long from, long to) throws IOException {
        Asked a = new Asked(query, from * Durations.MILLISECOND, to * Durations.MILLISECOND, rowNumber, clock.millis());
        Map<String, Asked> known = asked.computeIfAbsent(tenant, t -> new LinkedHashMap<>());
        Set<String> before = new HashSet<>(known.keySet());
        try {
            backend.requests.create(tenant, new DeleteParams(query.text, from, to));
        } finally {
            // Whether it was accepted when the answer was lost, the catalog tells.
            for (DeleteRequest r : reader.snapshot().catalog().deletes(tenant).requests()) {
                if (!before.contains(r.id()) && r.query().equals(query.text) && r.to() == a.to) {
                    known.putIfAbsent(r.id(), a);
                }
            }
        }
    }

    private void cancel(SimulatedBackend backend, Random random) throws IOException {
        String tenant = TENANTS.get(random.nextInt(TENANTS.size()));
        List<String> ids = new ArrayList<>(asked.getOrDefault(tenant, Map.of()).keySet());
        if (ids.isEmpty()) {
            return;
        }
        String id = ids.get(random.nextInt(ids.size()));
        Asked a = requireNonNull(asked.getOrDefault(tenant, Map.of()).get(id));
        a.mayHaveStarted |= clock.millis() - a.at > Duration.ofHours(24).toMillis();
        try {
            backend.requests.cancel(tenant, id, random.nextInt(4) == 0);
        } catch (ApiException e) {
            assertThat(e.status()).isIn(400, 404);
        } finally {
            a.cancelled |= reader.snapshot().catalog().deletes(tenant).find(id) == null;
        }
    }

    private void push(Random random) throws IOException {
        Map<String, List<Row>> rows = new HashMap<>();
        for (int i = 1 + random.nextInt(30); i > 0; i--) {
            long spread = random.nextInt(4) == 0 ? Duration.ofDays(3).toNanos() : Duration.ofHours(1).toNanos();
            long time = clock.nanos() - random.nextLong(spread) / 1000 * 1000;
            Labels metadata = random.nextInt(3) == 0 ? Labels.of("trace", Integer.toString(random.nextInt(3))) : Labels.EMPTY;
            Row row = new Row(STREAMS[random.nextInt(STREAMS.length)], time, "line " + random.nextInt(100), metadata);
            rows.computeIfAbsent(TENANTS.get(random.nextInt(TENANTS.size())), t -> new ArrayList<>()).add(row);
        }
        Bucket.putSegment(bucket, new SegmentId(Bucket.writer(1), sequence++), rows);
        rowNumber++;
        rows.forEach((tenant, list) -> list.forEach(r -> acknowledged.computeIfAbsent(tenant, t -> new HashMap<>()).put(r, rowNumber)));
    }

    private Expected expected(String tenant) {
        Set<Row> shown = new HashSet<>();
        Set<Row> perhaps = new HashSet<>();
        acknowledged.getOrDefault(tenant, Map.of()).forEach((row, number) -> {
            boolean gone = false;
            boolean open = false;
            for (Asked a : asked.getOrDefault(tenant, Map.of()).values()) {
                if (a.concerns(row)) {
                    gone |= !a.cancelled && number <= a.rowsBefore;
                    open |= a.cancelled ? a.mayHaveStarted : number > a.rowsBefore;
                }
            }
            if (!gone) {
                (open ? perhaps : shown).add(row);
            }
        });
        return new Expected(shown, perhaps);
    }

    private Map<String, Expected> expected() {
        Map<String, Expected> all = new HashMap<>();
        TENANTS.forEach(t -> all.put(t, expected(t)));
        return all;
    }

    private void check(Snapshot snapshot, Map<String, Expected> expected, String context) throws IOException {
        for (String tenant : TENANTS) {
            List<Row> rows = Bucket.readUndeleted(bucket, snapshot, tenant);
            Expected e = requireNonNull(expected.get(tenant));
            assertThat(rows).as(context).doesNotHaveDuplicates();
            assertThat(rows).as("%s: lost", context).containsAll(e.shown);
            Set<Row> extra = new HashSet<>(rows);
            extra.removeAll(e.shown);
            extra.removeAll(e.perhaps);
            assertThat(extra).as("%s: deleted, and back", context).isEmpty();
        }
    }

    /** What shows while no request deletes it stays: what a request has not taken when it is cancelled it never takes. */
    private void checkStays(Snapshot snapshot, String context) throws IOException {
        for (String tenant : TENANTS) {
            Set<Row> rows = new HashSet<>(Bucket.readUndeleted(bucket, snapshot, tenant));
            Set<Row> stays = seen.computeIfAbsent(tenant, t -> new HashSet<>());
            stays.removeIf(row -> isDeleted(tenant, row));
            assertThat(rows).as("%s: taken after the cancellation", context).containsAll(stays);
            rows.removeIf(row -> isDeleted(tenant, row));
            stays.addAll(rows);
        }
    }

    private boolean isDeleted(String tenant, Row row) {
        return asked.getOrDefault(tenant, Map.of()).values().stream().anyMatch(a -> !a.cancelled && a.concerns(row));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void deletedRowsAreGoneAndNoOthers(int round) throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        SimulatedBackend a = backend("a");
        SimulatedBackend b = backend("b");
        Snapshot held = reader.snapshot();
        Map<String, Expected> heldExpected = expected();
        long heldSince = clock.millis();
        for (int step = 0; step < 120; step++) {
            String at = "seed " + seed + " round " + round + " step " + step;
            for (int i = random.nextInt(3); i > 0; i--) {
                push(random);
            }
            SimulatedBackend first = random.nextBoolean() ? a : b;
            SimulatedBackend second = first == a ? b : a;
            first.injectFaults(random);
            if (random.nextInt(3) == 0) {
                interleave(first, second, random);
            }
            act(first, random.nextInt(8), random);
            clock.advance(random.nextInt(6) == 0 ? Duration.ofHours(random.nextInt(30)) : Duration.ofSeconds(1 + random.nextInt(60)));
            check(reader.snapshot(), expected(), at);
            checkStays(reader.snapshot(), at);
            if (clock.millis() - heldSince < Duration.ofMinutes(10).toMillis()) {
                check(held, heldExpected, at + " (a query that began earlier)");
            } else {
                held = reader.snapshot();
                heldExpected = expected();
                heldSince = clock.millis();
            }
        }
        settle(a, "seed " + seed);
        assertThat(processed).isPositive();
    }

    /** In the middle of one backend's work, mostly at its commit, the other does some. */
    private void interleave(SimulatedBackend first, SimulatedBackend second, Random random) {
        int what = random.nextInt(8);
        if (random.nextInt(3) > 0) {
            first.beforeCommit(() -> act(second, what, random));
        } else {
            first.before(call -> true, random.nextInt(15), () -> act(second, what, random));
        }
    }

    /** Without faults all requests come to their end, and their rows are in no object any more. */
    private void settle(SimulatedBackend backend, String context) throws IOException {
        for (int i = 0; i < 8; i++) {
            clock.advance(Duration.ofHours(13));
            while (backend.tasks.compactSegments(true, 1, Progress.UNBOUNDED)) {
                check(reader.snapshot(), expected(), context);
            }
            while (backend.tasks.mergeBlocks(1, Progress.UNBOUNDED)) {
                check(reader.snapshot(), expected(), context);
            }
            while (backend.tasks.sweep(1)) {
                clock.advance(Duration.ofHours(3));
            }
        }
        Snapshot end = reader.snapshot();
        check(end, expected(), context);
        for (String tenant : TENANTS) {
            List<DeleteRequest> requests = end.catalog().deletes(tenant).requests();
            assertThat(requests).as(context).allMatch(r -> !r.isActive());
            processed += requests.size();
            assertThat(Bucket.keys(bucket, "deletes/" + tenant + "/"))
                    .as(context)
                    .containsExactlyInAnyOrderElementsOf(requests.stream().map(r -> "deletes/" + tenant + "/" + r.id()).toList());
            Set<Row> allowed = new HashSet<>(expected(tenant).shown);
            allowed.addAll(expected(tenant).perhaps);
            assertThat(allowed).as("%s: still stored", context).containsAll(Bucket.read(bucket, end, tenant));
        }
        assertThat(end.segments()).as(context).isEmpty();
        assertThat(Bucket.keys(bucket, "segments/")).as(context).isEmpty();
        assertThat(Bucket.keys(bucket, "blocks/"))
                .as(context)
                .containsExactlyInAnyOrderElementsOf(Bucket.blocks(end.catalog()).stream().map(m -> m.key()).toList());
    }

    /** Crash at every call of the carrying out of a request, one after the other. */
    @Test
    void everyCrashPoint() throws IOException {
        Random random = new Random(42);
        SimulatedBackend a = backend("a");
        for (boolean after : new boolean[] {false, true}) {
            boolean crashed = true;
            for (int call = 0; crashed; call++) {
                String at = "after " + after + " call " + call;
                push(random);
                push(random);
                a.tasks.compactSegments(true, 1, Progress.UNBOUNDED);
                push(random);
                ask(a, "one", QUERIES.get(call % QUERIES.size()), clock.millis() - Duration.ofDays(2).toMillis(), clock.millis());
                check(reader.snapshot(), expected(), at + " accepted");
                clock.advance(Duration.ofHours(25));
                var rule = a.store.on().skip(call).times(1);
                var armed = after ? rule.crashAfter() : rule.crashBefore();
                boolean more = true;
                for (int step = 0; step < 40 && more && armed.hits() == 0; step++) {
                    long before = reader.snapshot().catalog().version();
                    act(a, 0, random);
                    act(a, 2, random);
                    if (armed.hits() == 0) {
                        // Healing takes the rule away: arm it again for what is left.
                        rule = a.store.on().skip(Math.max(0, call)).times(1);
                        armed = after ? rule.crashAfter() : rule.crashBefore();
                    }
                    more = reader.snapshot().catalog().version() > before;
                    check(reader.snapshot(), expected(), at);
                }
                crashed = armed.hits() > 0;
                a.store.heal();
                act(a, 7, random);
                check(reader.snapshot(), expected(), at);
            }
        }
        settle(a, "every crash point");
    }

    /** A catalog that is made anew from the blocks hides what was deleted, whether or not it was removed. */
    @Test
    void aLostCatalogKeepsDeletesHidden() throws IOException {
        Random random = new Random(7);
        SimulatedBackend a = backend("a");
        for (int i = 0; i < 6; i++) {
            push(random);
            a.tasks.compactSegments(true, 1, Progress.UNBOUNDED);
            ask(a, "one", QUERIES.get(i % QUERIES.size()), clock.millis() - Duration.ofDays(2).toMillis(), clock.millis());
            if (i == 3) {
                clock.advance(Duration.ofHours(25));
            }
            while (a.tasks.mergeBlocks(1, Progress.UNBOUNDED)) {
                check(reader.snapshot(), expected(), "step " + i);
            }
        }
        assertThat(reader.snapshot().catalog().deletes("one").requests()).anyMatch(r -> !r.isActive()).anyMatch(DeleteRequest::isActive);
        bucket.delete(Bucket.keys(bucket, "catalog/"));
        a.tasks.ensureCatalog();
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        SnapshotReader fresh = new SnapshotReader(bucket, new Catalog(bucket, "fresh", clock, registry), 1000, registry);
        check(fresh.snapshot(), expected(), "made anew");
        assertThat(fresh.snapshot().catalog().deletes("one").active()).hasSize(6);
    }
}
