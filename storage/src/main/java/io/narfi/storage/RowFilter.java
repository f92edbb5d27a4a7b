package io.narfi.storage;

import io.narfi.common.EntryBatch;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows that are to be left out, as if they were not stored: those of the streams that pass every matcher, with timestamps from {@code from} to {@code to}
 * (nanoseconds, both included), that the tests pick.
 *
 * @param tests null picks all
 */
public record RowFilter(List<LabelMatcher> matchers, long from, long to, @Nullable Tests tests) {
    /** Makes the tests of streams. Safe from any thread. */
    @FunctionalInterface
    public interface Tests {
        Test forStream(Labels stream);
    }

    /** Picks rows of one stream. For one thread. */
    @FunctionalInterface
    public interface Test {
        /**
         * @param batch read with lines
         * @param rows the numbers of the picked rows are set; what is set already stays
         */
        void pick(EntryBatch batch, BitSet rows);
    }

    public RowFilter {
        matchers = List.copyOf(matchers);
    }

    boolean takesAll() {
        return tests == null;
    }

    boolean matches(Labels labels) {
        for (LabelMatcher m : matchers) {
            if (!m.matches(labels)) {
                return false;
            }
        }
        return true;
    }

    boolean touches(long minTime, long maxTime) {
        return from <= maxTime && to >= minTime;
    }

    boolean covers(long minTime, long maxTime) {
        return takesAll() && from <= minTime && to >= maxTime;
    }
}
