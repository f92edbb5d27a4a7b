package io.narfi.querier.tail;

import io.narfi.common.Durations;

/**
 * Bounds of tails.
 *
 * @param maxDurationNanos after which a tail is closed ({@code querier.tail_max_duration}); 0 for never
 * @param maxTails tails of all tenants in this process; one more is refused
 * @param bufferBytes rows that wait for clients, of all tails together
 */
public record TailConfig(long maxDurationNanos, int maxTails, long bufferBytes) {
    private static final long MIB = 1 << 20;

    public TailConfig {
        if (maxDurationNanos < 0 || maxTails < 0 || bufferBytes < 0) {
            throw new IllegalArgumentException(
                    "maxDurationNanos " + maxDurationNanos + ", maxTails " + maxTails + ", bufferBytes " + bufferBytes);
        }
    }

    /** An hour, 2000 tails, and a sixteenth of the heap. */
    public static TailConfig defaults(long heapBytes) {
        return new TailConfig(Durations.HOUR, 2000, Math.clamp(heapBytes / 16, 8 * MIB, 128 * MIB));
    }

    public TailConfig withMaxDuration(long nanos) {
        return new TailConfig(nanos, maxTails, bufferBytes);
    }
}
