package io.narfi.ingester.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Ulids;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A gatherer with all that stands behind it, for tests. */
final class WritePath implements AutoCloseable {
    static final SegmentSettings SETTINGS = new SegmentSettings(
            100_000,
            150_000,
            Duration.ofMillis(5),
            16 << 20,
            64,
            Duration.ofMillis(50),
            1,
            3,
            Duration.ofMillis(100),
            Duration.ofMillis(1),
            Duration.ofMillis(10));
    private static final Ulids ULIDS = new Ulids(InstantSource.system());
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final String writer = ULIDS.next();
    final SegmentGatherer gatherer;
    final @Nullable Spool spool;
    private final SegmentUploader uploader;
    private final @Nullable SpoolDrainer drainer;
    private boolean ended;

    private WritePath(ObjectStore store, SegmentSettings settings, @Nullable Spool spool) {
        StoreHealth health = new StoreHealth(registry);
        this.spool = spool;
        this.drainer =
                spool == null ? null : new SpoolDrainer(spool, store, health, settings.firstBackOff(), settings.maxBackOff(), registry);
        this.uploader = new SegmentUploader(store, spool, health, settings, registry);
        this.gatherer = new SegmentGatherer(writer, settings, uploader, registry);
        if (drainer != null) {
            drainer.start();
        }
        gatherer.start();
    }

    static WritePath withoutSpool(ObjectStore store, SegmentSettings settings) {
        return new WritePath(store, settings, null);
    }

    static WritePath withSpool(ObjectStore store, SegmentSettings settings, Path folder, long bytes) throws IOException {
        return new WritePath(store, settings, Spool.open(folder, bytes, new SimpleMeterRegistry()));
    }

    /** Appends lines and waits until they are durable. */
    void push(String... lines) throws InterruptedException {
        gatherer.append(Rows.push(lines)).await();
    }

    /** The status that a push of lines gets. */
    int status(String... lines) throws InterruptedException {
        try {
            push(lines);
            return 204;
        } catch (ApiException e) {
            return e.status();
        }
    }

    double segments(String outcome) {
        return registry.get("narfi_ingester_segments_total").tag("outcome", outcome).counter().count();
    }

    /** Waits for something that other threads bring about. */
    static void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline of the condition").isLessThan(deadline);
            LockSupport.parkNanos(100_000);
        }
    }

    void awaitDrained() throws InterruptedException {
        Spool s = spool;
        await(() -> s == null || s.size() == 0);
    }

    /** Stops in order. */
    boolean stop() throws InterruptedException, IOException {
        boolean durable = gatherer.stop(DEADLINE);
        end();
        return durable;
    }

    /** Ends as a crash would. */
    void halt() throws InterruptedException, IOException {
        gatherer.halt();
        end();
    }

    private void end() throws InterruptedException, IOException {
        ended = true;
        uploader.close();
        if (drainer != null) {
            drainer.stop();
        }
        if (spool != null) {
            spool.close();
        }
    }

    @Override
    public void close() throws IOException {
        if (!ended) {
            try {
                halt();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
