package io.narfi.querier.tail;

import io.narfi.common.Labels;

/** An entry that a client was too slow for. */
record DroppedRow(long time, Labels labels) {
    static DroppedRow of(TailRow row) {
        return new DroppedRow(row.time(), row.labels());
    }
}
