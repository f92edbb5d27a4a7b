package io.narfi.querier;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.Row;
import io.narfi.querier.data.RunningQuerier;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code variants(…) of (…)} over HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class VariantsTest {
    private static final long T0 = 1_793_491_200L * Durations.SECOND;
    private static final String TIME = "1793491500000000000";

    private final ObjectMapper json = new ObjectMapper();
    private RunningQuerier querier;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        Bucket bucket = new Bucket(folder);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Labels stream = Labels.of("app", "web", "pod", "web-" + i % 3);
            rows.add(new Row(stream, T0 + i * Durations.SECOND, "level=" + (i % 4 == 0 ? "error" : "info") + " n=" + i, Labels.EMPTY));
        }
        bucket.blocks("fake", rows.subList(0, 40), List.of());
        bucket.segment(Map.of("fake", rows.subList(40, 60)));
        Limits limits = Limits.defaults().with("enable_multi_variant_queries: true\nmax_query_series: 4");
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1_793_500_000L));
        querier = new RunningQuerier(bucket, QuerierConfig.defaults(256 << 20, 2), limits, false, RunningQuerier.noCaller(), clock);
    }

    @AfterAll
    void stop() throws Exception {
        querier.stop();
    }

    private HttpResponse<String> ask(String query) throws Exception {
        return querier.get("/loki/api/v1/query", "query", query, "time", TIME);
    }

    private Map<String, String> samples(JsonNode body) {
        Map<String, String> samples = new TreeMap<>();
        for (JsonNode sample : body.at("/data/result")) {
            samples.put(sample.get("metric").toString(), sample.at("/value/1").asText());
        }
        return samples;
    }

    @Test
    void evaluatesEveryVariantOverTheCommonRange() throws Exception {
        String query = "variants(count_over_time({app=\"none\"} |= \"nothing\" [5m]), sum by (pod) (sum_over_time({app=\"x\"} | unwrap n [5m])),"
                + " max(rate({app=\"x\"}[1m] offset 4m))) of ({app=\"web\"} | logfmt | level=\"error\" | keep pod, n [5m])";
        HttpResponse<String> r = ask(query);
        assertThat(r.statusCode()).as(r.body()).isEqualTo(200);
        Map<String, String> expected = new TreeMap<>();
        int[] sums = new int[3];
        for (int i = 0; i < 60; i += 4) {
            sums[i % 3] += i;
        }
        // 15 series are more than the tenant may have; the other variants stay.
        assertThat(json.readTree(r.body()).at("/warnings/0").asText()).isEqualTo("maximum of series (4) reached for variant (0)");
        for (int pod = 0; pod < 3; pod++) {
            expected.put("{\"__variant__\":\"1\",\"pod\":\"web-" + pod + "\"}", Integer.toString(sums[pod]));
        }
        Map<String, String> found = samples(json.readTree(r.body()));
        assertThat(found.remove("{\"__variant__\":\"2\"}")).isEqualTo(Double.toString(1 / 60.0));
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void marksTheSeriesOfWithoutToo() throws Exception {
        HttpResponse<String> r = ask("variants(sum without (pod) (count_over_time({app=\"x\"}[5m]))) of ({app=\"web\"}[5m])");
        assertThat(samples(json.readTree(r.body()))).isEqualTo(Map.of("{\"__variant__\":\"0\",\"app\":\"web\"}", "59"));
    }

    @Test
    void givesAMatrixForARange() throws Exception {
        HttpResponse<String> r = querier.get("/loki/api/v1/query_range", "query",
                "variants(sum(count_over_time({app=\"x\"}[1m])), sum(bytes_over_time({app=\"x\"}[1m]))) of ({app=\"web\"} |= \"error\" [1m])",
                "start", "1793491260", "end", "1793491260", "step", "60");
        JsonNode result = json.readTree(r.body()).at("/data/result");
        assertThat(result).hasSize(2);
        assertThat(result.at("/0/metric/__variant__").asText()).isEqualTo("0");
        assertThat(result.at("/0/values/0/1").asText()).isEqualTo("14");
        assertThat(result.at("/1/metric/__variant__").asText()).isEqualTo("1");
    }

    @Test
    void refusesWhatIsNoAggregationOfTheRange() throws Exception {
        HttpResponse<String> r = ask("variants(sum(max(rate({app=\"x\"}[1m])))) of ({app=\"web\"}[1m])");
        assertThat(r.statusCode()).isEqualTo(500);
        assertThat(r.body()).isEqualTo("expected range aggregation expression but got *syntax.VectorAggregationExpr");
        r = ask("variants(rate({app=\"x\"}[1m]) + rate({app=\"x\"}[1m])) of ({app=\"web\"}[1m])");
        assertThat(r.body()).isEqualTo("expected range aggregation expression but got *syntax.BinOpExpr");
    }
}
