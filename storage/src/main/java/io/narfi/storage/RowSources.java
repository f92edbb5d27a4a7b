package io.narfi.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What readers do with several sources at once. */
public final class RowSources {
    private record Sliced(StreamSlice slice, int source) {}

    private RowSources() {}

    /**
     * The selected streams of all sources, each once, with its slices in the order of the sources; streams in ascending unsigned order of their
     * hashes, ties by labels.
     */
    public static List<StreamGroup> mergeByStream(List<? extends RowSource> sources, Selection selection) throws IOException {
        List<Sliced> all = new ArrayList<>();
        for (int source = 0; source < sources.size(); source++) {
            for (StreamSlice slice : sources.get(source).select(selection)) {
                all.add(new Sliced(slice, source));
            }
        }
        all.sort(RowSources::compare);
        List<StreamGroup> groups = new ArrayList<>();
        for (int from = 0; from < all.size(); ) {
            StreamSlice first = all.get(from).slice;
            int to = from + 1;
            while (to < all.size() && all.get(to).slice.hash() == first.hash() && all.get(to).slice.labels().equals(first.labels())) {
                to++;
            }
            List<StreamSlice> slices = new ArrayList<>(to - from);
            for (Sliced sliced : all.subList(from, to)) {
                slices.add(sliced.slice);
            }
            groups.add(new StreamGroup(first.labels(), slices));
            from = to;
        }
        return groups;
    }

    private static int compare(Sliced a, Sliced b) {
        int c = Long.compareUnsigned(a.slice.hash(), b.slice.hash());
        if (c == 0) {
            c = a.slice.labels().compareTo(b.slice.labels());
        }
        return c != 0 ? c : Integer.compare(a.source, b.source);
    }
}
