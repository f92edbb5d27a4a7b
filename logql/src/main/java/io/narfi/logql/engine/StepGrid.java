package io.narfi.logql.engine;

/**
 * The instants at which a metric query is evaluated: {@code start + k * step}, up to and with {@code end}.
 *
 * @param start nanoseconds since the epoch
 * @param end nanoseconds since the epoch, not before {@code start}
 * @param step nanoseconds; 0 for an instant query, whose only evaluation is at {@code start}
 */
public record StepGrid(long start, long end, long step) {
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** More instants than this are no query but a mistake; callers refuse far fewer (11,000). */
    public static final int MAX_STEPS = 1 << 20;

    public StepGrid {
        if (end < start || step < 0) {
            throw new IllegalArgumentException("start " + start + ", end " + end + ", step " + step);
        }
        if (step > 0 && (end - start) / step >= MAX_STEPS) {
            throw new IllegalArgumentException("too many steps: " + (end - start) / step);
        }
    }

    public static StepGrid instant(long time) {
        return new StepGrid(time, time, 0);
    }

    /** Whether the query is an instant query, which answers with a vector. */
    public boolean isInstant() {
        return step == 0;
    }

    /** Number of instants, 1 or more. */
    public int count() {
        return step == 0 ? 1 : (int) ((end - start) / step) + 1;
    }

    /** The k-th instant in nanoseconds. */
    public long time(int k) {
        return start + k * step;
    }

    /** The k-th instant in milliseconds, as results carry it. */
    public long timeMillis(int k) {
        return time(k) / NANOS_PER_MILLI;
    }
}
