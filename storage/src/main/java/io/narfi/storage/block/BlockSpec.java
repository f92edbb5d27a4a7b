package io.narfi.storage.block;

import static java.util.Objects.requireNonNull;

import java.time.LocalDate;

/**
 * What is known of a block before its rows.
 *
 * @param tenant whose rows
 * @param id a ULID, unique in the bucket
 * @param day the UTC day of all its rows
 * @param level 1 for a block made from segments, higher after each merge
 * @param retentionSeconds see {@link BlockMeta#retentionSeconds()}
 */
public record BlockSpec(String tenant, String id, LocalDate day, int level, long retentionSeconds) {
    public BlockSpec {
        requireNonNull(tenant, "tenant is null");
        requireNonNull(id, "id is null");
        requireNonNull(day, "day is null");
        if (level < 1) {
            throw new IllegalArgumentException("level " + level);
        }
        if (retentionSeconds < 0) {
            throw new IllegalArgumentException("retention of " + retentionSeconds + " seconds");
        }
    }
}
