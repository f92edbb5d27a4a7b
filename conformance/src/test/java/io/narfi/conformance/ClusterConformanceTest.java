package io.narfi.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.server.cluster.Ceph;
import io.narfi.server.cluster.Cluster;
import io.narfi.server.cluster.Node;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The cases that only read, against separate services around a real Ceph RGW: asked through the gateway, split into tiny tasks, done by
 * three read processes, from segments alone and again from blocks alone. The cases that push have their turn against one process, since
 * what a writer remembers of a stream is its own.
 */
@Tag("integration")
class ClusterConformanceTest {
    private static final long MINUTES_TO_COMPACT = 5;

    /** Goes on with the section {@code querier}. */
    private static final String SETTINGS = """
              task_size: 4KB
            compactor:
              max_segment_age: 1s
              compaction_interval: 1s
            limits_config:
              reject_old_samples: false
              ingestion_rate_mb: 1024
              ingestion_burst_size_mb: 2048
              per_stream_rate_limit: 1GB
              per_stream_rate_limit_burst: 2GB
              max_global_streams_per_user: 0
            pattern_ingester:
              enabled: true
            """;

    @TempDir
    Path dir;

    @Test
    void separateServicesAnswerAsLoki() throws Exception {
        try (Ceph ceph = Ceph.start();
                Cluster cluster = new Cluster(dir, 2, 3, 1, ceph.storageYaml("conformance"), SETTINGS);
                HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            Node backend = cluster.nodes("backend").getFirst();
            backend.kill();
            Replayer replayer = new Replayer(client, cluster.gateway().url(), Verdict.CORPUS);
            replayer.load();
            ask("segments", replayer);
            for (Node reader : cluster.nodes("read")) {
                assertThat(metric(client, reader, "narfi_query_tasks_total{where=\"remote\"")).as("tasks for peers").isPositive();
            }
            backend.restart();
            cluster.awaitReady();
            awaitCompaction(cluster, client);
            ask("blocks", replayer);
        }
    }

    private static void ask(String what, Replayer replayer) throws IOException, InterruptedException {
        System.out.println("from " + what + ":");
        Verdict verdict = new Verdict();
        verdict.ask(replayer, replayer.readingFiles());
        verdict.expectNoOtherFailures();
    }

    private static void awaitCompaction(Cluster cluster, HttpClient client) throws IOException, InterruptedException {
        // A reader counts the segments that it finds in no block whenever it answers.
        Node reader = cluster.nodes("read").getFirst();
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES_TO_COMPACT);
        while (System.nanoTime() < deadline) {
            client.send(HttpRequest.newBuilder(reader.uri("/loki/api/v1/labels")).build(), BodyHandlers.discarding());
            if (metric(client, reader, "narfi_segments_outstanding") == 0) {
                return;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
        }
        throw new IOException("segments are not compacted after " + MINUTES_TO_COMPACT + " minutes");
    }

    private static double metric(HttpClient client, Node node, String beginning) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(node.uri("/metrics")).build(), BodyHandlers.ofString())
                .body()
                .lines()
                .filter(l -> l.startsWith(beginning))
                .mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow(() -> new IOException("no metric " + beginning + " of " + node.name()));
    }
}
