package io.narfi.storage;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import io.narfi.storage.StreamSlice.PageInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** One stream with its slices from several sources. Safe from any thread. */
public record StreamGroup(Labels labels, List<StreamSlice> slices) {
    public StreamGroup {
        requireNonNull(labels, "labels is null");
        slices = List.copyOf(slices);
        if (slices.isEmpty()) {
            throw new IllegalArgumentException("a group of no slices");
        }
    }

    /**
     * A stretch of time with rows of the stream.
     *
     * @param minTime first nanosecond, inside the range that was asked for
     * @param maxTime last nanosecond, inside that range
     * @param sources who has rows here. If it is one, its {@link #pages} are exact and have no copies elsewhere (the first and last page may have
     *     more rows outside the range); if there are several, rows may have copies in another
     */
    public record Part(long minTime, long maxTime, List<StreamSlice> sources) {
        public Part {
            sources = List.copyOf(sources);
        }

        /** Whether only one source has rows here. */
        public boolean isSingle() {
            return sources.size() == 1;
        }

        /** The pages of all sources in this part, by source, then time. */
        public List<PageInfo> pages() throws IOException {
            List<PageInfo> pages = new ArrayList<>();
            for (StreamSlice source : sources) {
                for (PageInfo page : source.pages()) {
                    if (page.minTime() <= maxTime && page.maxTime() >= minTime) {
                        pages.add(page);
                    }
                }
            }
            return pages;
        }
    }

    /** Timestamp of the first row of all slices. */
    public long minTime() {
        return slices.stream().mapToLong(StreamSlice::minTime).min().orElseThrow();
    }

    /** Timestamp of the last row of all slices. */
    public long maxTime() {
        return slices.stream().mapToLong(StreamSlice::maxTime).max().orElseThrow();
    }

    /**
     * Where sources overlap in time and where not, over the pages that have a time in {@code [from, to)}: parts in ascending order, which
     * share no timestamp, so that every page lies in one part. Reads page directories only where slices overlap.
     */
    public List<Part> parts(long from, long to) throws IOException {
        return Overlaps.of(slices, from, to);
    }

    /** The rows of all slices, each once; see {@link MergeCursor}. */
    public BatchCursor scan(ScanRequest request) {
        return slices.size() == 1 ? slices.getFirst().scan(request) : new MergeCursor(this, request);
    }
}
