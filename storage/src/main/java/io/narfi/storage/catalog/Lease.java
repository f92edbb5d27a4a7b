package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

/**
 * The right to do a kind of work, as long as nobody took it over.
 *
 * @param epoch grows with every renewal and change of hands
 * @param deadline when it ends if it is not renewed, milliseconds since the epoch by the holder's clock
 */
public record Lease(String name, String owner, long epoch, long deadline) {
    public Lease {
        requireNonNull(name, "name is null");
        requireNonNull(owner, "owner is null");
    }
}
