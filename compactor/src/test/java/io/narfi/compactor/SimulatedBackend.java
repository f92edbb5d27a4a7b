package io.narfi.compactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.catalog.CatalogCorruptException;
import io.narfi.storage.catalog.CatalogException;
import io.narfi.storage.catalog.CatalogLostException;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Call;
import io.narfi.storage.object.FaultyObjectStore.CrashException;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.function.Predicate;

/** A backend process whose store goes wrong where a test wants it to; a crash replaces it. */
final class SimulatedBackend {
    /** Something that a backend does. */
    @FunctionalInterface
    interface Act {
        void run() throws IOException;
    }

    private final String name;
    private final Path folder;
    private final RetentionLimits limits;
    private final InstantSource clock;
    private int starts;

    final FaultyObjectStore store;
    CompactionTasks tasks;
    DeleteRequests requests;

    SimulatedBackend(String name, ObjectStore bucket, Path folder, RetentionLimits limits, InstantSource clock) throws IOException {
        this.name = name;
        this.folder = folder;
        this.limits = limits;
        this.clock = clock;
        this.store = new FaultyObjectStore(bucket);
        start();
    }

    private void start() throws IOException {
        CompactorConfig config = CompactorConfig.defaults(folder.resolve(name + starts++))
                .builder()
                .targetBlockBytes(1 << 20)
                .retentionEnabled(true)
                .checkpointEvery(7)
                // The age only saves work: condemning by a commit is what makes it safe.
                .orphanAge(Duration.ZERO)
                .orphanScanInterval(Duration.ofSeconds(1))
                .frameCacheBytes(1 << 20)
                .build();
        tasks = new CompactionTasks(
                config,
                store,
                limits,
                WorkingDirectory.open(config.workingDirectory()),
                name,
                clock,
                new SimpleMeterRegistry(),
                new CompactorMetrics(new SimpleMeterRegistry()));
        requests = new DeleteRequests(tasks.catalog(), store, config.deletes(), clock, new SimpleMeterRegistry());
        tasks.ensureCatalog();
    }

    /** Does something; a crash or an error of the store ends it early. */
    void act(Act act) throws IOException {
        try {
            act.run();
        } catch (ObjectStoreException | CatalogException e) {
            assertThat(e).isNotInstanceOf(CatalogCorruptException.class);
            assertThat(e).isNotInstanceOf(CatalogLostException.class);
        } catch (CrashException | IllegalStateException e) {
            if (!store.crashed()) {
                throw e;
            }
        }
        if (store.crashed()) {
            store.restart();
            start();
        }
        store.heal();
    }

    void compactSegments() throws IOException {
        tasks.compactSegments(true, 1, Progress.UNBOUNDED);
    }

    void mergeBlocks() throws IOException {
        tasks.mergeBlocks(1, Progress.UNBOUNDED);
    }

    void sweep() throws IOException {
        tasks.sweep(1);
    }

    /** Mostly some kind of fault, from now to the end of the next act. */
    void injectFaults(Random random) {
        long seed = random.nextLong();
        switch (random.nextInt(5)) {
            case 0 -> store.on().skip(random.nextInt(40)).times(1).crashBefore();
            case 1 -> store.on().skip(random.nextInt(40)).times(1).crashAfter();
            case 2 -> store.on().randomly(seed, 0.05).failBefore();
            case 3 -> store.on(Operation.PUT_IF_ABSENT, Operation.DELETE).randomly(seed, 0.4).failAfter();
            default -> {}
        }
    }

    /** Before a call to the store, counted from 0, something else happens, once. */
    void before(Predicate<Call> calls, int number, Act other) {
        int[] seen = {0};
        store.on()
                .when(call -> {
                    if (calls.test(call) && seen[0]++ == number) {
                        try {
                            other.run();
                        } catch (IOException e) {
                            throw new IllegalStateException(e);
                        }
                    }
                    return false;
                })
                .failBefore();
    }

    /** As {@link #before} the next commit. */
    void beforeCommit(Act other) {
        before(call -> call.operation() == Operation.PUT_IF_ABSENT && call.keys().getFirst().startsWith("catalog/"), 0, other);
    }
}
