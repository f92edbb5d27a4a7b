package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

/**
 * Says that rows which the commit takes away, with the segments it consumes or the blocks it removes, are not in what it adds, because started requests of a
 * tenant up to a sequence delete them, {@code through} included.
 */
public record RowsDeleted(String tenant, long through) {
    public RowsDeleted {
        requireNonNull(tenant, "tenant is null");
    }
}
