package io.narfi.logql.pipeline;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;

/**
 * The labels of an entry behind a pipeline.
 *
 * @param all the whole set, by which entries are grouped into result streams
 * @param stream those of it that are stream labels
 * @param metadata those that are structured metadata
 * @param parsed those that stages wrote, {@code __error__} among them
 */
public record ResultLabels(Labels all, Labels stream, Labels metadata, Labels parsed) {
    public ResultLabels {
        requireNonNull(all, "all is null");
        requireNonNull(stream, "stream is null");
        requireNonNull(metadata, "metadata is null");
        requireNonNull(parsed, "parsed is null");
    }
}
