package io.narfi.storage.segment;

import io.narfi.common.Labels;
import java.util.Comparator;

/** A stream of a segment that is being built. */
final class OpenStream {
    /** The order of the directory. */
    static final Comparator<OpenStream> ORDER = (a, b) -> {
        int c = a.tenant.compareTo(b.tenant);
        if (c == 0) {
            c = Long.compareUnsigned(a.hash, b.hash);
        }
        return c != 0 ? c : a.labels.compareTo(b.labels);
    };

    final String tenant;
    final Labels labels;
    final long hash;
    /** Rows so far. */
    int rows;
    /** Where its rows begin in the order of streams; known at sealing. */
    int start;
    /** Whether rows came in time order. */
    boolean sorted = true;
    long lastTime = Long.MIN_VALUE;

    OpenStream(String tenant, Labels labels) {
        this.tenant = tenant;
        this.labels = labels;
        this.hash = labels.stableHash();
    }
}
