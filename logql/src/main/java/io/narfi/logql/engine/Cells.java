package io.narfi.logql.engine;

import java.nio.ByteBuffer;

/**
 * What a function needs to know of the samples in a pane, for a run of panes: a cell is an index. Merging is associative, and commutative but
 * for samples of one time.
 */
abstract sealed class Cells permits CountCells, SumCells, ExtremeCells, EdgeCells, MomentCells {
    /** Whether a cell has any sample. */
    abstract boolean isPresent(int cell);

    abstract void add(int cell, long time, double value);

    /** Adds samples of one pane. */
    void addAll(int cell, long[] times, double[] values, int from, int to) {
        for (int i = from; i < to; i++) {
            add(cell, times[i], values[i]);
        }
    }

    /** Adds samples of value 1 with times in ascending order. */
    void addOnes(int cell, long[] times, int from, int to) {
        for (int i = from; i < to; i++) {
            add(cell, times[i], 1);
        }
    }

    /** Merges a cell of the same class into one of these, as the later part. */
    abstract void merge(int cell, Cells other, int otherCell);

    abstract void clear(int cell);

    /** The function's value for a cell that is present. */
    abstract double value(int cell);

    /** Cells of the same kind, all empty. */
    abstract Cells fresh(int size);

    abstract int size();

    /** Bytes that a cell takes. */
    abstract int bytesPerCell();

    /** Copies {@code count} cells from another of the same class. */
    final void copyFrom(Cells other, int from, int to, int count) {
        for (int i = 0; i < count; i++) {
            clear(to + i);
            merge(to + i, other, from + i);
        }
    }

    /** Writes a present cell; at most {@link #bytesPerCell()} and 10 bytes. */
    abstract void write(int cell, ByteBuffer out);

    /** Reads what {@link #write} wrote into an empty cell. */
    abstract void read(int cell, ByteBuffer in);
}
