package io.narfi.storage;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A source without the rows that filters pick. Safe from any thread. */
public final class FilteredSource implements RowSource {
    /** What is asked of the source. */
    public enum Purpose {
        /** What pages say is counted in place of their rows, so it is exact: pages of which a filter may pick some rows are read to tell. */
        COUNT,
        /** Rows are read; what streams and pages say of themselves are bounds, and they go only if a filter picks all of them unseen. */
        READ,
        /** All rows are read, and rewritten without the filtered ones: these are read too, so that a count of what was read is whole. */
        REWRITE
    }

    private final RowSource source;
    private final List<RowFilter> filters;
    private final Purpose purpose;

    public FilteredSource(RowSource source, List<RowFilter> filters, Purpose purpose) {
        this.source = requireNonNull(source, "source is null");
        this.filters = List.copyOf(filters);
        this.purpose = requireNonNull(purpose, "purpose is null");
    }

    @Override
    public String key() {
        return source.key();
    }

    @Override
    public List<StreamSlice> select(Selection selection) throws IOException {
        List<StreamSlice> slices = new ArrayList<>();
        for (StreamSlice slice : source.select(selection)) {
            List<RowFilter> touching = touching(slice, filters);
            if (touching.isEmpty()) {
                slices.add(slice);
            } else if (purpose == Purpose.REWRITE || !isCovered(slice, touching)) {
                slices.add(new FilteredSlice(slice, touching, purpose));
            }
        }
        return slices;
    }

    /** One slice without the rows that filters pick; itself if they do not concern it. */
    public static StreamSlice filter(StreamSlice slice, List<RowFilter> filters, Purpose purpose) {
        List<RowFilter> touching = touching(slice, filters);
        return touching.isEmpty() ? slice : new FilteredSlice(slice, touching, purpose);
    }

    private static List<RowFilter> touching(StreamSlice slice, List<RowFilter> filters) {
        List<RowFilter> touching = new ArrayList<>();
        for (RowFilter f : filters) {
            if (f.touches(slice.minTime(), slice.maxTime()) && f.matches(slice.labels())) {
                touching.add(f);
            }
        }
        return touching;
    }

    private static boolean isCovered(StreamSlice slice, List<RowFilter> touching) {
        for (RowFilter f : touching) {
            if (f.covers(slice.minTime(), slice.maxTime())) {
                return true;
            }
        }
        return false;
    }
}
