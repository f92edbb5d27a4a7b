package io.narfi.compactor;

import io.narfi.storage.block.BlockMeta;
import java.time.LocalDate;
import java.util.List;

/** Blocks of one tenant, day and retention class that are to become one; two or more. */
public record MergePlan(String tenant, LocalDate day, long retentionSeconds, List<BlockMeta> inputs) {
    public MergePlan {
        inputs = List.copyOf(inputs);
        if (inputs.size() < 2) {
            throw new IllegalArgumentException("nothing to merge: " + inputs);
        }
    }

    /** Level of the block that comes out. */
    public int level() {
        return inputs.stream().mapToInt(BlockMeta::level).max().orElseThrow() + 1;
    }

    /** Bytes of the inputs' objects. */
    public long size() {
        return inputs.stream().mapToLong(BlockMeta::size).sum();
    }
}
