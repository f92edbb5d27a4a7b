package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Ulids;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.LiveSegment;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Decides what is worth doing; pure.
 *
 * <p><b>Merging is size-tiered.</b> A block of half the target size or more is done. Below that, tiers are {@value #FAN_IN} times apart in size, down to
 * a tier of all that is below {@value #SMALLEST_TIER_BYTES} bytes. A tier is merged when it holds {@value #FAN_IN} blocks, or enough for a block that is done. So
 * a row is rewritten about once a tier, {@code log}<sub>{@value #FAN_IN}</sub>{@code (target / level-1 size)} times: twice for 100 GB a day of one tenant
 * (level-1 blocks of 6 MB, target 512 MiB). At about 4.5 CPU-s per raw GB and rewrite this keeps all compaction near 14 CPU-s per GB.
 *
 * <p><b>A quiet day is merged to the end</b>: all that is not done becomes one block, except that a block more than {@value #MAX_IMBALANCE} times as large as all smaller
 * ones together is left alone, so that a late line does not rewrite a day. What late lines leave then is a number of blocks that grows with the logarithm of
 * their bytes.
 */
public final class CompactionPlanner {
    static final int FAN_IN = 10;
    static final long SMALLEST_TIER_BYTES = 1 << 20;
    static final int MAX_IMBALANCE = 4;

    /** Inputs of one merge; bounds the readers that are open at once. */
    static final int MAX_INPUTS = 32;

    /** Segments in one round; bounds the readers that are open at once. */
    static final int MAX_ROUND_SEGMENTS = 1024;

    private static final Duration QUIET_AFTER = Duration.ofHours(1);

    private final CompactorConfig config;

    public CompactionPlanner(CompactorConfig config) {
        this.config = requireNonNull(config, "config is null");
    }

    /**
     * The segments of the next round, oldest first, bounded; empty if it is better to wait for more.
     *
     * @param rawPerByte bytes of lines per byte of segment object, from experience
     * @param force whether not to wait
     */
    public List<LiveSegment> planRound(List<LiveSegment> live, double rawPerByte, long nowMillis, boolean force) {
        if (live.isEmpty()) {
            return List.of();
        }
        double raw = 0;
        long oldest = Long.MAX_VALUE;
        for (LiveSegment s : live) {
            raw += s.size() * rawPerByte;
            oldest = Math.min(oldest, s.lastModifiedMillis());
        }
        boolean due = raw >= config.minRoundBytes()
                || live.size() >= MAX_ROUND_SEGMENTS
                || nowMillis - oldest >= config.maxSegmentAge().toMillis();
        if (!due && !force) {
            return List.of();
        }
        List<LiveSegment> sorted = new ArrayList<>(live);
        sorted.sort(Comparator.comparingLong(LiveSegment::lastModifiedMillis).thenComparing(LiveSegment::id));
        List<LiveSegment> round = new ArrayList<>();
        double sum = 0;
        for (LiveSegment s : sorted) {
            sum += s.size() * rawPerByte;
            if (!round.isEmpty() && (sum > config.maxRoundBytes() || round.size() == MAX_ROUND_SEGMENTS)) {
                break;
            }
            round.add(s);
        }
        return round;
    }

    /**
     * The most useful merges first; each may be done without the others.
     *
     * @param usable which blocks may be inputs
     */
    public List<MergePlan> planMerges(CatalogState state, Predicate<BlockMeta> usable, long nowMillis) {
        List<MergePlan> plans = new ArrayList<>();
        for (String tenant : state.tenants()) {
            for (LocalDate day : state.days(tenant)) {
                Map<Long, List<BlockMeta>> classes = new TreeMap<>();
                for (BlockMeta b : state.blocks(tenant, day)) {
                    if (b.size() < config.targetBlockBytes() / 2 && usable.test(b)) {
                        classes.computeIfAbsent(b.retentionSeconds(), c -> new ArrayList<>()).add(b);
                    }
                }
                classes.forEach((retention, blocks) -> {
                    List<BlockMeta> inputs = inputs(blocks, day, nowMillis);
                    if (inputs.size() >= 2) {
                        plans.add(new MergePlan(tenant, day, retention, inputs));
                    }
                });
            }
        }
        // Per byte written, many small inputs help readers most.
        plans.sort(Comparator.comparingDouble((MergePlan p) -> p.size() / (p.inputs().size() - 1.0)).thenComparing(p -> p.inputs().getFirst().id()));
        return plans;
    }

    private List<BlockMeta> inputs(List<BlockMeta> open, LocalDate day, long nowMillis) {
        Map<Integer, List<BlockMeta>> tiers = new TreeMap<>();
        for (BlockMeta b : open) {
            tiers.computeIfAbsent(tier(b), t -> new ArrayList<>()).add(b);
        }
        for (List<BlockMeta> tier : tiers.values()) {
            if (tier.size() >= FAN_IN || sizeOf(tier) >= config.targetBlockBytes()) {
                return bounded(tier);
            }
        }
        return isQuiet(open, day, nowMillis) ? bounded(balanced(open)) : List.of();
    }

    /** 0 for the smallest. */
    private int tier(BlockMeta b) {
        int tier = 0;
        for (long limit = config.targetBlockBytes() / 2 / FAN_IN; limit >= SMALLEST_TIER_BYTES && b.size() < limit; limit /= FAN_IN) {
            tier--;
        }
        return tier;
    }

    /** Oldest first, as many as fit into a block of the target size. */
    private List<BlockMeta> bounded(List<BlockMeta> blocks) {
        List<BlockMeta> sorted = new ArrayList<>(blocks);
        sorted.sort(Comparator.comparing(BlockMeta::id));
        List<BlockMeta> inputs = new ArrayList<>();
        long sum = 0;
        for (BlockMeta b : sorted) {
            if (inputs.size() < MAX_INPUTS && sum + b.size() <= config.targetBlockBytes()) {
                inputs.add(b);
                sum += b.size();
            }
        }
        return inputs;
    }

    private static List<BlockMeta> balanced(List<BlockMeta> open) {
        List<BlockMeta> sorted = new ArrayList<>(open);
        sorted.sort(Comparator.comparingLong(BlockMeta::size));
        while (sorted.size() > 1) {
            long rest = sizeOf(sorted.subList(0, sorted.size() - 1));
            if (sorted.getLast().size() <= MAX_IMBALANCE * rest) {
                break;
            }
            sorted.removeLast();
        }
        return sorted;
    }

    /** The day is over, and nothing came for it for a while. */
    private static boolean isQuiet(List<BlockMeta> blocks, LocalDate day, long nowMillis) {
        long before = nowMillis - QUIET_AFTER.toMillis();
        if (day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli() > before) {
            return false;
        }
        for (BlockMeta b : blocks) {
            if (Ulids.millis(b.id()) > before) {
                return false;
            }
        }
        return true;
    }

    private static long sizeOf(List<BlockMeta> blocks) {
        long sum = 0;
        for (BlockMeta b : blocks) {
            sum += b.size();
        }
        return sum;
    }
}
