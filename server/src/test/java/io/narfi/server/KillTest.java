package io.narfi.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.server.cluster.Ceph;
import io.narfi.server.cluster.Cluster;
import io.narfi.server.cluster.LokiClient;
import io.narfi.server.cluster.LokiClient.Line;
import io.narfi.server.cluster.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills every kind of process again and again under load, and the store once for a minute: every acknowledged line must be there exactly
 * once, and nothing twice.
 */
@Tag("integration")
class KillTest {
    private static final int KILLS = Integer.getInteger("narfi.test.kills", 30);
    private static final int PUSHERS = 4;
    private static final long SEED = Long.getLong("narfi.test.seed", System.nanoTime());

    @TempDir
    Path dir;

    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final Set<String> sent = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicInteger checks = new AtomicInteger();
    private final List<String> problems = java.util.Collections.synchronizedList(new ArrayList<>());

    @Test
    void acknowledgedLinesAreThereExactlyOnce() throws Exception {
        Random random = new Random(SEED);
        long from = System.currentTimeMillis() * 1_000_000;
        try (Ceph ceph = Ceph.start();
                Cluster cluster = new Cluster(dir, 2, 2, 1, ceph.storageYaml("kill-test"), """
                        compactor:
                          max_segment_age: 2s
                          compaction_interval: 1s
                          object_grace_period: 90s
                        limits_config:
                          reject_old_samples: false
                        """)) {
            List<Thread> pushers = new ArrayList<>();
            for (int i = 0; i < PUSHERS; i++) {
                int id = i;
                pushers.add(Thread.ofPlatform().name("pusher-" + i).start(() -> push(cluster, id)));
            }
            Thread checker = Thread.ofPlatform().name("checker").start(() -> check(cluster, from));

            List<String> kinds = List.of("write", "read", "backend", "gateway");
            for (int i = 0; i < KILLS; i++) {
                List<Node> candidates = cluster.nodes(kinds.get(i % kinds.size()));
                Node victim = candidates.get(random.nextInt(candidates.size()));
                park(500 + random.nextInt(2000));
                victim.kill();
                park(200 + random.nextInt(1500));
                victim.restart();
                victim.awaitReady(cluster.client(), Duration.ofSeconds(60));
                if (i == KILLS / 2) {
                    ceph.stopGateway();
                    park(60_000);
                    ceph.startGateway();
                }
            }
            park(2000);
            stop.set(true);
            for (Thread t : pushers) {
                t.join();
            }
            checker.join();
            cluster.awaitReady();

            Map<String, Integer> seen = awaitAll(cluster, from);
            assertThat(problems).as("seed %d", SEED).isEmpty();
            assertThat(acknowledged).as("seed %d", SEED).hasSizeGreaterThan(1000);
            assertThat(seen.keySet()).as("acknowledged lines, seed %d", SEED).containsAll(acknowledged);
            assertThat(seen.keySet()).as("nothing is made up").isSubsetOf(sent);
            assertThat(seen.values()).as("nothing stands twice, seed %d", SEED).allMatch(n -> n == 1);
            assertThat(checks.get()).as("checks during the kills").isPositive();
            System.out.printf("kill test: %d kills, %d lines sent, %d acknowledged, %d found, %d checks while it ran, seed %d%n",
                    KILLS, sent.size(), acknowledged.size(), seen.size(), checks.get(), SEED);
        }
    }

    /** Pushes small batches and retries each as an agent does, a few times; then gives it up as not acknowledged. */
    private void push(Cluster cluster, int id) {
        LokiClient client = new LokiClient(cluster.client(), cluster.gateway().url(), Duration.ofSeconds(20));
        int n = 0;
        while (!stop.get()) {
            List<Line> lines = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                // Unique times, so that pages of an answer can be cut anywhere.
                long time = System.currentTimeMillis() * 1_000_000 + (n % 1000) * 100L + id;
                lines.add(new Line(time, "pusher=" + id + " line=" + n++));
            }
            lines.forEach(l -> sent.add(l.text()));
            for (int attempt = 0; attempt < 8; attempt++) {
                try {
                    int status = client.push(Map.of("app", "kill", "pusher", "p" + id), lines).statusCode();
                    if (status == 204) {
                        lines.forEach(l -> acknowledged.add(l.text()));
                        break;
                    }
                    if (status / 100 == 4 && status != 429) {
                        problems.add("a push was answered " + status);
                        return;
                    }
                } catch (IOException expectedWhileProcessesDie) {
                    park(50);
                } catch (InterruptedException e) {
                    return;
                }
                park(100L << Math.min(attempt, 4));
            }
            park(20);
        }
    }

    /** Asks while processes die: what was acknowledged before the question must be in the answer, once. */
    private void check(Cluster cluster, long from) {
        LokiClient client = new LokiClient(cluster.client(), cluster.gateway().url(), Duration.ofSeconds(20));
        while (!stop.get()) {
            park(1000);
            Set<String> before = Set.copyOf(acknowledged);
            boolean spooled = spooled(cluster);
            try {
                Map<String, Integer> seen = count(client, from);
                checks.incrementAndGet();
                List<String> missing = before.stream().filter(l -> !seen.containsKey(l)).toList();
                // Lines in a writer's spool are acknowledged before they are in the store.
                if (!missing.isEmpty() && !spooled && !spooled(cluster)) {
                    problems.add(missing.size() + " acknowledged lines are missing, for example " + missing.getFirst());
                }
                seen.forEach((line, times) -> {
                    if (times > 1) {
                        problems.add(line + " stands " + times + " times");
                    }
                });
            } catch (IOException expectedWhileProcessesDie) {
                park(100);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static boolean spooled(Cluster cluster) {
        return cluster.nodes("write").stream().anyMatch(n -> {
            try (var files = java.nio.file.Files.walk(n.dir().resolve("spool"))) {
                return files.anyMatch(java.nio.file.Files::isRegularFile);
            } catch (IOException | java.io.UncheckedIOException e) {
                return true;
            }
        });
    }

    private static Map<String, Integer> count(LokiClient client, long from) throws IOException, InterruptedException {
        Map<String, Integer> seen = new HashMap<>();
        for (int id = 0; id < PUSHERS; id++) {
            String selector = "{app=\"kill\",pusher=\"p" + id + "\"}";
            for (Line l : client.lines(selector, from, System.currentTimeMillis() * 1_000_000 + 3_600_000_000_000L)) {
                seen.merge(l.text(), 1, Integer::sum);
            }
        }
        return seen;
    }

    private Map<String, Integer> awaitAll(Cluster cluster, long from) throws IOException, InterruptedException {
        LokiClient client = new LokiClient(cluster.client(), cluster.gateway().url(), Duration.ofSeconds(60));
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            Map<String, Integer> seen = count(client, from);
            if (seen.keySet().containsAll(acknowledged) || System.nanoTime() > deadline) {
                return seen;
            }
            park(500);
        }
    }

    private static void park(long millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
