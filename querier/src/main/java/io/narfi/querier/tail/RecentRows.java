package io.narfi.querier.tail;

/**
 * The hashes of the last rows of a group, by which a copy that a client's retry made is known. Two generations: when the younger one is full
 * the older one is forgotten, so that between {@code n} and {@code 2 n} rows are remembered, in at most {@code 64 n} bytes. For one thread.
 */
final class RecentRows {
    private final int perGeneration;
    private LongSet young = new LongSet();
    private LongSet old = new LongSet();

    RecentRows(int perGeneration) {
        this.perGeneration = perGeneration;
    }

    /** Whether the row is new; then it is remembered. */
    boolean add(long hash) {
        if (old.contains(hash) || !young.add(hash)) {
            return false;
        }
        if (young.size() >= perGeneration) {
            old = young;
            young = new LongSet();
        }
        return true;
    }
}
