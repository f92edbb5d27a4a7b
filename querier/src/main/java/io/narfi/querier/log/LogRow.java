package io.narfi.querier.log;

import static java.util.Objects.requireNonNull;

import io.narfi.logql.pipeline.ResultLabels;

/** An entry of an answer: its time in nanoseconds, the stable hash of the stored stream, its labels, and its line. */
public final class LogRow {
    /** Roughly what a row takes in memory besides its line. */
    static final int OVERHEAD = 72;

    private final long time;
    private final long streamHash;
    private final ResultLabels labels;
    private final byte[] line;

    /** Takes the array over. */
    public LogRow(long time, long streamHash, ResultLabels labels, byte[] line) {
        this.time = time;
        this.streamHash = streamHash;
        this.labels = requireNonNull(labels, "labels is null");
        this.line = requireNonNull(line, "line is null");
    }

    public long time() {
        return time;
    }

    public long streamHash() {
        return streamHash;
    }

    public ResultLabels labels() {
        return labels;
    }

    /** The line's bytes, not to be written. */
    public byte[] line() {
        return line;
    }

    /** Roughly what the row takes in memory. */
    public long memory() {
        return (long) OVERHEAD + line.length;
    }
}
