package io.narfi.querier.discover;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.SortedMap;

/** What the lines of some streams have in common, and how many there were of each kind. */
public record PatternRows(List<Row> rows) {
    static final String WILDCARD = "<_>";

    /**
     * A kind of line.
     *
     * @param level the level of its lines, {@code unknown} if they have none
     * @param tokens glue and words in turn, glue first and last; an empty word varies from line to line
     * @param counts lines by bucket, which is the time divided by the step, rounded down
     */
    public record Row(String level, List<String> tokens, SortedMap<Long, Long> counts) {
        public Row {
            requireNonNull(level, "level is null");
            tokens = List.copyOf(tokens);
            requireNonNull(counts, "counts is null");
        }

        /** Number of lines. */
        public long total() {
            long sum = 0;
            for (long n : counts.values()) {
                sum += n;
            }
            return sum;
        }

        /** The text, with {@code <_>} for what varies. */
        public String text() {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < tokens.size(); i++) {
                if (i % 2 == 0 || !tokens.get(i).isEmpty()) {
                    text.append(tokens.get(i));
                } else if (!endsWithWildcard(text)) {
                    text.append(WILDCARD);
                }
            }
            return text.toString();
        }

        private static boolean endsWithWildcard(StringBuilder text) {
            int at = text.length() - WILDCARD.length();
            return at >= 0 && text.indexOf(WILDCARD, at) == at;
        }
    }

    public PatternRows {
        rows = List.copyOf(rows);
    }
}
