package io.narfi.logql.pipeline;

/** How much of each row a query needs; each step includes the ones before it. */
public enum Columns {
    TIMESTAMPS,
    /** Also the lines' lengths. */
    LENGTHS,
    /** Also structured metadata. */
    METADATA,
    /** Also the lines. */
    LINES
}
