package io.narfi.querier.tail;

import io.narfi.common.Labels;
import io.narfi.logql.pipeline.ResultLabels;
import io.narfi.storage.page.RowHash;
import org.jspecify.annotations.Nullable;

/**
 * Hashes of 64 bits by which entries are the same: stream, time, and line and labels behind the stages. With the ten thousand rows among which
 * copies are looked for, the chance that a row is taken for a copy by mistake is about 10^-15. For one thread.
 */
final class RowIds {
    private static final long TIME = 0x9e3779b97f4a7c15L;
    private static final long STREAM = 0xc2b2ae3d27d4eb4fL;
    private static final byte[] NOTHING = {};

    private @Nullable ResultLabels lastLabels;
    private long lastHash;

    long of(long stream, long time, byte[] buffer, int from, int to, ResultLabels labels) {
        long h = RowHash.first(buffer, from, to - from, Labels.EMPTY);
        h = mix(h ^ time * TIME);
        h = mix(h ^ stream * STREAM);
        return mix(h ^ hash(labels));
    }

    /** Rows of a stream mostly share one object. */
    @SuppressWarnings("ReferenceEquality")
    private long hash(ResultLabels labels) {
        if (labels != lastLabels) {
            lastHash = RowHash.second(NOTHING, 0, 0, labels.all());
            lastLabels = labels;
        }
        return lastHash;
    }

    private static long mix(long h) {
        return h * TIME ^ Math.unsignedMultiplyHigh(h, TIME);
    }
}
