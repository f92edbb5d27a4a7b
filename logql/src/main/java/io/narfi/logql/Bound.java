package io.narfi.logql;

import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/** What keeps queries within memory and time, and how often each bound was met in this process. */
public enum Bound {
    /** Queries refused because of their length. */
    QUERY_LENGTH,
    /** Queries refused because of their nesting. */
    QUERY_DEPTH,
    /** Regular expressions whose states weighed too much, so that all were dropped and built anew. */
    REGEX_STATES,
    /** Regular expressions too large or too unusual for the own machine: RE2/J runs them, slower. */
    REGEX_FALLBACK,
    /** Texts that a large regular expression took too long for; the query ended with an error. */
    REGEX_WORK,
    /** Templates that wrote too much. */
    TEMPLATE_OUTPUT,
    /** Templates that took too many steps or called each other too deeply. */
    TEMPLATE_STEPS,
    /** Names of fields forgotten because the lines of a stream had too many. */
    FIELD_NAMES,
    /** Sets of labels built anew because another had taken their place in the cache. */
    LABEL_SETS,
    /** Lines of JSON nested too deeply. */
    JSON_DEPTH;

    @SuppressWarnings("ImmutableEnumChecker") // a count, not a property
    private final LongAdder hits = new LongAdder();

    /** Counts that the bound was met. */
    public void hit() {
        hits.increment();
    }

    /** How often it was met since the start of the process. */
    public long hits() {
        return hits.sum();
    }

    /** The name in metrics, {@code query_length}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
