package io.narfi.storage.object;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts what callers ask of a store, whatever the store is; retries within a call are the store's own metrics.
 *
 * <ul>
 *   <li>{@code narfi_object_store_operation_duration} (seconds) by {@code operation} and {@code outcome}: {@code ok}, {@code exists}, {@code
 *       not_found}, {@code retryable}, {@code refused}, {@code interrupted}, {@code bug}
 *   <li>{@code narfi_object_store_bytes} written and read, by {@code operation}
 *   <li>{@code narfi_object_store_in_flight}: calls now
 * </ul>
 */
public final class MeteredObjectStore implements ObjectStore {
    private static final Duration[] LATENCY_BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30)
    };

    private interface Effect<T> {
        T run() throws IOException;
    }

    private final ObjectStore delegate;
    private final MeterRegistry metrics;
    private final AtomicInteger inFlight = new AtomicInteger();

    public MeteredObjectStore(ObjectStore delegate, MeterRegistry metrics) {
        this.delegate = requireNonNull(delegate, "delegate is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        metrics.gauge("narfi_object_store_in_flight", inFlight);
    }

    @Override
    public PutResult putIfAbsent(String key, ObjectContent content) throws IOException {
        PutResult result = call("put_if_absent", () -> delegate.putIfAbsent(key, content));
        if (result == PutResult.CREATED) {
            count("put_if_absent", content.length());
        }
        return result;
    }

    @Override
    public void put(String key, ObjectContent content) throws IOException {
        call("put", () -> {
            delegate.put(key, content);
            return true;
        });
        count("put", content.length());
    }

    @Override
    public byte[] get(String key, long maxBytes) throws IOException {
        byte[] bytes = call("get", () -> delegate.get(key, maxBytes));
        count("get", bytes.length);
        return bytes;
    }

    @Override
    public byte[] getRange(String key, long offset, int length) throws IOException {
        byte[] bytes = call("get_range", () -> delegate.getRange(key, offset, length));
        count("get_range", bytes.length);
        return bytes;
    }

    @Override
    public Listing list(String prefix, String after, int limit) throws IOException {
        return call("list", () -> delegate.list(prefix, after, limit));
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        call("delete", () -> {
            delegate.delete(keys);
            return true;
        });
    }

    @Override
    public void close() {
        delegate.close();
    }

    private <T> T call(String operation, Effect<T> effect) throws IOException {
        Timer.Sample sample = Timer.start(metrics);
        String outcome = "bug";
        inFlight.incrementAndGet();
        try {
            T result = effect.run();
            outcome = result == PutResult.EXISTS ? "exists" : "ok";
            return result;
        } catch (ObjectNotFoundException e) {
            outcome = "not_found";
            throw e;
        } catch (ObjectStoreException e) {
            outcome = e.retryable() ? "retryable" : "refused";
            throw e;
        } catch (InterruptedIOException e) {
            outcome = "interrupted";
            throw e;
        } finally {
            inFlight.decrementAndGet();
            sample.stop(Timer.builder("narfi_object_store_operation_duration")
                    .description("Time of a call of the object store, its retries included.")
                    .tags("operation", operation, "outcome", outcome)
                    .serviceLevelObjectives(LATENCY_BUCKETS)
                    .register(metrics));
        }
    }

    private void count(String operation, long bytes) {
        metrics.counter("narfi_object_store_bytes", "operation", operation).increment(bytes);
    }
}
