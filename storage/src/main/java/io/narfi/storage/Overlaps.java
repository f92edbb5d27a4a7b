package io.narfi.storage;

import io.narfi.storage.StreamGroup.Part;
import io.narfi.storage.StreamSlice.PageInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Cuts a stream's time into parts. Whole slices are compared first; only where these overlap their pages are. Intervals that share so much as a
 * timestamp are in one part: equal timestamps are where copies may be.
 */
final class Overlaps {
    private record Interval(long minTime, long maxTime, int source) {}

    private Overlaps() {}

    static List<Part> of(List<StreamSlice> slices, long from, long to) throws IOException {
        if (from >= to) {
            return List.of();
        }
        List<Interval> whole = new ArrayList<>(slices.size());
        for (int i = 0; i < slices.size(); i++) {
            StreamSlice slice = slices.get(i);
            if (slice.maxTime() >= from && slice.minTime() < to) {
                whole.add(new Interval(Math.max(slice.minTime(), from), Math.min(slice.maxTime(), to - 1), i));
            }
        }
        List<Part> parts = new ArrayList<>();
        for (List<Interval> cluster : clusters(whole)) {
            if (cluster.size() == 1) {
                addPart(cluster, slices, parts);
                continue;
            }
            List<Interval> pages = new ArrayList<>();
            for (Interval slice : cluster) {
                for (PageInfo page : slices.get(slice.source).pages()) {
                    if (page.maxTime() >= from && page.minTime() < to) {
                        pages.add(new Interval(Math.max(page.minTime(), from), Math.min(page.maxTime(), to - 1), slice.source));
                    }
                }
            }
            for (List<Interval> ofPages : clusters(pages)) {
                addPart(ofPages, slices, parts);
            }
        }
        return parts;
    }

    /** Groups of intervals that hang together, in ascending order. */
    private static List<List<Interval>> clusters(List<Interval> intervals) {
        intervals.sort(Comparator.comparingLong(Interval::minTime).thenComparingInt(Interval::source));
        List<List<Interval>> clusters = new ArrayList<>();
        long end = Long.MIN_VALUE;
        for (Interval interval : intervals) {
            if (clusters.isEmpty() || interval.minTime > end) {
                clusters.add(new ArrayList<>());
                end = interval.maxTime;
            }
            clusters.getLast().add(interval);
            end = Math.max(end, interval.maxTime);
        }
        return clusters;
    }

    private static void addPart(List<Interval> cluster, List<StreamSlice> slices, List<Part> parts) {
        long minTime = cluster.getFirst().minTime;
        long maxTime = minTime;
        BitSet sources = new BitSet();
        for (Interval interval : cluster) {
            maxTime = Math.max(maxTime, interval.maxTime);
            sources.set(interval.source);
        }
        List<StreamSlice> present = sources.stream().mapToObj(slices::get).toList();
        if (present.size() == 1 && !parts.isEmpty()) {
            Part last = parts.getLast();
            if (last.isSingle() && last.sources().getFirst().equals(present.getFirst())) {
                parts.set(parts.size() - 1, new Part(last.minTime(), maxTime, present));
                return;
            }
        }
        parts.add(new Part(minTime, maxTime, present));
    }
}
