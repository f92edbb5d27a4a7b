package io.narfi.storage.segment;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.object.ObjectContent;

/**
 * A segment that is ready for upload.
 *
 * @param content the object's bytes
 * @param rows rows in it
 * @param copies rows that were left out because they equal another one
 * @param lineBytes bytes of the lines, uncompressed
 * @param metadataBytes bytes of structured metadata, uncompressed, without {@code detected_level}
 * @param minTime first timestamp, nanoseconds
 * @param maxTime last timestamp, nanoseconds
 * @param tenants number of tenants
 * @param streams number of streams
 */
public record SealedSegment(
        ObjectContent content,
        int rows,
        int copies,
        long lineBytes,
        long metadataBytes,
        long minTime,
        long maxTime,
        int tenants,
        int streams) {
    public SealedSegment {
        requireNonNull(content, "content is null");
    }
}
