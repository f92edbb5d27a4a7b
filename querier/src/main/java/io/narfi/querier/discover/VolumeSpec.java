package io.narfi.querier.discover;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * How bytes of streams are added up.
 *
 * @param buckets the range and how it is cut
 * @param targets the labels that count; none for all
 * @param byName whether bytes are added up by the names of labels, and not by their values
 * @param maxSeries more series than this are an error; 0 for no limit
 */
public record VolumeSpec(Buckets buckets, List<String> targets, boolean byName, int maxSeries) {
    public VolumeSpec {
        requireNonNull(buckets, "buckets is null");
        targets = List.copyOf(targets);
    }
}
