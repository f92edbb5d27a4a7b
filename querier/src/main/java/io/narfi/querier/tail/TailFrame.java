package io.narfi.querier.tail;

import java.util.List;

/**
 * What is sent at a time.
 *
 * @param rows at most {@value #MAX_ROWS}
 * @param dropped entries that were not sent before these, as far as they are remembered
 */
record TailFrame(List<TailRow> rows, List<DroppedRow> dropped) {
    static final int MAX_ROWS = 100;

    /** A frame ends with the row that makes it as long as this. */
    static final int MAX_BYTES = 1 << 20;

    TailFrame {
        rows = List.copyOf(rows);
        dropped = List.copyOf(dropped);
    }
}
