package io.narfi.querier.discover;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Rows and bytes of streams, in ascending unsigned order of their stable hashes, each hash once.
 *
 * @param streams a list that is not changed
 */
public record StreamTotals(List<Total> streams) {
    /** Roughly what a stream takes in memory. */
    public static final long BYTES = 56;

    /**
     * What the indexes say of a stream.
     *
     * @param hash its labels' stable hash
     * @param chunks stretches that begin in the range, each in one object
     * @param bytes bytes of lines and metadata
     * @param entries rows
     */
    public record Total(long hash, long chunks, long bytes, long entries) {
        Total plus(Total other) {
            return new Total(hash, chunks + other.chunks, bytes + other.bytes, entries + other.entries);
        }
    }

    public StreamTotals {
        streams = List.copyOf(streams);
    }

    public static final StreamTotals NONE = new StreamTotals(List.of());

    /** Sorted, with totals of one hash added up. */
    public static StreamTotals of(Collection<Total> totals) {
        List<Total> sorted = new ArrayList<>(totals);
        sorted.sort(Comparator.comparingLong((Total t) -> t.hash() ^ Long.MIN_VALUE));
        List<Total> merged = new ArrayList<>(sorted.size());
        for (Total t : sorted) {
            if (!merged.isEmpty() && merged.getLast().hash() == t.hash()) {
                merged.set(merged.size() - 1, merged.getLast().plus(t));
            } else {
                merged.add(t);
            }
        }
        return new StreamTotals(merged);
    }

    /** The totals of both, those of one hash added up. */
    public StreamTotals plus(StreamTotals other) {
        List<Total> both = new ArrayList<>(streams.size() + other.streams.size());
        both.addAll(streams);
        both.addAll(other.streams);
        // Two runs that are sorted, which the sort finds.
        return of(both);
    }

    /** What all streams with rows hold together. */
    public record Sum(long streams, long chunks, long bytes, long entries) {
        public static final Sum NONE = new Sum(0, 0, 0, 0);

        public Sum plus(Sum other) {
            return new Sum(streams + other.streams, chunks + other.chunks, bytes + other.bytes, entries + other.entries);
        }
    }

    public Sum sum() {
        long count = 0;
        long chunks = 0;
        long bytes = 0;
        long entries = 0;
        for (Total t : streams) {
            count++;
            chunks += t.chunks();
            bytes += t.bytes();
            entries += t.entries();
        }
        return new Sum(count, chunks, bytes, entries);
    }

    /** The same without streams that have no rows where it was looked. */
    public StreamTotals withRows() {
        return new StreamTotals(streams.stream().filter(t -> t.entries() > 0).toList());
    }

    /**
     * Streams whose hashes lie in a range.
     *
     * @param min least hash, unsigned
     * @param max greatest hash, unsigned
     */
    public record Shard(long min, long max, long streams, long chunks, long bytes, long entries) {}

    /**
     * Cuts all hashes into ranges whose streams hold about so many bytes each: at least one range, together without a gap. A range ends where
     * one more stream would bring it further from the target than it is.
     *
     * @param targetBytes 1 or more
     */
    public List<Shard> shards(long targetBytes) {
        List<Shard> shards = new ArrayList<>();
        long min = 0;
        long count = 0;
        long chunks = 0;
        long bytes = 0;
        long entries = 0;
        for (int i = 0; i < streams.size(); i++) {
            Total t = streams.get(i);
            if (count > 0 && bytes + t.bytes() > targetBytes && bytes + t.bytes() - targetBytes > targetBytes - bytes) {
                shards.add(new Shard(min, t.hash() - 1, count, chunks, bytes, entries));
                min = t.hash();
                count = 0;
                chunks = 0;
                bytes = 0;
                entries = 0;
            }
            count++;
            chunks += t.chunks();
            bytes += t.bytes();
            entries += t.entries();
        }
        shards.add(new Shard(min, -1, count, chunks, bytes, entries));
        return shards;
    }
}
