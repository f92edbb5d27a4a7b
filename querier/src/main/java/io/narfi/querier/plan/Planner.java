package io.narfi.querier.plan;

import io.narfi.common.Durations;
import io.narfi.storage.block.BlockMeta;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts the range of a query into slices and tasks of roughly {@code taskBytes} bytes of lines. Slices never cross a UTC day, the unit of
 * blocks, unless the whole query is small enough for one task.
 */
public final class Planner {
    /** How a query wants its time cut. */
    public enum Cut {
        /** Whole days: every row is wanted, and fewer cuts mean fewer partial windows. */
        COARSE,
        /** Down to hours: the query may stop after the first slices. */
        FINE
    }

    private static final int[] HOURS = {1, 2, 3, 4, 6, 8, 12, 24};

    private final long taskBytes;
    private final long smallBytes;
    private final int maxShards;

    /**
     * @param taskBytes bytes of lines a task should cover
     * @param smallBytes a query that covers no more than this becomes one task
     * @param maxShards the most tasks of a slice, a power of two
     */
    public Planner(long taskBytes, long smallBytes, int maxShards) {
        if (taskBytes <= 0 || smallBytes < 0 || maxShards < 1 || Integer.bitCount(maxShards) != 1) {
            throw new IllegalArgumentException("taskBytes " + taskBytes + ", smallBytes " + smallBytes + ", maxShards " + maxShards);
        }
        this.taskBytes = taskBytes;
        this.smallBytes = smallBytes;
        this.maxShards = maxShards;
    }

    /** Bytes of lines that a task should cover. */
    public long taskBytes() {
        return taskBytes;
    }

    /** Why work over so many bytes is one task. */
    public String whyWhole(long bytes) {
        return bytes <= smallBytes
                ? "it is no more than the " + smallBytes + " bytes of a small query"
                : "one slice, no more than the " + taskBytes + " bytes of a task or than " + maxShards + " shards";
    }

    /** Slices in ascending order of time, none of them without an object. */
    public List<TimeSlice> plan(TenantSources sources, long from, long to, Cut cut) {
        long first = Long.MAX_VALUE;
        long last = Long.MIN_VALUE;
        for (BlockMeta b : sources.blocks()) {
            first = Math.min(first, b.minTime());
            last = Math.max(last, b.maxTime());
        }
        for (SegmentSpan s : sources.segments()) {
            first = Math.min(first, s.minTime());
            last = Math.max(last, s.maxTime());
        }
        if (first > last) {
            return List.of();
        }
        long start = Math.max(from, first);
        long end = last == Long.MAX_VALUE ? to : Math.min(to, last + 1);
        List<TimeSlice> slices = new ArrayList<>();
        if (start >= end) {
            return slices;
        }
        if (bytes(sources, start, end) <= smallBytes) {
            addSlice(slices, sources, start, end, 1);
            return slices;
        }
        for (long day = floor(start, Durations.DAY); day < end; day += Durations.DAY) {
            addDay(slices, sources, Math.max(day, start), Math.min(day + Durations.DAY, end), cut);
            if (day > Long.MAX_VALUE - Durations.DAY) {
                break;
            }
        }
        return slices;
    }

    private void addDay(List<TimeSlice> slices, TenantSources sources, long from, long to, Cut cut) {
        long width = Durations.DAY;
        if (cut == Cut.FINE) {
            long dayBytes = bytes(sources, from, to);
            for (int hours : HOURS) {
                width = hours * Durations.HOUR;
                if (dayBytes * ((double) width / (to - from)) >= taskBytes) {
                    break;
                }
            }
        }
        long at = from;
        while (at < to) {
            long next = Math.min(floor(at, width) + width, to);
            long sliceBytes = bytes(sources, at, next);
            int shards = 1;
            while (shards < maxShards && (long) shards * taskBytes < sliceBytes) {
                shards *= 2;
            }
            addSlice(slices, sources, at, next, shards);
            at = next;
        }
    }

    private static void addSlice(List<TimeSlice> slices, TenantSources sources, long from, long to, int shards) {
        List<BlockMeta> blocks = new ArrayList<>();
        for (BlockMeta b : sources.blocks()) {
            if (b.minTime() < to && b.maxTime() >= from) {
                blocks.add(b);
            }
        }
        List<SegmentSpan> segments = new ArrayList<>();
        for (SegmentSpan s : sources.segments()) {
            if (s.minTime() < to && s.maxTime() >= from) {
                segments.add(s);
            }
        }
        if (blocks.isEmpty() && segments.isEmpty()) {
            return;
        }
        long bytes = bytes(sources, from, to);
        LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(from, Durations.DAY));
        List<TaskScope> tasks = new ArrayList<>(shards);
        int bits = Integer.numberOfTrailingZeros(shards);
        Deletes deletes = sources.deletes().within(from, to, blocks);
        for (int i = 0; i < shards; i++) {
            long min = bits == 0 ? 0 : (long) i << (Long.SIZE - bits);
            long max = bits == 0 ? -1 : min | -1L >>> bits;
            String affinity = sources.tenant() + '/' + day + '/' + i + "/" + shards;
            tasks.add(new TaskScope(sources.tenant(), affinity, from, to, min, max, blocks, segments, bytes / shards, deletes));
        }
        slices.add(new TimeSlice(from, to, tasks));
    }

    /** Bytes of lines in a range, as if each object's rows were spread evenly over its time. */
    private static long bytes(TenantSources sources, long from, long to) {
        double sum = 0;
        for (BlockMeta b : sources.blocks()) {
            sum += b.lineBytes() * overlap(b.minTime(), b.maxTime(), from, to);
        }
        for (SegmentSpan s : sources.segments()) {
            sum += s.bytes() * overlap(s.minTime(), s.maxTime(), from, to);
        }
        return (long) sum;
    }

    private static double overlap(long min, long max, long from, long to) {
        if (min >= to || max < from) {
            return 0;
        }
        double length = (double) max - min + 1;
        return Math.min(1, ((double) Math.min(max, to - 1) - Math.max(min, from) + 1) / length);
    }

    private static long floor(long t, long width) {
        return Math.floorDiv(t, width) * width;
    }
}
