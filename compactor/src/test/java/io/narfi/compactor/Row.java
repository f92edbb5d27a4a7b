package io.narfi.compactor;

import io.narfi.common.Labels;

/** A row as a test sees it. */
record Row(Labels stream, long time, String line, Labels metadata) {
    Row(Labels stream, long time, String line) {
        this(stream, time, line, Labels.EMPTY);
    }
}
