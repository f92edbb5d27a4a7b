package io.narfi.logql.pipeline;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What parsers may leave out (§8.1, 8.2).
 *
 * @param skipParsers whether no label is needed at all, so that parsers do nothing
 * @param required the only labels that are needed, null if all are
 * @param preserveErrors whether parser errors become {@code __preserve_error__} too (§8.3)
 * @param early label filters by name that reject an entry as soon as the label is extracted
 */
record ParserHints(boolean skipParsers, @Nullable Set<String> required, boolean preserveErrors, Map<String, LabelTest> early) {
    /** Everything is extracted and nothing rejected early. */
    static final ParserHints NONE = new ParserHints(false, null, false, Map.of());

    ParserHints {
        required = required == null ? null : Set.copyOf(required);
        early = Map.copyOf(early);
    }

    boolean isNeeded(String name) {
        return required == null || required.contains(name);
    }

    @Nullable LabelTest early(String name) {
        return early.get(name);
    }
}
