package io.narfi.ingester.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.ApiException;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.CrashException;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever sequence of errors, ambiguous outcomes and deaths happens: once the spool is drained every acknowledged row is in the store exactly
 * once, and no row is there twice.
 */
@Timeout(240)
final class CrashTest {
    private static final int RUNS = 25;
    private static final int LIVES = 4;
    private static final int CLIENTS = 6;
    private static final int PUSHES = 12;

    private static final SegmentSettings SETTINGS = new SegmentSettings(
            400,
            2000,
            Duration.ofMillis(1),
            16 << 20,
            64,
            Duration.ofSeconds(5),
            1,
            4,
            Duration.ofMillis(8),
            Duration.ofMillis(1),
            Duration.ofMillis(4));

    @TempDir
    private Path temporary;

    @Test
    void acknowledgedExactlyOnce() throws Exception {
        int acknowledged = 0;
        int spooled = 0;
        int crashes = 0;
        for (long seed = 0; seed < RUNS; seed++) {
            Random random = new Random(seed);
            Path folder = temporary.resolve("run" + seed);
            FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore());
            Set<String> acked = Collections.synchronizedSet(new HashSet<>());
            for (int life = 0; life < LIVES; life++) {
                store.restart();
                inject(store, random);
                WritePath path = WritePath.withSpool(store, SETTINGS, folder, random.nextInt(4) == 0 ? 500 : 1 << 20);
                List<Thread> clients = new ArrayList<>();
                for (int c = 0; c < CLIENTS; c++) {
                    String name = "life" + life + " client" + c;
                    clients.add(Thread.startVirtualThread(() -> client(path, name, acked)));
                }
                for (Thread t : clients) {
                    t.join();
                }
                spooled += (int) path.segments("spooled");
                crashes += store.crashed() ? 1 : 0;
                if (store.crashed() || random.nextBoolean()) {
                    path.halt();
                } else {
                    path.stop();
                }
            }
            store.restart();
            try (WritePath last = WritePath.withSpool(store, SETTINGS, folder, 1 << 20)) {
                last.awaitDrained();
            }
            Map<String, Integer> found = new HashMap<>();
            Rows.stored(store).forEach(line -> found.merge(line, 1, Integer::sum));
            assertThat(found.keySet()).as("seed %d: acknowledged rows", seed).containsAll(acked);
            assertThat(found.values()).as("seed %d: rows are there once", seed).containsOnly(1);
            acknowledged += acked.size();
        }
        assertThat(acknowledged).as("the faults leave something to check").isGreaterThan(1000);
        assertThat(spooled).isGreaterThan(20);
        assertThat(crashes).isGreaterThan(10);
    }

    private static void inject(FaultyObjectStore store, Random random) {
        store.on(Operation.PUT_IF_ABSENT).randomly(random.nextLong(), random.nextDouble(0.7)).failBefore();
        store.on(Operation.PUT_IF_ABSENT).randomly(random.nextLong(), random.nextDouble(0.3)).failAfter();
        if (random.nextInt(3) == 0) {
            // An outage longer than a put is tried for.
            store.on(Operation.PUT_IF_ABSENT).skip(random.nextInt(10)).times(200).failBefore();
        }
        if (random.nextInt(3) == 0) {
            store.on(Operation.PUT_IF_ABSENT).skip(random.nextInt(30)).times(2).delay(Duration.ofMillis(15));
        }
        if (random.nextBoolean()) {
            boolean before = random.nextBoolean();
            var rule = store.on(Operation.PUT_IF_ABSENT).skip(random.nextInt(40)).times(1);
            if (before) {
                var _ = rule.crashBefore();
            } else {
                var _ = rule.crashAfter();
            }
        }
    }

    /** Pushes one line after the other and never again one that was not acknowledged: a real client would, and copies would collapse. */
    private static void client(WritePath path, String name, Set<String> acked) {
        for (int i = 0; i < PUSHES; i++) {
            String line = name + " push" + i + " " + "x".repeat(i * 20);
            try {
                path.push(line);
                acked.add(line);
            } catch (ApiException e) {
                assertThat(e.status()).isEqualTo(503);
            } catch (CrashException e) {
                return;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
