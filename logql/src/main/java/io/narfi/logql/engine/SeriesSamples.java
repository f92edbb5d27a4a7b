package io.narfi.logql.engine;

import io.narfi.common.Labels;
import java.nio.ByteBuffer;

/** What is known of the samples of one series of a leaf. For one thread. */
abstract sealed class SeriesSamples permits PaneSeries, RawSeries {
    final Labels labels;

    SeriesSamples(Labels labels) {
        this.labels = labels;
    }

    abstract void add(long time, double value);

    /** Adds samples in ascending order of time. */
    abstract void addAll(long[] times, double[] values, int from, int to);

    /** Adds samples of value 1 in ascending order of time. */
    abstract void addOnes(long[] times, int from, int to);

    /** Adds another series of the same leaf and grid, as the later one where times are equal. */
    abstract void merge(SeriesSamples other);

    /**
     * Adds what another series of the same leaf has of a stretch of time; the panes of its grid must lie, within the stretch, each in one
     * pane of this one's, or in none.
     *
     * @param to end of the stretch, exclusive
     */
    abstract void mergeWithin(SeriesSamples other, long from, long to);

    abstract boolean isEmpty();

    /** Bytes that it holds now. */
    abstract long bytes();

    /**
     * The value for every step whose window has a sample.
     *
     * @param evaluation asked now and then whether to go on; not what the series itself is charged to
     */
    abstract StepRow row(MemoryBudget evaluation);

    /** Most bytes that {@link #write} needs. */
    abstract long writtenBytes();

    abstract void write(ByteBuffer out);

    abstract void read(ByteBuffer in);
}
