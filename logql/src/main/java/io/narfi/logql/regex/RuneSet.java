package io.narfi.logql.regex;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A set of code points as sorted, disjoint, inclusive ranges {@code low, high, low, high…}. */
public final class RuneSet {
    static final int MAX_RUNE = 0x10ffff;

    private final int[] ranges;

    private RuneSet(int[] ranges) {
        this.ranges = ranges;
    }

    static RuneSet of(int... ranges) {
        return new Builder().addAll(ranges).build();
    }

    public boolean contains(int rune) {
        int low = 0;
        int high = ranges.length / 2;
        while (low < high) {
            int mid = (low + high) >>> 1;
            if (rune > ranges[2 * mid + 1]) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        return low < ranges.length / 2 && rune >= ranges[2 * low];
    }

    /** The ranges; not to be written. */
    int[] ranges() {
        return ranges;
    }

    boolean isEmpty() {
        return ranges.length == 0;
    }

    /** Number of code points. */
    int size() {
        int n = 0;
        for (int i = 0; i < ranges.length; i += 2) {
            n += ranges[i + 1] - ranges[i] + 1;
        }
        return n;
    }

    /** The members, in order. */
    int[] members() {
        int[] out = new int[size()];
        int n = 0;
        for (int i = 0; i < ranges.length; i += 2) {
            for (int r = ranges[i]; r <= ranges[i + 1]; r++) {
                out[n++] = r;
            }
        }
        return out;
    }

    RuneSet negate() {
        int[] out = new int[ranges.length + 2];
        int n = 0;
        int next = 0;
        for (int i = 0; i < ranges.length; i += 2) {
            if (ranges[i] > next) {
                out[n++] = next;
                out[n++] = ranges[i] - 1;
            }
            next = ranges[i + 1] + 1;
        }
        if (next <= MAX_RUNE) {
            out[n++] = next;
            out[n++] = MAX_RUNE;
        }
        return new RuneSet(Arrays.copyOf(out, n));
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof RuneSet s && Arrays.equals(ranges, s.ranges);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ranges);
    }

    @Override
    public String toString() {
        return Arrays.toString(ranges);
    }

    /** Collects ranges in any order. */
    static final class Builder {
        private long[] pairs = new long[8];
        private int count;

        Builder add(int low, int high) {
            if (count == pairs.length) {
                pairs = Arrays.copyOf(pairs, count * 2);
            }
            pairs[count++] = ((long) low << 32) | high;
            return this;
        }

        Builder addAll(int... ranges) {
            for (int i = 0; i < ranges.length; i += 2) {
                add(ranges[i], ranges[i + 1]);
            }
            return this;
        }

        Builder add(RuneSet set) {
            return addAll(set.ranges);
        }

        RuneSet build() {
            Arrays.sort(pairs, 0, count);
            int[] out = new int[2 * count];
            int n = 0;
            for (int i = 0; i < count; i++) {
                int low = (int) (pairs[i] >> 32);
                int high = (int) pairs[i];
                if (n > 0 && low <= out[n - 1] + 1) {
                    out[n - 1] = Math.max(out[n - 1], high);
                } else {
                    out[n++] = low;
                    out[n++] = high;
                }
            }
            return new RuneSet(Arrays.copyOf(out, n));
        }
    }
}
