package io.narfi.logql;

import io.narfi.common.LabelMatcher;

/** A condition on the labels of an entry (logql.md §6.3). */
public sealed interface LabelFilter {
    /** The canonical text. */
    default String canonical() {
        return CanonicalPrinter.print(this);
    }

    /** How a label's converted value is compared; {@code =} and {@code ==} are the same. */
    enum Comparison {
        EQUAL("=="),
        NOT_EQUAL("!="),
        GREATER(">"),
        GREATER_OR_EQUAL(">="),
        LESS("<"),
        LESS_OR_EQUAL("<=");

        private final String text;

        Comparison(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /** Both sides hold; written as {@code and}, as a comma, or by mere juxtaposition. */
    record And(LabelFilter left, LabelFilter right) implements LabelFilter {}

    /** One of the sides holds. */
    record Or(LabelFilter left, LabelFilter right) implements LabelFilter {}

    /** {@code a="b"} and the like. The matcher's regular expression was compiled only as a check: see logql.md §6.3.2. */
    record TextFilter(LabelMatcher matcher) implements LabelFilter {}

    /** {@code a > 5}. */
    record NumberFilter(String name, Comparison comparison, double value) implements LabelFilter {}

    /** {@code a > 5s}; in nanoseconds. */
    record DurationFilter(String name, Comparison comparison, long nanos) implements LabelFilter {}

    /** {@code a > 5KB}; in bytes, unsigned. */
    record BytesFilter(String name, Comparison comparison, long bytes) implements LabelFilter {}

    /** {@code a = ip("…")}. */
    record IpFilter(String name, boolean negated, String pattern) implements LabelFilter {}
}
