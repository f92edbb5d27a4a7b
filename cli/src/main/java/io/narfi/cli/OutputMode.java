package io.narfi.cli;

/** How log lines are printed. */
enum OutputMode {
    /** Time, labels that are not common to all, line. */
    DEFAULT,
    /** The line. */
    RAW,
    /** A JSON object a line. */
    JSONL
}
