package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;

/**
 * An entry on its way to tails.
 *
 * @param time its timestamp, nanoseconds since the epoch
 * @param hash see {@link RowIds}
 * @param number of the hand-over that it came with, see {@link Follower}; 0 in a history
 * @param labels of its stream as clients see it
 * @param json the element of {@code streams} that it becomes
 */
record TailRow(long time, long hash, long number, Labels labels, byte[] json) {
    /** What a row takes in memory besides its text. */
    static final int OVERHEAD = 96;

    TailRow {
        requireNonNull(labels, "labels is null");
        requireNonNull(json, "json is null");
    }

    long bytes() {
        return (long) OVERHEAD + json.length;
    }
}
