package io.narfi.storage;

import static java.util.Objects.requireNonNull;

/**
 * What to read of a stream: rows with {@code from <= timestamp < to} (nanoseconds), in which direction, and which columns.
 *
 * @param counts where the cost is added
 */
public record ScanRequest(long from, long to, Direction direction, Columns columns, ScanCounts counts) {
    /** The order in which batches come. Inside a batch rows always ascend in time. */
    public enum Direction {
        FORWARD,
        BACKWARD
    }

    /** How much of each row is read; each step includes the ones before it. */
    public enum Columns {
        TIMESTAMPS,
        /** Also the lines' lengths. */
        LENGTHS,
        /** Also structured metadata. */
        METADATA,
        /** Also the lines. */
        LINES
    }

    public ScanRequest {
        requireNonNull(direction, "direction is null");
        requireNonNull(columns, "columns is null");
        requireNonNull(counts, "counts is null");
    }

    /** For who does not care for the cost. */
    public ScanRequest(long from, long to, Direction direction, Columns columns) {
        this(from, to, direction, columns, new ScanCounts());
    }

    /** The same for another stretch of time and other columns. */
    ScanRequest of(long newFrom, long newTo, Columns newColumns) {
        return new ScanRequest(newFrom, newTo, direction, newColumns, counts);
    }

    /** Every row and column, forward. */
    public static ScanRequest everything() {
        return new ScanRequest(Long.MIN_VALUE, Long.MAX_VALUE, Direction.FORWARD, Columns.LINES);
    }
}
