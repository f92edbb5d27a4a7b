package io.narfi.logql.engine;

import java.nio.ByteBuffer;

/**
 * The earliest or the latest value; of several at one time the smallest, or the largest, so that the answer does not hang on how the work
 * was divided.
 */
final class EdgeCells extends Cells {
    private final boolean[] present;
    private final long[] times;
    private final double[] values;
    private final boolean latest;

    EdgeCells(int size, boolean latest) {
        this.present = new boolean[size];
        this.times = new long[size];
        this.values = new double[size];
        this.latest = latest;
    }

    @Override
    boolean isPresent(int cell) {
        return present[cell];
    }

    @Override
    void add(int cell, long time, double value) {
        if (!present[cell] || (latest ? isBefore(times[cell], values[cell], time, value) : isBefore(time, value, times[cell], values[cell]))) {
            present[cell] = true;
            times[cell] = time;
            values[cell] = value;
        }
    }

    private static boolean isBefore(long time, double value, long otherTime, double otherValue) {
        return time != otherTime ? time < otherTime : Double.compare(value, otherValue) < 0;
    }

    @Override
    void merge(int cell, Cells other, int otherCell) {
        EdgeCells o = (EdgeCells) other;
        if (o.present[otherCell]) {
            add(cell, o.times[otherCell], o.values[otherCell]);
        }
    }

    @Override
    void clear(int cell) {
        present[cell] = false;
        times[cell] = 0;
        values[cell] = 0;
    }

    @Override
    double value(int cell) {
        return values[cell];
    }

    @Override
    Cells fresh(int size) {
        return new EdgeCells(size, latest);
    }

    @Override
    int size() {
        return present.length;
    }

    @Override
    int bytesPerCell() {
        return 17;
    }

    @Override
    void write(int cell, ByteBuffer out) {
        out.putLong(times[cell]).putDouble(values[cell]);
    }

    @Override
    void read(int cell, ByteBuffer in) {
        present[cell] = true;
        times[cell] = in.getLong();
        values[cell] = in.getDouble();
    }
}
