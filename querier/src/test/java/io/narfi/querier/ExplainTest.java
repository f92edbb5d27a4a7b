package io.narfi.querier;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Durations;
import io.narfi.common.Limits;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.RandomRows;
import io.narfi.querier.data.RunningQuerier;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ExplainTest {
    private static final String PATH = "/narfi/api/v1/explain";
    private static final String START = Long.toString(RandomRows.START);
    private static final String END = Long.toString(RandomRows.END - 1);

    @TempDir
    Path folder;

    @Test
    void tellsThePlanAndTheSplit() throws Exception {
        Bucket bucket = new Bucket(folder);
        bucket.blocks("fake", RandomRows.make(new Random(1), 6, 500), List.of());
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(RandomRows.END / Durations.SECOND));
        QuerierConfig config = QuerierConfig.defaults(256 << 20, 2);
        RunningQuerier querier = new RunningQuerier(bucket, config, Limits.defaults(), false, RunningQuerier.noCaller(), clock);
        try {
            String query = "sum by (app) (rate({env=\"prod\"} |= \"error\" [1h])) / 2";
            HttpResponse<String> metric = querier.get(PATH, "query", query, "start", START, "end", END, "step", "1h");
            assertThat(metric.statusCode()).isEqualTo(200);
            assertThat(metric.headers().firstValue("Content-Type")).hasValue("text/plain; charset=utf-8");
            assertThat(metric.body()).startsWith("query: ").contains("leaf 0 reads lines from ", "1 task, about ", "not split: it is no more than the ");
            assertThat(metric.body()).contains("/\n  sum by (app)\n    leaf 0\n  2\n").contains(" 1 task over 2 blocks and 0 segments\n");

            HttpResponse<String> instant = querier.get(PATH, "query", "count_over_time({env=\"prod\"}[1h])", "time", END);
            assertThat(instant.body()).contains("evaluated once at ", "leaf 0 reads ", "series by all labels");

            HttpResponse<String> log = querier.get(PATH, "query", "{env=\"prod\"} | logfmt | n > 5", "start", START, "end", END);
            assertThat(log.body()).contains("select {env=\"prod\"}\n", "the newest 100 entries", "1 task, about ");
            HttpResponse<String> nothing = querier.get(PATH, "query", "{env=\"prod\"}", "start", "1", "end", "1000");
            assertThat(nothing.body()).contains("0 tasks", "no object has rows in this time");
            assertThat(querier.get(PATH, "query", "{env=", "start", START, "end", END).statusCode()).isEqualTo(400);
        } finally {
            querier.stop();
        }
    }
}
