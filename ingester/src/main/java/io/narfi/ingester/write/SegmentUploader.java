package io.narfi.ingester.write;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.narfi.common.ApiException;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.segment.ChunkPool;
import io.narfi.storage.segment.SealedSegment;
import io.narfi.storage.segment.SegmentBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sealed segments durable: compresses them on a few platform threads, so that the scheduler and not a carrier of virtual threads
 * shares the processor, and puts several at once. A put is tried again with back-off until {@code spoolAfter} has passed; then the segment
 * goes to the spool. Once one had to, the next ones go there without trying, until the drainer or a put reaches the store again.
 */
public final class SegmentUploader {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentUploader.class);

    /** Idle buffers and builders that are kept; they hold a few MiB each. */
    private static final int IDLE_BUILDERS = 3;

    private static final long IDLE_CHUNK_BYTES = 24L << 20;

    /** Told when a segment is compressed. */
    @FunctionalInterface
    interface Encoded {
        void segment(OpenSegment segment, long objectBytes);
    }

    private final ObjectStore store;
    private final @Nullable Spool spool;
    private final StoreHealth health;
    private final SegmentSettings settings;
    private final ThreadPoolExecutor encoders;
    private final Semaphore uploads;
    private final ChunkPool chunks = new ChunkPool(IDLE_CHUNK_BYTES);
    private final ArrayBlockingQueue<SegmentBuilder> builders = new ArrayBlockingQueue<>(IDLE_BUILDERS);

    private final DistributionSummary rawBytes;
    private final DistributionSummary objectBytes;
    private final Timer age;
    private final Timer encodeTime;
    private final Timer putTime;
    private final Counter putFailures;
    private final Counter copies;
    private final Counter stored;
    private final Counter spooled;
    private final Counter failed;

    /** @param spool null for none */
    public SegmentUploader(
            ObjectStore store, @Nullable Spool spool, StoreHealth health, SegmentSettings settings, MeterRegistry registry) {
        this.store = requireNonNull(store, "store is null");
        this.spool = spool;
        this.health = requireNonNull(health, "health is null");
        this.settings = requireNonNull(settings, "settings is null");
        // The queue needs no bound of its own: the gatherer lets only so many segments be unfinished.
        this.encoders = new ThreadPoolExecutor(
                settings.encoders(),
                settings.encoders(),
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("segment-encoder-", 0).daemon().factory());
        this.uploads = new Semaphore(settings.uploads());
        rawBytes = DistributionSummary.builder("narfi_ingester_segment_raw_bytes").baseUnit("bytes").register(registry);
        objectBytes = DistributionSummary.builder("narfi_ingester_segment_object_bytes").baseUnit("bytes").register(registry);
        age = Timer.builder("narfi_ingester_segment_age_seconds")
                .description("From a segment's first row until it is durable")
                .publishPercentileHistogram()
                .maximumExpectedValue(Duration.ofMinutes(1))
                .register(registry);
        encodeTime = Timer.builder("narfi_ingester_segment_encode_seconds").register(registry);
        putTime = Timer.builder("narfi_ingester_segment_put_seconds")
                .description("One try to put a segment")
                .publishPercentileHistogram()
                .maximumExpectedValue(Duration.ofMinutes(1))
                .register(registry);
        putFailures = Counter.builder("narfi_ingester_segment_put_failures_total").register(registry);
        copies = Counter.builder("narfi_ingester_copies_dropped_total")
                .description("Rows that equal another one of the same segment")
                .register(registry);
        stored = outcome("stored", registry);
        spooled = outcome("spooled", registry);
        failed = outcome("failed", registry);
        Gauge.builder("narfi_ingester_uploads_in_flight", this, u -> u.settings.uploads() - u.uploads.availablePermits())
                .register(registry);
    }

    private static Counter outcome(String outcome, MeterRegistry registry) {
        return Counter.builder("narfi_ingester_segments_total").tag("outcome", outcome).register(registry);
    }

    /** An empty builder. */
    SegmentBuilder takeBuilder() {
        SegmentBuilder builder = builders.poll();
        return builder != null ? builder : new SegmentBuilder(chunks);
    }

    /** Makes a segment durable in the background; its future is completed before {@code finished} runs. */
    void submit(OpenSegment segment, Encoded encoded, Consumer<OpenSegment> finished) {
        encoders.execute(() -> encode(segment, encoded, finished));
    }

    private void encode(OpenSegment segment, Encoded encoded, Consumer<OpenSegment> finished) {
        try {
            SegmentBuilder builder = segment.builder();
            rawBytes.record(builder.rawBytes());
            SealedSegment sealed = requireNonNull(encodeTime.record(builder::seal));
            builder.clear();
            builders.offer(builder);
            objectBytes.record(sealed.content().length());
            copies.increment(sealed.copies());
            encoded.segment(segment, sealed.content().length());
            Thread.ofVirtual().name("segment-put-", 0).start(() -> store(segment, sealed.content(), finished));
        } catch (Throwable e) {
            // Also an OutOfMemoryError must not leave pushes waiting for ever.
            fail(segment, finished, e);
            LOG.error("segment {} could not be encoded", segment.id().key(), e);
        }
    }

    private void store(OpenSegment segment, ObjectContent content, Consumer<OpenSegment> finished) {
        Put put = new Put(segment, content);
        try {
            uploads.acquire();
            try {
                run(put, segment, finished);
            } finally {
                // A try that was given up may still hold the content; its slot is free when it is over.
                put.awaitEnd();
                uploads.release();
            }
        } catch (InterruptedException e) {
            fail(segment, finished, new ApiException(503, "the write service is stopping, try again", e));
        }
    }

    private void run(Put put, OpenSegment segment, Consumer<OpenSegment> finished) throws InterruptedException {
        try {
            Counter outcome = put.run();
            outcome.increment();
            age.record(System.nanoTime() - segment.openedNanos(), TimeUnit.NANOSECONDS);
            segment.durable().complete(null);
            finished.accept(segment);
        } catch (ApiException e) {
            fail(segment, finished, e);
        } catch (RuntimeException | Error e) {
            LOG.error("segment {} failed", segment.id().key(), e);
            fail(segment, finished, e);
        }
    }

    private void fail(OpenSegment segment, Consumer<OpenSegment> finished, Throwable e) {
        if (!segment.durable().isDone()) {
            // Before the pushes are answered, so that whoever has the answer finds it counted.
            failed.increment();
            segment.durable().completeExceptionally(e);
            finished.accept(segment);
        }
    }

    /** Takes no segments any more; those it has go on. */
    public void close() {
        encoders.shutdown();
    }

    /** The tries to make one segment durable, on a virtual thread. */
    private final class Put {
        private final OpenSegment segment;
        private final String key;
        private final ObjectContent content;
        private @Nullable Thread attempt;

        Put(OpenSegment segment, ObjectContent content) {
            this.segment = segment;
            this.key = segment.id().key();
            this.content = content;
        }

        /**
         * Returns the counter of what became of it.
         *
         * @throws ApiException 503 if it is neither stored nor spooled
         */
        Counter run() throws InterruptedException {
            if (!health.reachable() && spool()) {
                return spooled;
            }
            long deadline = System.nanoTime() + settings.spoolAfter().toNanos();
            Duration pause = settings.firstBackOff();
            while (true) {
                String problem = attempt(Math.max(0, deadline - System.nanoTime()));
                if (problem == null) {
                    health.reached();
                    return stored;
                }
                putFailures.increment();
                long left = deadline - System.nanoTime();
                long sleep = ThreadLocalRandom.current().nextLong(pause.toNanos() / 2, pause.toNanos() + 1);
                if (left <= sleep) {
                    LOG.warn("segment {} could not be put: {}", key, problem);
                    health.unreachable();
                    if (spool()) {
                        return spooled;
                    }
                    throw new ApiException(503, "the object store cannot be reached, try again later");
                }
                Thread.sleep(Duration.ofNanos(sleep));
                pause = pause.multipliedBy(2).compareTo(settings.maxBackOff()) < 0 ? pause.multipliedBy(2) : settings.maxBackOff();
            }
        }

        /** One try, no longer than the time that is left; null if the object is there, else what went wrong. */
        private @Nullable String attempt(long nanos) throws InterruptedException {
            FutureTask<ObjectStore.PutResult> task = new FutureTask<>(() -> store.putIfAbsent(key, content));
            Thread thread = Thread.startVirtualThread(task);
            attempt = thread;
            long start = System.nanoTime();
            try {
                // CREATED or EXISTS: nobody else writes this key, so that an object under it is ours.
                ObjectStore.PutResult _ = task.get(nanos, TimeUnit.NANOSECONDS);
                return null;
            } catch (TimeoutException e) {
                thread.interrupt();
                return "no answer within " + Duration.ofNanos(nanos);
            } catch (ExecutionException e) {
                return switch (e.getCause()) {
                    case IOException failure -> String.valueOf(failure.getMessage());
                    case RuntimeException bug -> throw bug;
                    case Error error -> throw error;
                    case null, default -> throw new IllegalStateException(e);
                };
            } finally {
                putTime.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
            }
        }

        private boolean spool() {
            Spool s = spool;
            if (s == null) {
                return false;
            }
            try {
                return s.write(segment.id(), content);
            } catch (IOException e) {
                LOG.error("segment {} could not be spooled", key, e);
                return false;
            }
        }

        void awaitEnd() throws InterruptedException {
            Thread thread = attempt;
            if (thread != null) {
                thread.join();
            }
        }
    }
}
