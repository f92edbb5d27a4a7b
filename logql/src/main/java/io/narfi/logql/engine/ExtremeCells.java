package io.narfi.logql.engine;

import java.nio.ByteBuffer;

/** The least or the greatest value; NaN only if there is nothing else. */
final class ExtremeCells extends Cells {
    private final boolean[] present;
    private final double[] values;
    private final boolean greatest;

    ExtremeCells(int size, boolean greatest) {
        this.present = new boolean[size];
        this.values = new double[size];
        this.greatest = greatest;
    }

    @Override
    boolean isPresent(int cell) {
        return present[cell];
    }

    @Override
    void add(int cell, long time, double value) {
        double old = values[cell];
        if (!present[cell] || Double.isNaN(old)) {
            present[cell] = true;
            values[cell] = value;
        } else if (!Double.isNaN(value)) {
            values[cell] = greatest ? Math.max(old, value) : Math.min(old, value);
        }
    }

    @Override
    void merge(int cell, Cells other, int otherCell) {
        ExtremeCells o = (ExtremeCells) other;
        if (o.present[otherCell]) {
            add(cell, 0, o.values[otherCell]);
        }
    }

    @Override
    void clear(int cell) {
        present[cell] = false;
        values[cell] = 0;
    }

    @Override
    double value(int cell) {
        return values[cell];
    }

    @Override
    Cells fresh(int size) {
        return new ExtremeCells(size, greatest);
    }

    @Override
    int size() {
        return present.length;
    }

    @Override
    int bytesPerCell() {
        return 9;
    }

    @Override
    void write(int cell, ByteBuffer out) {
        out.putDouble(values[cell]);
    }

    @Override
    void read(int cell, ByteBuffer in) {
        present[cell] = true;
        values[cell] = in.getDouble();
    }
}
