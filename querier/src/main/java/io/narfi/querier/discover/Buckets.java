package io.narfi.querier.discover;

import io.narfi.common.Durations;

/**
 * A range of time cut at the multiples of a step since the epoch. The first bucket begins with the range, the last one ends with it; both may
 * be shorter than the others.
 *
 * @param start first moment, nanoseconds since the epoch
 * @param end last moment, nanoseconds since the epoch, included
 * @param step nanoseconds, 1 or more; at least as much as the range for a single bucket
 */
public record Buckets(long start, long end, long step) {
    public Buckets {
        if (end < start || step < 1) {
            throw new IllegalArgumentException("buckets from " + start + " to " + end + " every " + step);
        }
    }

    /** The range as one bucket, whatever multiples lie in it. */
    public static Buckets single(long start, long end) {
        return new Buckets(start, end, Long.MAX_VALUE);
    }

    /** How many there are. */
    public int count() {
        return Math.toIntExact(number(end) + 1);
    }

    /** The bucket of a moment inside the range. */
    public int of(long time) {
        return (int) number(time);
    }

    private long number(long time) {
        if (step == Long.MAX_VALUE) {
            return 0;
        }
        long n = Math.floorDiv(time, step) - Math.floorDiv(start, step);
        // The range's end is not worth a bucket of its own.
        return time == end && end > start && Math.floorMod(end, step) == 0 ? n - 1 : n;
    }

    /** Last moment of a bucket, nanoseconds. */
    public long last(int bucket) {
        return bucket == count() - 1 ? end : (Math.floorDiv(start, step) + bucket + 1) * step - 1;
    }

    /** The moment by which a bucket goes in answers: its last millisecond. */
    public long stampMillis(int bucket) {
        return Math.floorDiv(last(bucket), Durations.MILLISECOND);
    }
}
