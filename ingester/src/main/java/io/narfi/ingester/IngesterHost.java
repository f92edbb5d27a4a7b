package io.narfi.ingester;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the write service knows of the process around it.
 *
 * @param writers write processes that share a tenant's rate under {@code ingestion_rate_strategy: global}, this one included
 * @param shutdownMarker the file that {@code /ingester/prepare_shutdown} makes, null for none
 * @param terminate ends the process in the background
 */
public record IngesterHost(IntSupplier writers, @Nullable Path shutdownMarker, Runnable terminate) {
    public IngesterHost {
        requireNonNull(writers, "writers is null");
        requireNonNull(terminate, "terminate is null");
    }

    /** A host for a service that nobody ends by a request. */
    static IngesterHost alone(int writers) {
        return new IngesterHost(() -> writers, null, () -> {});
    }
}
