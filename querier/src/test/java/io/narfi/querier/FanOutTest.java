package io.narfi.querier;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Durations;
import io.narfi.common.Limits;
import io.narfi.http.HttpCaller;
import io.narfi.http.HttpCallerConfig;
import io.narfi.querier.data.Bucket;
import io.narfi.querier.data.RandomRows;
import io.narfi.querier.data.Row;
import io.narfi.querier.data.RunningQuerier;
import io.narfi.querier.data.TestConfig;
import io.narfi.querier.proto.TaskRequest;
import io.narfi.querier.task.RequestCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three read processes on one bucket, and one that works alone. */
@Timeout(120)
class FanOutTest {
    private static final String START = Long.toString(RandomRows.START);
    private static final String END = Long.toString(RandomRows.END);
    private static final List<String> QUERIES = List.of(
            "{env=\"prod\"}",
            "{env=~\".+\"} |= \"level=error\" | logfmt | status>=400",
            "count_over_time({env=\"prod\"}[1h])",
            "sum by (app) (rate({env=~\".+\"} |= \"level=error\" [3h])) / sum by (app) (rate({env=~\".+\"}[3h]))",
            "topk(2, sum by (pod) (bytes_over_time({env=~\".+\"}[6h])))",
            "quantile_over_time(0.9, {env=~\".+\"} | logfmt | unwrap n [2h]) by (app)");

    @TempDir
    private Path folder;

    private final HttpCaller caller = new HttpCaller(HttpCallerConfig.DEFAULT, new SimpleMeterRegistry());
    private final List<RunningQuerier> peers = new ArrayList<>();
    private final long seed = System.nanoTime();
    private RunningQuerier alone;

    @BeforeEach
    void start() throws Exception {
        Random random = new Random(seed);
        Bucket bucket = new Bucket(folder);
        List<Row> rows = RandomRows.make(random, 12, 5000);
        RandomRows.spread(random, "fake", rows, bucket);
        TestConfig config = TestConfig.of(512 << 20).smallTasks();
        alone = querier(bucket, config, 0);
        List<Integer> ports = freePorts(3);
        List<String> names = ports.stream().map(p -> "127.0.0.1:" + p).toList();
        for (int port : ports) {
            peers.add(querier(bucket, config.peers(names), port));
        }
    }

    @AfterEach
    void stop() throws Exception {
        alone.stop();
        for (RunningQuerier peer : peers) {
            peer.stop();
        }
        caller.close();
    }

    private RunningQuerier querier(Bucket bucket, TestConfig config, int port) throws Exception {
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(RandomRows.END / Durations.SECOND));
        return new RunningQuerier(bucket, config.build(), Limits.defaults(), false, caller, clock, port);
    }

    private static List<Integer> freePorts(int n) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            sockets.add(socket);
            ports.add(socket.getLocalPort());
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return ports;
    }

    @Test
    void answersAsOneAlone() throws Exception {
        for (RunningQuerier peer : peers) {
            compare(peer);
        }
        for (RunningQuerier peer : peers) {
            assertThat(tasks(peer, "remote")).isPositive();
            assertThat(tasks(peer, "local")).isPositive();
            assertThat(tasks(peer, "retried")).isZero();
        }
        assertThat(tasks(alone, "remote")).isZero();
    }

    @Test
    void answersWhenPeersAreDead() throws Exception {
        compare(peers.get(0));
        peers.get(1).stop();
        compare(peers.get(0));
        assertThat(tasks(peers.get(0), "retried")).isPositive();
        peers.get(2).stop();
        compare(peers.get(0));
    }

    @Test
    void answersMetadataToo() throws Exception {
        for (String path : List.of("labels", "label/pod/values", "series", "index/stats")) {
            String[] params = {"start", START, "end", END, path.equals("series") ? "match[]" : "query", "{env=\"prod\"}"};
            String expected = alone.get("/loki/api/v1/" + path, params).body();
            assertThat(expected).hasSizeGreaterThan(30);
            for (RunningQuerier peer : peers) {
                assertThat(peer.get("/loki/api/v1/" + path, params).body()).as("seed %d", seed).isEqualTo(expected);
            }
        }
    }

    @Test
    void refusesTasksOfAnotherVersion() throws Exception {
        byte[] other = TaskRequest.newBuilder().setVersion(99).build().toByteArray();
        HttpResponse<String> r = peers.get(0).postBytes("/narfi/internal/v1/task", "application/x-protobuf", other);
        assertThat(r.statusCode()).isEqualTo(409);
        assertThat(r.body()).isEqualTo("this process speaks version " + RequestCodec.VERSION + " of tasks, not 99");
    }

    @Test
    void passesErrorsOfQueriesOn() throws Exception {
        String query = "sum by (level) (count_over_time({env=~\".+\"} | json [1h]))";
        for (RunningQuerier peer : peers) {
            HttpResponse<String> r = peer.get("/loki/api/v1/query_range", "query", query, "start", START, "end", END);
            assertThat(r.statusCode()).isEqualTo(400);
            assertThat(r.body()).startsWith("pipeline error: 'JSONParserErr' for series:");
        }
    }

    private void compare(RunningQuerier peer) throws Exception {
        for (String query : QUERIES) {
            for (String direction : List.of("forward", "backward")) {
                String[] params = {
                    "query", query, "start", START, "end", END, "limit", "700", "direction", direction, "step", "30m"
                };
                HttpResponse<String> expected = alone.get("/loki/api/v1/query_range", params);
                HttpResponse<String> found = peer.get("/loki/api/v1/query_range", params);
                assertThat(expected.statusCode()).as(expected.body()).isEqualTo(200);
                assertThat(result(found.body())).as("seed %d %s %s", seed, query, direction).isEqualTo(result(expected.body()));
            }
        }
    }

    private static String result(String body) {
        int end = body.indexOf(",\"stats\":");
        assertThat(end).as(body).isGreaterThan(100);
        return body.substring(0, end);
    }

    private static double tasks(RunningQuerier querier, String where) {
        return querier.registry().get("narfi_query_tasks_total").tag("where", where).counter().count();
    }
}
