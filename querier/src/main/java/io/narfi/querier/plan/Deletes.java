package io.narfi.querier.plan;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.block.BlockMeta;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The tenant's delete requests whose rows a query must leave out, as of its snapshot.
 *
 * @param requests that touch the range, in the order of their sequences
 * @param appliedThrough of blocks that are rid of the rows of earlier requests, the last sequence that holds for, by the block's key
 */
public record Deletes(List<Request> requests, Map<String, Long> appliedThrough) {
    /** Hides the rows that a log query shows, with timestamps from {@code from} to {@code to}, both included, in nanoseconds. */
    public record Request(long sequence, String query, long from, long to) {
        public Request {
            requireNonNull(query, "query is null");
        }

        boolean touches(long minTime, long maxTime) {
            return from <= maxTime && to >= minTime;
        }
    }

    public Deletes {
        requests = List.copyOf(requests);
        appliedThrough = Map.copyOf(appliedThrough);
    }

    /** The requests to apply to a block. */
    public List<Request> of(BlockMeta block) {
        if (requests.isEmpty()) {
            return requests;
        }
        long through = appliedThrough(block);
        List<Request> found = new ArrayList<>();
        for (Request r : requests) {
            if (r.sequence > through && r.touches(block.minTime(), block.maxTime())) {
                found.add(r);
            }
        }
        return found;
    }

    /** Requests up to this sequence need not be applied to the block; 0 if nothing is known. */
    public long appliedThrough(BlockMeta block) {
        return appliedThrough.getOrDefault(block.key(), 0L);
    }

    /** What concerns some blocks, and segments, in {@code [from, to)}. */
    Deletes within(long from, long to, List<BlockMeta> blocks) {
        List<Request> left = requests.stream().filter(r -> r.touches(from, to - 1)).toList();
        Map<String, Long> through = new HashMap<>();
        if (!left.isEmpty()) {
            for (BlockMeta b : blocks) {
                long t = appliedThrough(b);
                if (t > 0) {
                    through.put(b.key(), t);
                }
            }
        }
        return new Deletes(left, through);
    }
}
