package io.narfi.logql.pipeline;

/** Takes the entries that pass a pipeline. */
@FunctionalInterface
public interface RowSink {
    /**
     * @param row the row of the batch that was processed
     * @param timestamp in nanoseconds
     * @param buffer holds the line in {@code [from, to)}; only valid during the call unless it is the batch's own array
     * @param labels shared by all entries with this combination that were seen lately
     * @return whether more are wanted
     */
    boolean entry(int row, long timestamp, byte[] buffer, int from, int to, ResultLabels labels);
}
