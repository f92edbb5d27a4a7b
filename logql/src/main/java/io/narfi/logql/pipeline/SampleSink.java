package io.narfi.logql.pipeline;

import io.narfi.common.Labels;

/** Takes the samples of a range aggregation. */
@FunctionalInterface
public interface SampleSink {
    /**
     * @param row the row of the batch that was processed
     * @param timestamp in nanoseconds
     * @param series the labels of the sample's series; equal ones are mostly the same object
     * @return whether more are wanted
     */
    boolean sample(int row, long timestamp, double value, Labels series);
}
