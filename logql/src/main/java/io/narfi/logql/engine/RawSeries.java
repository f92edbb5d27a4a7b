package io.narfi.logql.engine;

import io.narfi.common.Labels;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A series as its samples, for functions that need each of them. */
final class RawSeries extends SeriesSamples {
    private static final int FIRST_SAMPLES = 16;
    private static final int SAMPLE_BYTES = 16;
    private static final int OBJECT_BYTES = 160;
    /** Arrays end here; the budget of a query ends far earlier. */
    private static final int MAX_SAMPLES = 1 << 30;

    private final Windows windows;
    private final RangeFunction.SamplesFunction function;
    private final MemoryBudget budget;
    private long[] times = new long[0];
    private double[] values = new double[0];
    private int size;
    private boolean sorted = true;

    RawSeries(Labels labels, Windows windows, RangeFunction.SamplesFunction function, MemoryBudget budget) {
        super(labels);
        this.windows = windows;
        this.function = function;
        this.budget = budget;
        budget.reserve(OBJECT_BYTES);
    }

    @Override
    void add(long time, double value) {
        if (windows.paneOf(time) >= 0) {
            append(time, value);
        }
    }

    private void append(long time, double value) {
        if (size == times.length) {
            grow(1);
        }
        sorted &= size == 0 || TimeSort.inOrder(times[size - 1], values[size - 1], time, value);
        times[size] = time;
        values[size++] = value;
    }

    private void grow(int more) {
        long wanted = Math.min(MAX_SAMPLES, Math.max(size + (long) more, Math.max(FIRST_SAMPLES, 2L * times.length)));
        if (wanted < size + (long) more) {
            throw new IllegalStateException("more than " + MAX_SAMPLES + " samples in a series");
        }
        budget.reserve((wanted - times.length) * SAMPLE_BYTES);
        times = Arrays.copyOf(times, (int) wanted);
        values = Arrays.copyOf(values, (int) wanted);
    }

    @Override
    void addAll(long[] newTimes, double[] newValues, int from, int to) {
        for (int i = from; i < to; i++) {
            add(newTimes[i], newValues[i]);
        }
    }

    @Override
    void addOnes(long[] newTimes, int from, int to) {
        for (int i = from; i < to; i++) {
            add(newTimes[i], 1);
        }
    }

    @Override
    void merge(SeriesSamples other) {
        RawSeries o = (RawSeries) other;
        if (o.size == 0) {
            return;
        }
        if (times.length - size < o.size) {
            grow(o.size);
        }
        sorted &= o.sorted && (size == 0 || TimeSort.inOrder(times[size - 1], values[size - 1], o.times[0], o.values[0]));
        System.arraycopy(o.times, 0, times, size, o.size);
        System.arraycopy(o.values, 0, values, size, o.size);
        size += o.size;
    }

    @Override
    void mergeWithin(SeriesSamples other, long from, long to) {
        RawSeries o = (RawSeries) other;
        for (int i = 0; i < o.size; i++) {
            if (o.times[i] >= from && o.times[i] < to) {
                add(o.times[i], o.values[i]);
            }
        }
    }

    @Override
    boolean isEmpty() {
        return size == 0;
    }

    @Override
    long bytes() {
        return OBJECT_BYTES + (long) times.length * SAMPLE_BYTES;
    }

    @Override
    StepRow row(MemoryBudget evaluation) {
        sort();
        StepRow row = new StepRow(labels, windows.count());
        int from = 0;
        int to = 0;
        for (int w = 0; w < windows.count(); w++) {
            evaluation.check();
            while (to < size && times[to] <= windows.windowEnd(w)) {
                to++;
            }
            while (from < to && times[from] <= windows.windowStart(w)) {
                from++;
            }
            if (from < to) {
                row.set(w, function.apply(times, values, from, to));
            }
        }
        return row;
    }

    private void sort() {
        if (!sorted) {
            TimeSort sort = new TimeSort(times, values, size);
            times = sort.times();
            values = sort.values();
            sorted = true;
        }
    }

    @Override
    long writtenBytes() {
        return (1L + size) * (Varints.MAX_BYTES + Double.BYTES);
    }

    /** Number of samples, their times as differences, zigzag, then their values. */
    @Override
    void write(ByteBuffer out) {
        Varints.write(out, size);
        long previous = 0;
        for (int i = 0; i < size; i++) {
            long difference = times[i] - previous;
            Varints.write(out, difference << 1 ^ difference >> 63);
            previous = times[i];
        }
        for (int i = 0; i < size; i++) {
            out.putDouble(values[i]);
        }
    }

    @Override
    void read(ByteBuffer in) {
        int count = Varints.readInt(in, in.remaining());
        grow(count);
        long time = 0;
        for (int i = 0; i < count; i++) {
            long zigzag = Varints.read(in);
            time += zigzag >>> 1 ^ -(zigzag & 1);
            times[i] = time;
        }
        for (int i = 0; i < count; i++) {
            values[i] = in.getDouble();
            sorted &= i == 0 || TimeSort.inOrder(times[i - 1], values[i - 1], times[i], values[i]);
        }
        size = count;
    }
}
