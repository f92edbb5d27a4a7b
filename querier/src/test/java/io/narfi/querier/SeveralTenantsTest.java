package io.narfi.querier;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.http.Caller;
import io.narfi.http.HttpCaller;
import io.narfi.http.HttpCallerConfig;
import io.narfi.querier.QuerierConfig.Endpoints;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.Row;
import io.narfi.querier.data.RunningQuerier;
import io.narfi.querier.data.TestConfig;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Queries over the data of several tenants at once. */
@Timeout(120)
class SeveralTenantsTest {
    private static final long T0 = 1_793_491_200L * Durations.SECOND;
    private static final String S = "1793491200";
    private static final String E = "1793498400";
    private static final String BOTH = "b|a";

    @TempDir
    private Path folder;

    private RunningQuerier querier;
    private RunningQuerier peer;
    private HttpCaller caller;

    /** Two processes, so that tasks cross the wire. */
    @BeforeEach
    void start() throws Exception {
        Bucket bucket = new Bucket(folder);
        Labels web = Labels.of("app", "web");
        bucket.blocks("a", List.of(row(web, 0, "a0"), row(web, 2, "a2")), List.of());
        bucket.blocks("b", List.of(row(web, 1, "b1"), row(Labels.of("app", "db", "__tenant_id__", "mine"), 3, "b3")), List.of());
        bucket.segment(Map.of("c", List.of(row(web, 4, "c4"))));
        caller = new HttpCaller(HttpCallerConfig.DEFAULT, new SimpleMeterRegistry());
        peer = run(bucket, List.of(), RunningQuerier.noCaller());
        querier = run(bucket, List.of("127.0.0.1:" + peer.port()), caller);
    }

    private static Row row(Labels stream, long seconds, String line) {
        return new Row(stream, T0 + seconds * Durations.SECOND, line, Labels.EMPTY);
    }

