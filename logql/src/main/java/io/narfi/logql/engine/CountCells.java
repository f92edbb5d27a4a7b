package io.narfi.logql.engine;

import java.nio.ByteBuffer;

/** A number of samples and a sum of whole numbers: lines and bytes. */
final class CountCells extends Cells {
    private final long[] counts;
    private final long[] sums;
    private final boolean bytes;
    private final double divisor;

    /**
     * @param bytes whether the sum of the values is wanted, not the number of samples
     * @param divisor of the value: the range in seconds for a rate, else 1
     */
    CountCells(int size, boolean bytes, double divisor) {
        this.counts = new long[size];
        this.sums = bytes ? new long[size] : counts;
        this.bytes = bytes;
        this.divisor = divisor;
    }

    @Override
    boolean isPresent(int cell) {
        return counts[cell] != 0;
    }

    @Override
    void add(int cell, long time, double value) {
        counts[cell]++;
        if (bytes) {
            sums[cell] += (long) value;
        }
    }

    @Override
    void addAll(int cell, long[] times, double[] values, int from, int to) {
        counts[cell] += to - from;
        if (bytes) {
            long sum = 0;
            for (int i = from; i < to; i++) {
                sum += (long) values[i];
            }
            sums[cell] += sum;
        }
    }

    @Override
    void addOnes(int cell, long[] times, int from, int to) {
        addMany(cell, to - from, to - from);
    }

    void addMany(int cell, long count, long sum) {
        counts[cell] += count;
        if (bytes) {
            sums[cell] += sum;
        }
    }

    @Override
    void merge(int cell, Cells other, int otherCell) {
        CountCells o = (CountCells) other;
        addMany(cell, o.counts[otherCell], o.sums[otherCell]);
    }

    @Override
    void clear(int cell) {
        counts[cell] = 0;
        sums[cell] = 0;
    }

    @Override
    double value(int cell) {
        return sums[cell] / divisor;
    }

    @Override
    Cells fresh(int size) {
        return new CountCells(size, bytes, divisor);
    }

    @Override
    int size() {
        return counts.length;
    }

    @Override
    int bytesPerCell() {
        return bytes ? 16 : 8;
    }

    @Override
    void write(int cell, ByteBuffer out) {
        Varints.write(out, counts[cell]);
        if (bytes) {
            Varints.write(out, sums[cell]);
        }
    }

    @Override
    void read(int cell, ByteBuffer in) {
        counts[cell] = Varints.read(in);
        if (bytes) {
            sums[cell] = Varints.read(in);
        }
    }
}
