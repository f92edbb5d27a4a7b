package io.narfi.querier.tail;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the frames of a tail look.
 *
 * @param legacy the form of {@code /api/prom/tail}
 * @param flags of {@code X-Loki-Response-Encoding-Flags}, each once; always empty in the legacy form
 */
record TailForm(boolean legacy, List<String> flags) {
    static final TailForm LEGACY = new TailForm(true, List.of());
    private static final String CATEGORIZE = "categorize-labels";

    TailForm {
        flags = List.copyOf(flags);
    }

    /** @param header {@code X-Loki-Response-Encoding-Flags}, null if it was not there */
    static TailForm of(@Nullable String header) {
        return new TailForm(
                false,
                header == null || header.isEmpty() ? List.of() : List.of(header.split(",", -1)).stream().distinct().toList());
    }

    /** Whether structured metadata and parsed labels stand with the entry, and not among the labels of the stream. */
    boolean categorize() {
        return flags.contains(CATEGORIZE);
    }
}
