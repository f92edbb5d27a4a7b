package io.narfi.querier.log;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import java.util.Map;
import java.util.TreeMap;

/**
 * The labels of an entry of an answer, by where they come from. A name is in one of the three at most.
 *
 * @param stream labels of the stored stream that the pipeline left as they were
 * @param structured structured metadata
 * @param parsed what the pipeline made
 */
public record ResultLabels(Labels stream, Labels structured, Labels parsed) {
    public ResultLabels {
        requireNonNull(stream, "stream is null");
        requireNonNull(structured, "structured is null");
        requireNonNull(parsed, "parsed is null");
    }

    /** All of them as one set. */
    public Labels all() {
        if (structured.isEmpty() && parsed.isEmpty()) {
            return stream;
        }
        Map<String, String> all = new TreeMap<>(stream.toMap());
        all.putAll(structured.toMap());
        all.putAll(parsed.toMap());
        return Labels.of(all);
    }
}
