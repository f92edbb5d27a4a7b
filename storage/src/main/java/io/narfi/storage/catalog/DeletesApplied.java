package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

/** Says that a block holds no row that a started request up to a sequence deletes, {@code through} included. */
public record DeletesApplied(BlockRef block, long through) {
    public DeletesApplied {
        requireNonNull(block, "block is null");
    }
}
