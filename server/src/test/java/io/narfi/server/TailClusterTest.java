package io.narfi.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.server.cluster.Cluster;
import io.narfi.server.cluster.LokiClient;
import io.narfi.server.cluster.LokiClient.Line;
import io.narfi.server.cluster.Node;
import io.narfi.server.cluster.TailClient;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tails through a gateway, with every service in a process of its own around a folder. */
@Tag("integration")
class TailClusterTest {
    private static final String PATH = "/loki/api/v1/tail";
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int TAILS = 300;
    private static final int APPS = 30;
    private static final int PUSHES = 100;
    private static final int LINES_OF_A_STREAM = 2;
    private static final long PUSH_EVERY_MILLIS = 100;

    @TempDir
    private Path dir;

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void close() {
        // Sockets of a test that failed must not keep it waiting.
        http.shutdownNow();
    }

    private Cluster cluster() throws Exception {
        return new Cluster(dir, 2, 1, 1, "    filesystem:\n      chunks_directory: " + dir.resolve("store"), """
                limits_config:
                  max_concurrent_tail_requests: 1000
                  ingestion_rate_mb: 1000
                  ingestion_burst_size_mb: 1000
                  per_stream_rate_limit: 1GB
                  per_stream_rate_limit_burst: 1GB
                compactor:
                  max_segment_age: 5s
                  compaction_interval: 1s
                """);
    }

    private static long now() {
        return System.currentTimeMillis() * 1_000_000;
    }

    private static void push(LokiClient client, Map<String, String> stream, List<Line> lines) throws Exception {
        HttpResponse<String> response = client.push(stream, lines);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(204);
    }

