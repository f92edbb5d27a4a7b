package io.narfi.logql.engine;

import java.nio.ByteBuffer;

/** A number of samples and the sum of their values. */
final class SumCells extends Cells {
    private final long[] counts;
    private final double[] high;
    private final double[] low;
    private final boolean average;
    private final double divisor;

    /**
     * @param average whether the mean is wanted, not the sum
     * @param divisor of the sum: the range in seconds for a rate, else 1
     */
    SumCells(int size, boolean average, double divisor) {
        this.counts = new long[size];
        this.high = new double[size];
        this.low = new double[size];
        this.average = average;
        this.divisor = divisor;
    }

    @Override
    boolean isPresent(int cell) {
        return counts[cell] != 0;
    }

    @Override
    void add(int cell, long time, double value) {
        counts[cell]++;
        addValue(cell, value);
    }

    private void addValue(int cell, double value) {
        double h = high[cell];
        double sum = h + value;
        low[cell] += DoubleSum.error(h, value, sum);
        high[cell] = sum;
    }

    @Override
    void addAll(int cell, long[] times, double[] values, int from, int to) {
        double h = high[cell];
        double l = low[cell];
        for (int i = from; i < to; i++) {
            double sum = h + values[i];
            l += DoubleSum.error(h, values[i], sum);
            h = sum;
        }
        high[cell] = h;
        low[cell] = l;
        counts[cell] += to - from;
    }

    @Override
    void merge(int cell, Cells other, int otherCell) {
        SumCells o = (SumCells) other;
        if (o.counts[otherCell] == 0) {
            return;
        }
        counts[cell] += o.counts[otherCell];
        addValue(cell, o.high[otherCell]);
        low[cell] += o.low[otherCell];
    }

    @Override
    void clear(int cell) {
        counts[cell] = 0;
        high[cell] = 0;
        low[cell] = 0;
    }

    @Override
    double value(int cell) {
        double sum = Double.isFinite(high[cell]) ? DoubleSum.value(high[cell], low[cell]) : high[cell];
        return sum / (average ? counts[cell] : divisor);
    }

    @Override
    Cells fresh(int size) {
        return new SumCells(size, average, divisor);
    }

    @Override
    int size() {
        return counts.length;
    }

    @Override
    int bytesPerCell() {
        return 24;
    }

    @Override
    void write(int cell, ByteBuffer out) {
        Varints.write(out, counts[cell]);
        out.putDouble(high[cell]).putDouble(low[cell]);
    }

    @Override
    void read(int cell, ByteBuffer in) {
        counts[cell] = Varints.read(in);
        high[cell] = in.getDouble();
        low[cell] = in.getDouble();
    }
}
