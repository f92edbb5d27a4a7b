package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

/**
 * A change as it stands in the log.
 *
 * @param version 1 or more; one more than the commit before
 * @param id unique, tells who created the version
 * @param owner the process that made it
 * @param leaseEpoch the epoch of the lease it was made under, 0 without one
 * @param time milliseconds since the epoch, never before that of the commit before
 */
public record CatalogCommit(long version, String id, String owner, long leaseEpoch, long time, CatalogChange change) {
    public CatalogCommit {
        if (version < 1) {
            throw new IllegalArgumentException("version out of range: " + version);
        }
        requireNonNull(id, "id is null");
        requireNonNull(owner, "owner is null");
        requireNonNull(change, "change is null");
    }
}
