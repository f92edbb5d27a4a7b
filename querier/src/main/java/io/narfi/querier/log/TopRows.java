package io.narfi.querier.log;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.run.MemoryPool;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Keeps the first rows of a direction among all that are offered; what falls out is forgotten at once. */
final class TopRows {
    /** A row and the number of its offer, by which rows of equal time and stream stand. */
    private record Offer(LogRow row, long number) {}

    private final RowOrder order;
    private final int limit;
    private final MemoryPool.Budget memory;
    private final Comparator<Offer> comparator;
    /** The last of the kept rows first. */
    private final PriorityQueue<Offer> kept;
    private long offers;

    TopRows(RowOrder order, int limit, MemoryPool.Budget memory) {
        this.order = requireNonNull(order, "order is null");
        this.limit = limit;
        this.memory = requireNonNull(memory, "memory is null");
        this.comparator = Comparator.comparing(Offer::row, order).thenComparingLong(Offer::number);
        this.kept = new PriorityQueue<>(comparator.reversed());
    }

    /** Whether no row at this time, or beyond it in the direction, can be among the first any more. */
    boolean excludes(long time) {
        return kept.size() >= limit && order.compareTimes(time, last().row().time()) > 0;
    }

    /** Whether {@link #offer} would keep a row of this time and stream. */
    boolean wants(long time, long streamHash) {
        if (kept.size() < limit) {
            return true;
        }
        LogRow last = last().row();
        int c = order.compareTimes(time, last.time());
        return c < 0 || (c == 0 && Long.compareUnsigned(streamHash, last.streamHash()) < 0);
    }

    void offer(LogRow row) {
        memory.reserve(row.memory());
        kept.add(new Offer(row, offers++));
        if (kept.size() > limit) {
            memory.release(kept.remove().row().memory());
        }
    }

    /** The kept rows in the direction's order. Their memory stays counted. */
    List<LogRow> rows() {
        List<Offer> sorted = new ArrayList<>(kept);
        sorted.sort(comparator);
        return sorted.stream().map(Offer::row).toList();
    }

    private Offer last() {
        return requireNonNull(kept.peek(), "no row");
    }
}
