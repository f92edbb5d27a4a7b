package io.narfi.storage.block;

import static java.util.Objects.requireNonNull;

import java.time.LocalDate;

/**
 * What the catalog says of a block: enough to plan with, to open it in one ranged read, and to decide retention.
 *
 * @param tenant whose rows
 * @param id a ULID, unique in the bucket
 * @param day the UTC day of all its rows
 * @param level 1 for a block made from segments, higher after each merge
 * @param minTime first timestamp, nanoseconds
 * @param maxTime last timestamp, nanoseconds
 * @param rows number of rows
 * @param lineBytes bytes of the lines, uncompressed
 * @param metadataBytes bytes of structured metadata, uncompressed
 * @param streams number of streams
 * @param size bytes of the object
 * @param footerOffset where the part begins that has to be read to open the block; it ends with the object
 * @param retentionSeconds the period of the {@code retention_stream} rule that all its streams fall under, 0 for the tenant's
 *     {@code retention_period}
 */
public record BlockMeta(
        String tenant,
        String id,
        LocalDate day,
        int level,
        long minTime,
        long maxTime,
        long rows,
        long lineBytes,
        long metadataBytes,
        int streams,
        long size,
        long footerOffset,
        long retentionSeconds) {
    public BlockMeta {
        requireNonNull(tenant, "tenant is null");
        requireNonNull(id, "id is null");
        requireNonNull(day, "day is null");
        if (minTime > maxTime) {
            throw new IllegalArgumentException("minTime " + minTime + " is after maxTime " + maxTime);
        }
    }

    /** {@code blocks/<tenant>/<yyyy-mm-dd>/<ulid>}. */
    public String key() {
        return "blocks/" + tenant + "/" + day + "/" + id;
    }
}
