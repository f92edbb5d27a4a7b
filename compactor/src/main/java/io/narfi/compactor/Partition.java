package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import java.time.LocalDate;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;

/** What a level-1 block holds of a tenant: a UTC day and a retention class, in seconds. */
record Partition(LocalDate day, long retentionSeconds) implements Comparable<Partition> {
    private static final long NANOS_PER_DAY = TimeUnit.DAYS.toNanos(1);
    private static final Comparator<Partition> ORDER =
            Comparator.comparing(Partition::day).thenComparingLong(Partition::retentionSeconds);

    Partition {
        requireNonNull(day, "day is null");
    }

    static LocalDate dayOf(long nanos) {
        return LocalDate.ofEpochDay(Math.floorDiv(nanos, NANOS_PER_DAY));
    }

    /** First nanosecond of a day; the earliest that there is for the day in which nanoseconds begin. */
    static long startOf(LocalDate day) {
        return saturated(day.toEpochDay());
    }

    /** First nanosecond after a day; the last that there is for the day in which nanoseconds end. */
    static long endOf(LocalDate day) {
        return saturated(day.toEpochDay() + 1);
    }

    private static long saturated(long epochDay) {
        long nanos = epochDay * NANOS_PER_DAY;
        boolean overflow = Math.multiplyHigh(epochDay, NANOS_PER_DAY) != nanos >> 63;
        return overflow ? (epochDay < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : nanos;
    }

    @Override
    public int compareTo(Partition o) {
        return ORDER.compare(this, o);
    }
}
