package io.narfi.storage.block;

import static java.util.Objects.requireNonNull;

import java.time.LocalDate;
import java.util.List;

/**
 * What is known of a block before its rows.
 *
 * @param tenant whose rows
 * @param id a ULID, unique in the bucket
 * @param day the UTC day of all its rows
 * @param level 1 for a block made from segments, higher after each merge
 * @param retentionSeconds see {@link BlockMeta#retentionSeconds()}
 * @param parents ids of the blocks that it is merged from: it has all their rows and replaces them
 */
public record BlockSpec(String tenant, String id, LocalDate day, int level, long retentionSeconds, List<String> parents) {
    /** A block that replaces none. */
    public BlockSpec(String tenant, String id, LocalDate day, int level, long retentionSeconds) {
        this(tenant, id, day, level, retentionSeconds, List.of());
    }

    public BlockSpec {
        parents = List.copyOf(parents);
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
