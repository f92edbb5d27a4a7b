package io.narfi.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import io.narfi.server.cluster.Ceph;
import io.narfi.server.cluster.Cluster;
import io.narfi.server.cluster.LokiClient;
import io.narfi.server.cluster.LokiClient.Line;
import io.narfi.server.cluster.Node;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real lines through real clients into separate processes around a real Ceph RGW: every line comes back exactly once, before, during and
 * after compaction.
 */
@Tag("integration")
class EndToEndTest {
    private static final int RAW_BATCH = 500;

    @TempDir
    Path dir;

    @Test
    void everyLineComesBackOnce() throws Exception {
        long from = System.currentTimeMillis() * 1_000_000 - 60_000_000_000L;
        try (Ceph ceph = Ceph.start();
                Cluster cluster = new Cluster(dir, 2, 2, 1, ceph.storageYaml("end-to-end"), """
                        compactor:
                          max_segment_age: 5s
                          compaction_interval: 1s
                        limits_config:
                          ingestion_rate_mb: 1000
                          ingestion_burst_size_mb: 1000
                          per_stream_rate_limit: 1GB
                          per_stream_rate_limit_burst: 1GB
                        """)) {
            LokiClient client = new LokiClient(cluster.client(), cluster.gateway().url(), Duration.ofSeconds(30));
            Map<String, List<String>> files = files();
            Map<String, Map<String, Integer>> want = new TreeMap<>();
            int n = 0;
            for (Map.Entry<String, List<String>> f : files.entrySet()) {
                switch (n++ % 3) {
                    case 0 -> appender(cluster, f.getKey(), f.getValue(), false);
                    case 1 -> appender(cluster, f.getKey(), f.getValue(), true);
                    default -> raw(client, f.getKey(), f.getValue());
                }
                Map<String, Integer> counts = new HashMap<>();
                f.getValue().forEach(l -> counts.merge(l, 1, Integer::sum));
                want.put(f.getKey(), counts);
                // Read while later files still come in and the backend compacts.
                if (n % 4 == 0) {
                    assertThat(found(client, f.getKey(), from)).as("lines of %s while others come in", f.getKey()).isEqualTo(counts);
                }
            }
            compare(client, want, from, "right after the pushes");
            awaitCompaction(cluster);
            compare(client, want, from, "after compaction");
            long total = want.values().stream().flatMap(m -> m.values().stream()).mapToLong(Integer::intValue).sum();
            assertThat(client.get("/loki/api/v1/query", Map.of("query", "sum(count_over_time({job=\"e2e\"}[1h]))"))
                            .at("/data/result/0/value/1").asText())
                    .isEqualTo(Long.toString(total));
            assertThat(client.get("/loki/api/v1/label/file/values", Map.of()).path("data")).hasSize(files.size());
            for (Node node : cluster.nodes()) {
                assertThat(node.stop(Duration.ofSeconds(40))).as("exit status of %s", node.name()).isIn(0, 143);
            }
            System.out.printf("end to end: %d lines of %d files, twice%n", total, files.size());
        }
    }

    private static void compare(LokiClient client, Map<String, Map<String, Integer>> want, long from, String when) throws Exception {
        for (Map.Entry<String, Map<String, Integer>> e : want.entrySet()) {
            assertThat(found(client, e.getKey(), from)).as("lines of %s %s", e.getKey(), when).isEqualTo(e.getValue());
        }
    }

    private static Map<String, Integer> found(LokiClient client, String file, long from) throws IOException, InterruptedException {
        Map<String, Integer> out = new HashMap<>();
        for (Line l : client.lines("{job=\"e2e\",file=\"" + file + "\"}", from, System.currentTimeMillis() * 1_000_000 + 60_000_000_000L)) {
            out.merge(l.text(), 1, Integer::sum);
        }
        return out;
    }

    /** The real lines of the shared folder if it is there, else lines like them. */
    private static Map<String, List<String>> files() throws IOException {
        Map<String, List<String>> out = new TreeMap<>();
        Path root = Path.of("").toAbsolutePath();
        Path shared = null;
        for (Path p = root; p != null; p = p.getParent()) {
            if (Files.isDirectory(p.resolveSibling("shared").resolve("loghub"))) {
                shared = p.resolveSibling("shared").resolve("loghub");
                break;
            }
        }
        if (shared != null) {
            try (Stream<Path> logs = Files.list(shared)) {
                for (Path p : logs.filter(p -> p.toString().endsWith(".log")).sorted().toList()) {
                    out.put(p.getFileName().toString(), Files.readString(p, StandardCharsets.UTF_8).lines().filter(l -> !l.isEmpty()).toList());
                }
            }
        } else {
            SplittableRandom random = new SplittableRandom(7);
            for (int f = 0; f < 12; f++) {
                List<String> lines = new ArrayList<>();
                for (int i = 0; i < 2000; i++) {
                    lines.add("level=info request=" + Long.toHexString(random.nextLong()) + " took=" + random.nextInt(1000) + "ms path=/p/" + i % 7);
                }
                out.put("made-" + f + ".log", lines);
            }
        }
        return out;
    }

    private static void raw(LokiClient client, String file, List<String> lines) throws IOException, InterruptedException {
        long time = System.currentTimeMillis() * 1_000_000;
        for (int i = 0; i < lines.size(); i += RAW_BATCH) {
            List<Line> batch = new ArrayList<>();
            for (int j = i; j < Math.min(lines.size(), i + RAW_BATCH); j++) {
                batch.add(new Line(time + j, lines.get(j)));
            }
            assertThat(client.push(Map.of("job", "e2e", "file", file), batch).statusCode()).isEqualTo(204);
        }
    }

    /** Through loki4j, as a Java service would send them. */
    private static void appender(Cluster cluster, String file, List<String> lines, boolean protobuf) throws Exception {
        String xml = """
                <configuration>
                  <appender name="loki" class="com.github.loki4j.logback.Loki4jAppender">
                    <http>
                      <url>%s/loki/api/v1/push</url>
                      <useProtobufApi>%s</useProtobufApi>
                    </http>
                    <batch><maxItems>400</maxItems><timeoutMs>500</timeoutMs><drainOnStop>true</drainOnStop></batch>
                    <labels>
                      job=e2e
                      file=%s
                    </labels>
                    <structuredMetadata>thread=%%thread</structuredMetadata>
                    <message><pattern>%%msg</pattern></message>
                  </appender>
                  <root level="debug"><appender-ref ref="loki"/></root>
                </configuration>
                """.formatted(cluster.gateway().url(), protobuf, file);
        LoggerContext context = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
        Logger logger = context.getLogger("e2e");
        logger.setLevel(Level.DEBUG);
        lines.forEach(l -> logger.info("{}", l));
        context.stop();
    }

    private static void awaitCompaction(Cluster cluster) throws IOException, InterruptedException {
        // A reader counts the segments that it finds in no block whenever it answers.
        Node reader = cluster.nodes("read").getFirst();
        LokiClient direct = new LokiClient(cluster.client(), reader.url(), Duration.ofSeconds(30));
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        String last = "";
        while (System.nanoTime() < deadline) {
            direct.get("/loki/api/v1/labels", Map.of());
            last = cluster.client()
                    .send(HttpRequest.newBuilder(reader.uri("/metrics")).build(), BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(l -> l.startsWith("narfi_segments_outstanding"))
                    .findFirst()
                    .orElse("");
            if (last.endsWith(" 0.0") || last.endsWith(" 0")) {
                return;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
        }
        throw new IOException("segments are not compacted after three minutes: " + last);
    }
}
