package io.narfi.logql;

import java.util.List;

/**
 * {@code | unwrap label}, with a conversion, and the label filters that follow it.
 *
 * @param filters each as one {@code | filter}
 */
public record Unwrap(String label, Conversion conversion, List<LabelFilter> filters) {
    /** How the label's value becomes a number. */
    public enum Conversion {
        NONE(""),
        BYTES("bytes"),
        DURATION("duration"),
        DURATION_SECONDS("duration_seconds");

        private final String text;

        Conversion(String text) {
            this.text = text;
        }

        /** The word of the query, empty for {@link #NONE}. */
        public String text() {
            return text;
        }
    }

    public Unwrap {
        filters = List.copyOf(filters);
    }
}