    private static RunningQuerier run(Bucket bucket, List<String> peers, Caller caller) throws Exception {
        QuerierConfig config =
                TestConfig.of(256 << 20).peers(peers).endpoints(new Endpoints(false, true, false, false, false)).build();
        TenantLimits limits = tenant -> Limits.defaults()
                .with(
                        switch (tenant) {
                            case "a" -> "max_entries_limit_per_query: 1000\nmax_query_length: 0s\nmax_query_series: 1\nrequired_labels: []";
                            case "c" -> "max_entries_limit_per_query: 0\nmax_query_length: 5m\nrequired_labels: [app]";
                            default -> "max_entries_limit_per_query: 200\nmax_query_length: 3h";
                        });
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1_793_500_000L));
        return new RunningQuerier(bucket, config, limits, true, caller, clock, 0);
    }

    @AfterEach
    void stop() throws Exception {
        querier.stop();
        peer.stop();
        caller.close();
    }

    private String ask(String tenants, String path, String... params) throws Exception {
        HttpResponse<String> r = querier.getWith("X-Scope-OrgID", tenants, "/loki/api/v1/" + path, params);
        return r.statusCode() + " " + r.body().replaceFirst(",\"stats\":\\{.*\\}(?=\\}\\}\\n?$)", "");
    }

    @Test
    void marksStreamsWithTheirTenant() throws Exception {
        String body = ask(BOTH, "query_range", "query", "{app=~\".+\"}", "start", S, "end", E);
        assertThat(body).startsWith("200 {\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":["
                + "{\"stream\":{\"__tenant_id__\":\"a\",\"app\":\"web\"},\"values\":[[\"1793491202000000000\",\"a2\"],[\"1793491200000000000\",\"a0\"]]},"
                + "{\"stream\":{\"__tenant_id__\":\"b\",\"app\":\"db\",\"original___tenant_id__\":\"mine\"},\"values\":[[\"1793491203000000000\",\"b3\"]]},"
                + "{\"stream\":{\"__tenant_id__\":\"b\",\"app\":\"web\"},\"values\":[[\"1793491201000000000\",\"b1\"]]}]");
        // The limit is for all of them together.
        body = ask(BOTH, "query_range", "query", "{app=~\".+\"}", "start", S, "end", E, "limit", "2");
        assertThat(body).contains("b3", "a2").doesNotContain("b1", "a0");
        body = ask(BOTH, "query_range", "query", "{app=~\".+\"}", "start", S, "end", E, "limit", "2", "direction", "forward");
        assertThat(body).contains("a0", "b1").doesNotContain("a2", "b3");
    }

    @Test
    void oneTenantIsNotMarked() throws Exception {
        assertThat(ask("a", "query_range", "query", "{app=\"web\"}", "start", S, "end", E)).doesNotContain("__tenant_id__");
        assertThat(ask("a|a", "labels", "start", S, "end", E)).isEqualTo("200 {\"status\":\"success\",\"data\":[\"app\"]}\n");
        // To one tenant the matcher is one like any other.
        assertThat(ask("b", "query_range", "query", "{__tenant_id__=\"mine\"}", "start", S, "end", E)).contains("b3").doesNotContain("b1");
        assertThat(ask("a", "query_range", "query", "{__tenant_id__=\"a\"}", "start", S, "end", E)).contains("\"result\":[]");
    }

    @Test
    void choosesTenantsByMatchers() throws Exception {
        assertThat(ask(BOTH, "query_range", "query", "{app=\"web\", __tenant_id__=\"b\"}", "start", S, "end", E))
                .contains("b1", "\"__tenant_id__\":\"b\"")
                .doesNotContain("a0");
        assertThat(ask(BOTH, "query_range", "query", "{__tenant_id__!~\"b|x\", app=~\".+\"}", "start", S, "end", E))
                .contains("a0", "a2")
                .doesNotContain("b1");
        assertThat(ask(BOTH, "query_range", "query", "{__tenant_id__=\"z\"}", "start", S, "end", E)).contains("\"result\":[]");
        assertThat(ask(BOTH, "query_range", "query", "{__tenant_id__=\"b\"}", "start", S, "end", E)).contains("b1", "b3");
        assertThat(ask(BOTH, "series", "match[]", "{__tenant_id__=\"a\"}", "start", S, "end", E))
                .isEqualTo("200 {\"status\":\"success\",\"data\":[{\"__tenant_id__\":\"a\",\"app\":\"web\"}]}\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "sum(count_over_time({app=~\".+\"}[2h])) ; {\"metric\":{},\"value\":[1793498395,\"4\"]}",
                "sum by (app) (count_over_time({app=\"web\"}[2h])) ; {\"metric\":{\"app\":\"web\"},\"value\":[1793498395,\"3\"]}",
                "count_over_time({app=\"web\", __tenant_id__=\"b\"}[2h]) ; "
                        + "{\"metric\":{\"__tenant_id__\":\"b\",\"app\":\"web\"},\"value\":[1793498395,\"1\"]}",
                "sum(rate({app=\"web\", __tenant_id__=\"a\"}[2h])) / sum(rate({app=\"web\", __tenant_id__=\"b\"}[2h])) ; "
                        + "{\"metric\":{},\"value\":[1793498395,\"2\"]}",
                "sum by (__tenant_id__) (bytes_over_time({app=\"web\"}[2h])) > 3 ; "
                        + "{\"metric\":{\"__tenant_id__\":\"a\"},\"value\":[1793498395,\"4\"]}",
                "sum without (app) (count_over_time({app=\"web\"}[2h])) > 1 ; {\"metric\":{\"__tenant_id__\":\"a\"},\"value\":[1793498395,\"2\"]}",
                "max(max_over_time({app=\"web\"} | regexp \"(?P<n>[0-9])\" | unwrap n [2h]) by (app)) ; {\"metric\":{},\"value\":[1793498395,\"2\"]}",
                "quantile_over_time(1, {app=\"web\"} | regexp \"(?P<n>[0-9])\" | unwrap n [2h]) by (app) > 1 ; "
                        + "{\"metric\":{\"__tenant_id__\":\"a\",\"app\":\"web\"},\"value\":[1793498395,\"2\"]}",
                "absent_over_time({app=\"web\"}[2h]) ; ",
                "absent_over_time({app=\"none\"}[2h]) ; {\"metric\":{\"app\":\"none\"},\"value\":[1793498395,\"1\"]}",
            })
    void mergesMetrics(String query, String result) throws Exception {
        assertThat(ask(BOTH, "query", "query", query, "time", "1793498395"))
                .startsWith("200 {\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" + (result == null ? "" : result) + "]");
    }

    @Test
    void listsMetadataOfAll() throws Exception {
        assertThat(ask(BOTH, "labels", "start", S, "end", E)).isEqualTo("200 {\"status\":\"success\",\"data\":[\"__tenant_id__\",\"app\"]}\n");
        assertThat(ask("b|a", "label/__tenant_id__/values", "start", S, "end", E))
                .isEqualTo("200 {\"status\":\"success\",\"data\":[\"a\",\"b\"]}\n");
        assertThat(ask(BOTH, "label/original___tenant_id__/values", "start", S, "end", E))
                .isEqualTo("200 {\"status\":\"success\",\"data\":[\"mine\"]}\n");
        assertThat(ask(BOTH, "label/app/values", "start", S, "end", E, "query", "{__tenant_id__=~\"a|b\"}"))
                .isEqualTo("200 {\"status\":\"success\",\"data\":[\"db\",\"web\"]}\n");
        assertThat(ask(BOTH, "series", "start", S, "end", E))
                .isEqualTo("200 {\"status\":\"success\",\"data\":[{\"__tenant_id__\":\"a\",\"app\":\"web\"},"
                        + "{\"__tenant_id__\":\"b\",\"app\":\"db\",\"original___tenant_id__\":\"mine\"},{\"__tenant_id__\":\"b\",\"app\":\"web\"}]}\n");
        assertThat(ask(BOTH, "index/stats", "query", "{app=~\".+\"}", "start", S, "end", E))
                .isEqualTo("200 {\"streams\":3,\"chunks\":3,\"bytes\":8,\"entries\":4}\n");
    }

    @Test
    void obeysTheStrictestLimits() throws Exception {
        String[] params = {"query", "{app=\"web\"}", "start", S, "end", E, "limit", "201"};
        assertThat(ask(BOTH, "query_range", params))
                .isEqualTo("400 max entries limit per query exceeded, limit > max_entries_limit_per_query (201 > 200)");
        assertThat(ask("a", "query_range", params)).startsWith("200");
        assertThat(ask("a|b|c", "query_range", "query", "{app=\"web\"}", "start", S, "end", E))
                .isEqualTo("400 the query time range exceeds the limit (query length: 2h0m0s, limit: 5m)");
        assertThat(ask("a|c", "query", "query", "rate({x=\"y\"}[1m])", "time", E))
                .isEqualTo("400 stream selector is missing required matchers [app], labels present in the query were [x]");
        assertThat(ask(BOTH, "query", "query", "count_over_time({app=\"web\"}[2h])", "time", "1793498395"))
                .startsWith("400 maximum number of series (1) reached");
    }
}
