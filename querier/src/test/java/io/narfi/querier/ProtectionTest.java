package io.narfi.querier;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.http.Caller;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.Row;
import io.narfi.querier.data.RunningQuerier;
import io.narfi.querier.data.TestConfig;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.object.FaultGate;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a read process well when a client, a query or the store is not. */
@Timeout(120)
class ProtectionTest {
    private static final long T0 = 1_793_491_200L * Durations.SECOND;
    private static final String[] QUERY = {"query", "{app=\"web\"}", "start", "1793491200", "end", "1793498400"};
    private static final String PATH = "/loki/api/v1/query_range";
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private final FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore());
    private Bucket bucket;
    private List<BlockMeta> blocks;
    private @Nullable RunningQuerier started;

    @BeforeEach
    void fill() throws Exception {
        bucket = new Bucket(folder, store);
        blocks = bucket.blocks("fake", List.of(row("first", 0), row("second", 1)), List.of());
    }

    @AfterEach
    void stop() throws Exception {
        store.heal();
        if (started != null) {
            started.stop();
        }
    }

    private static Row row(String line, long seconds) {
        return new Row(Labels.of("app", "web"), T0 + seconds * Durations.SECOND, line, Labels.EMPTY);
    }

    private void start(TestConfig config, String limits) throws Exception {
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1_793_500_000L));
        Caller caller = RunningQuerier.noCaller();
        started = new RunningQuerier(bucket, config.build(), Limits.defaults().with(limits), false, caller, clock);
    }

    private RunningQuerier querier() {
        return requireNonNull(started, "not started");
    }

    private static TestConfig config(int queries, int waiting) {
        return TestConfig.of(256 << 20).queries(queries, waiting);
    }

    @Test
    void stopsWorkingWhenTheClientGoesAway() throws Exception {
        start(config(4, 10), "query_timeout: 10m");
        FaultGate gate = store.on(Operation.GET_RANGE).keys("blocks/").hold();
        CompletableFuture<HttpResponse<String>> call = ask();
        assertThat(gate.awaitArrivals(1, LONG)).isTrue();
        assertThat(gauge("narfi_queries_running")).isEqualTo(1);
        call.cancel(true);
        Eventually.until("no query runs", () -> gauge("narfi_queries_running") == 0);
        Eventually.until("no memory is held", () -> gauge("narfi_query_memory_bytes") == 0);
        store.heal();
        assertThat(querier().get(PATH, QUERY).body()).contains("first", "second");
    }

    @Test
    void answers504WhenTheTimeIsUp() throws Exception {
        start(config(4, 10), "query_timeout: 200ms");
        FaultGate gate = store.on(Operation.GET_RANGE).keys("blocks/").hold();
        HttpResponse<String> late = querier().get(PATH, QUERY);
        assertThat(late.statusCode()).isEqualTo(504);
        assertThat(late.body())
                .isEqualTo("request timed out, decrease the duration of the request or add more label matchers (prefer exact match over "
                        + "regex match) to reduce the amount of data processed");
        gate.open();
        Eventually.until("no query runs", () -> gauge("narfi_queries_running") == 0);
    }

    @Test
    void refusesWhatCannotWait() throws Exception {
        start(config(1, 1), "query_timeout: 10m");
        FaultGate gate = store.on(Operation.GET_RANGE).keys("blocks/").hold();
        CompletableFuture<HttpResponse<String>> running = ask();
        assertThat(gate.awaitArrivals(1, LONG)).isTrue();
        CompletableFuture<HttpResponse<String>> waiting = ask();
        Eventually.until("the second waits", () -> gauge("narfi_queries_waiting") == 1);
        HttpResponse<String> refused = querier().get(PATH, QUERY);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).isEqualTo("too many outstanding requests");
        gate.open();
        assertThat(running.get().statusCode()).isEqualTo(200);
        assertThat(waiting.get().statusCode()).isEqualTo(200);
    }

    @Test
    void looksAgainWhenAnObjectIsGone() throws Exception {
        start(config(4, 10), "query_timeout: 10m");
        AtomicBoolean first = new AtomicBoolean(true);
        store.on(Operation.GET_RANGE)
                .keys("blocks/")
                .when(call -> {
                    if (first.getAndSet(false)) {
                        replaceBlocks();
                    }
                    return false;
                })
                .failBefore();
        HttpResponse<String> r = querier().get(PATH, QUERY);
        assertThat(r.statusCode()).as(r.body()).isEqualTo(200);
        assertThat(r.body()).contains("first", "second");
        assertThat(first).isFalse();
    }

    private void replaceBlocks() {
        try {
            List<BlockMeta> old = blocks;
            blocks = bucket.blocks("fake", List.of(row("first", 0), row("second", 1)), List.of());
            bucket.remove(old);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void endsAQueryOverMoreSegmentsThanMemoryHolds() throws Exception {
        SegmentId id = bucket.segment(Map.of("fake", List.of(row("third", 2), row("fourth", 3))));
        long size = store.get(id.key(), 1 << 20).length;
        start(config(4, 10).queryMemory(size - 1), "query_timeout: 10m");
        HttpResponse<String> r = querier().get(PATH, QUERY);
        assertThat(r.statusCode()).isEqualTo(400);
        assertThat(r.body()).startsWith("the query needs more memory than a single query may use");
        assertThat(gauge("narfi_query_memory_bytes")).isZero();
    }

    @Test
    void tellsThatTheStoreFails() throws Exception {
        start(config(4, 10), "query_timeout: 10m");
        store.on(Operation.GET_RANGE).keys("blocks/").failBefore();
        HttpResponse<String> r = querier().get(PATH, QUERY);
        assertThat(r.statusCode()).isEqualTo(500);
        assertThat(r.body()).startsWith("the object store failed: ");
    }

    @Test
    void holdsTenantsToTheirLimits() throws Exception {
        start(
                config(4, 10),
                """
                max_query_series: 1
                max_query_range: 30m
                max_streams_matchers_per_query: 2
                required_labels: [app]
                minimum_labels_number: 1
                max_query_lookback: 3h
                blocked_queries:
                  - pattern: '{app="blocked"}'
                """);
        bucket.blocks("fake", List.of(new Row(Labels.of("app", "web", "pod", "2"), T0, "third", Labels.EMPTY)), List.of());
        refuses("sum by (pod) (rate({app=\"web\"}[1h]))", "[interval] value exceeds limit: [1h] > [30m]");
        refuses("{app=\"x\",a=\"b\",c=\"d\"}", "max streams matchers per query exceeded, matchers-count > limit (3 > 2)");
        refuses("{pod=\"x\"}", "stream selector is missing required matchers [app], labels present in the query were [pod]");
        refuses("{app=\"blocked\"}", "query blocked by policy");
        refuses(
                "count_over_time({app=\"web\"}[20m])",
                "maximum number of series (1) reached for a single query; consider reducing query cardinality by adding more specific "
                        + "stream selectors, reducing the time range, or aggregating results with functions like sum(), count() or topk()");
        HttpResponse<String> partly = querier().getWith(
                "X-Query-Tags",
                "Source=grafana-lokiexplore-app",
                PATH,
                "query",
                "count_over_time({app=\"web\"}[20m])",
                "start",
                "1793491200",
                "end",
                "1793494800",
                "step",
                "20m");
        assertThat(partly.statusCode()).isEqualTo(200);
        assertThat(partly.body())
                .endsWith(",\"warnings\":[\"maximum number of series (1) reached for a single query; returning partial results\"]}");
        assertThat(querier().get(PATH, "query", "{app=\"web\"}", "start", "1793480000", "end", "1793485000").body())
                .contains("\"result\":[]");
        assertThat(querier().get("/loki/api/v1/labels", "start", "1793480000", "end", "1793485000").body())
                .isEqualTo("this data is no longer available, it is past now - max_query_lookback (3h)");
    }

    @Test
    void refusesToReadTooManyBytes() throws Exception {
        start(config(4, 10), "max_query_bytes_read: 10B");
        String message = "the query would read too many bytes (query: 11 B, limit: 10 B); consider adding more specific stream selectors or "
                + "reduce the time range of the query";
        refuses("{app=\"web\"}", message);
        refuses("rate({app=\"web\"}[5m])", message);
        assertThat(querier().get(PATH, "query", "{app=\"none\"}", "start", "1793491200", "end", "1793494800").statusCode()).isEqualTo(200);
    }

    private void refuses(String query, String message) throws Exception {
        HttpResponse<String> r = querier().get(PATH, "query", query, "start", "1793491200", "end", "1793494800", "step", "20m");
        assertThat(r.body()).isEqualTo(message);
        assertThat(r.statusCode()).isEqualTo(400);
    }

    private CompletableFuture<HttpResponse<String>> ask() {
        HttpRequest request = HttpRequest.newBuilder(querier().uri(PATH, QUERY)).GET().build();
        return querier().client().sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    private double gauge(String name) {
        return querier().registry().get(name).gauge().value();
    }
}
