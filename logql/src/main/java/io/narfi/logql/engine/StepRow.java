package io.narfi.logql.engine;

import io.narfi.common.Labels;
import java.util.Arrays;

/** One series of a matrix: a value or nothing for each step. Written by who makes it, then only read. */
public final class StepRow {
    private final Labels labels;
    private final double[] values;
    private final long[] present;

    StepRow(Labels labels, int steps) {
        this(labels, new double[steps], new long[(steps + 63) / 64]);
    }

    private StepRow(Labels labels, double[] values, long[] present) {
        this.labels = labels;
        this.values = values;
        this.present = present;
    }

    public Labels labels() {
        return labels;
    }

    public int steps() {
        return values.length;
    }

    public boolean has(int step) {
        return (present[step >> 6] & 1L << step) != 0;
    }

    /** The value of a step that has one. */
    public double value(int step) {
        return values[step];
    }

    void set(int step, double value) {
        values[step] = value;
        present[step >> 6] |= 1L << step;
    }

    /** Number of steps with a value. */
    public int size() {
        int n = 0;
        for (long word : present) {
            n += Long.bitCount(word);
        }
        return n;
    }

    boolean isEmpty() {
        return Arrays.stream(present).allMatch(w -> w == 0);
    }

    /** The first step with a value, -1 if there is none. */
    int firstStep() {
        for (int i = 0; i < present.length; i++) {
            if (present[i] != 0) {
                return i * 64 + Long.numberOfTrailingZeros(present[i]);
            }
        }
        return -1;
    }

    /** The same values under other labels; the arrays are shared. */
    StepRow withLabels(Labels other) {
        return new StepRow(other, values, present);
    }

    /** Bytes of a row of so many steps. */
    static long bytes(int steps) {
        return 96 + steps * 8L + (steps + 63) / 64 * 8L;
    }
}
