package io.narfi.ingester.write;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** What a push waits for: the segments that hold its rows. Used by the push's thread. */
public final class Ticket {
    private final List<CompletableFuture<Void>> segments = new ArrayList<>(1);

    Ticket() {}

    @SuppressWarnings("ReferenceEquality") // the same future, not an equal one
    void add(CompletableFuture<Void> segment) {
        if (segments.isEmpty() || segments.getLast() != segment) {
            segments.add(segment);
        }
    }

    /**
     * Returns when all rows of the push are durable.
     *
     * @throws io.narfi.common.ApiException 503 if the store cannot be reached and the spool does not take them; some may be stored all the
     *     same, which a retry does not double
     * @throws InterruptedException if the client is gone; the rows are stored nevertheless
     */
    public void await() throws InterruptedException {
        for (CompletableFuture<Void> segment : segments) {
            try {
                segment.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException known) {
                    throw known;
                }
                throw new IllegalStateException("a segment failed", e.getCause());
            }
        }
    }
}
