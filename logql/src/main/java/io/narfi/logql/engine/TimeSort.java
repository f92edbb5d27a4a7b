package io.narfi.logql.engine;

/**
 * Sorts samples by time, those of one time by value, so that their order does not hang on how the work was divided: a merge sort of the
 * ascending runs that are there, of which there are few.
 */
final class TimeSort {
    private long[] times;
    private double[] values;
    private long[] otherTimes;
    private double[] otherValues;

    TimeSort(long[] times, double[] values, int size) {
        this.times = times;
        this.values = values;
        this.otherTimes = new long[times.length];
        this.otherValues = new double[times.length];
        while (!mergePairsOfRuns(size)) {
            long[] t = this.times;
            this.times = otherTimes;
            otherTimes = t;
            double[] v = this.values;
            this.values = otherValues;
            otherValues = v;
        }
    }

    long[] times() {
        return times;
    }

    double[] values() {
        return values;
    }

    /** Whether a sample may stand right before another. */
    static boolean inOrder(long time, double value, long nextTime, double nextValue) {
        return time != nextTime ? time < nextTime : Double.compare(value, nextValue) <= 0;
    }

    /** Merges into the other arrays; true if there was only one run, and nothing was done. */
    private boolean mergePairsOfRuns(int size) {
        int end = runEnd(0, size);
        if (end == size) {
            return true;
        }
        int start = 0;
        while (start < size) {
            int middle = runEnd(start, size);
            int stop = runEnd(middle, size);
            merge(start, middle, stop);
            start = stop;
        }
        return false;
    }

    private int runEnd(int start, int size) {
        int i = Math.min(start + 1, size);
        while (i < size && inOrder(times[i - 1], values[i - 1], times[i], values[i])) {
            i++;
        }
        return i;
    }

    private void merge(int start, int middle, int stop) {
        int a = start;
        int b = middle;
        for (int i = start; i < stop; i++) {
            boolean first = b == stop || (a < middle && inOrder(times[a], values[a], times[b], values[b]));
            int from = first ? a++ : b++;
            otherTimes[i] = times[from];
            otherValues[i] = values[from];
        }
    }
}