    @Test
    void severalHundredTailsSeeEveryLineOnceAndSoon() throws Exception {
        try (Cluster cluster = cluster()) {
            String url = cluster.gateway().url();
            LokiClient client = new LokiClient(http, url, LONG);
            long begin = System.nanoTime();
            List<TailClient> tails = new ArrayList<>();
            for (int i = 0; i < TAILS; i++) {
                tails.add(TailClient.open(http, url, PATH, Map.of("query", "{app=\"app-" + i % APPS + "\"} |= \"line\""), Map.of()));
            }
            for (TailClient tail : tails) {
                tail.await(() -> tail.pings() > 0, () -> "no ping", LONG);
            }
            double opening = (System.nanoTime() - begin) / 1e9;
            Map<String, Duration> before = cpu(cluster);
            begin = System.nanoTime();
            for (int p = 0; p < PUSHES; p++) {
                for (int a = 0; a < APPS; a++) {
                    // A stream at a time: the JSON of the client is not what is measured.
                    if (p % 3 == a % 3) {
                        long t = now();
                        int number = p;
                        List<Line> lines = new ArrayList<>();
                        for (int l = 0; l < LINES_OF_A_STREAM; l++) {
                            lines.add(new Line(t + l, "line " + number + "-" + l + " of a request that took 17 ms and " + "was answered ".repeat(10)));
                        }
                        Map<String, String> stream = Map.of("app", "app-" + a);
                        Thread.ofVirtual().start(() -> {
                            try {
                                push(client, stream, lines);
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        });
                    }
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PUSH_EVERY_MILLIS));
            }
            int each = expected(0);
            for (int i = 0; i < TAILS; i++) {
                TailClient tail = tails.get(i);
                int want = expected(i % APPS);
                tail.awaitLines(want, LONG);
                assertThat(tail.lines()).hasSize(want).doesNotHaveDuplicates();
                assertThat(tail.dropped()).isEmpty();
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            double[] ages = tails.stream().flatMapToDouble(t -> t.ages().stream().mapToDouble(Double::doubleValue)).sorted().toArray();
            System.out.printf("%d tails of %d queries through the gateway, opened in %.1f s; %d lines each in %.1f s%n", TAILS, APPS, opening, each, seconds);
            System.out.printf(
                    "age of a line at the client: median %.2f s, p99 %.2f s, max %.2f s%n",
                    ages[ages.length / 2], ages[ages.length * 99 / 100], ages[ages.length - 1]);
            cpu(cluster).forEach((name, cpu) -> System.out.printf(
                    "%s: %.2f s of processor time%n", name, (cpu.toMillis() - before.getOrDefault(name, Duration.ZERO).toMillis()) / 1e3));
            System.out.println(metrics(cluster.nodes("read").getFirst()));
            assertThat(Arrays.stream(ages).max().orElseThrow()).isLessThan(20);
            tails.forEach(TailClient::close);
        }
    }

    private static int expected(int app) {
        int pushes = 0;
        for (int p = 0; p < PUSHES; p++) {
            pushes += p % 3 == app % 3 ? 1 : 0;
        }
        return pushes * LINES_OF_A_STREAM;
    }

    private static Map<String, Duration> cpu(Cluster cluster) {
        Map<String, Duration> all = new TreeMap<>();
        for (Node node : cluster.nodes()) {
            all.put(node.name(), node.cpu());
        }
        return all;
    }

    private String metrics(Node node) throws Exception {
        String text = http.send(HttpRequest.newBuilder(node.uri("/metrics")).build(), BodyHandlers.ofString()).body();
        return String.join(
                "\n",
                text.lines()
                        .filter(l -> l.startsWith("narfi_tail") || l.startsWith("loki_querier_tail") || l.startsWith("jvm_memory_used_bytes"))
                        .toList());
    }

    @Test
    void aSlowClientHoldsNobodyUpAndTheGatewayDoesNotBufferForIt() throws Exception {
        try (Cluster cluster = cluster()) {
            String url = cluster.gateway().url();
            LokiClient client = new LokiClient(http, url, LONG);
            Map<String, String> web = Map.of("app", "web");
            TailClient slow = TailClient.lazy(http, url, PATH, Map.of("query", "{app=\"web\"}"));
            TailClient fast = TailClient.open(http, url, PATH, Map.of("query", "{app=\"web\"}"), Map.of());
            fast.await(() -> fast.pings() > 0, () -> "no ping", LONG);
            String filler = "x".repeat(40_000);
            int total = 0;
            for (int p = 0; p < 25; p++) {
                List<Line> lines = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    lines.add(new Line(now() + i, total++ + " " + filler));
                }
                push(client, web, lines);
                fast.awaitLines(total, LONG);
            }
            assertThat(fast.dropped()).isEmpty();
            slow.read();
            int all = total;
            push(client, web, List.of(new Line(now(), "the end")));
            slow.await(() -> slow.lines().contains("the end"), () -> slow.lines().size() + " of " + all + " lines", LONG);
            // What the sockets and the ten frames of the tail hold came; what came meanwhile is named.
            assertThat(slow.lines()).doesNotHaveDuplicates().hasSizeLessThan(all);
            assertThat(slow.dropped()).isNotEmpty().allSatisfy(d -> assertThat(d.path("labels").path("app").asText()).isEqualTo("web"));
            if (slow.dropped().size() < 1000) {
                assertThat(slow.lines().size() + slow.dropped().size()).isEqualTo(all + 1);
            }
            slow.close();
            fast.close();
        }
    }

    @Test
    void aReadProcessThatStopsLetsItsClientsComeBack() throws Exception {
        try (Cluster cluster = cluster()) {
            TailClient tail = TailClient.open(http, cluster.gateway().url(), PATH, Map.of("query", "{app=\"web\"}"), Map.of());
            tail.await(() -> tail.pings() > 0, () -> "no ping", LONG);
            Node read = cluster.nodes("read").getFirst();
            long begin = System.nanoTime();
            assertThat(read.stop(Duration.ofSeconds(30))).isIn(0, 143);
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(15));
            assertThat(tail.closed(LONG)).isEqualTo("1006 ");
        }
    }
}
