package io.narfi.storage;

import io.narfi.common.Labels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** One immutable object that holds rows: a segment or a block. Safe from any thread. */
public interface RowSource {
    /** The object's key. */
    String key();

    /**
     * The selected streams, in ascending unsigned order of their stable hashes, ties by labels. The time range is compared with a
     * stream's first and last row: a stream with rows only on both sides of the range is in the answer too.
     */
    List<StreamSlice> select(Selection selection) throws IOException;

    /** As {@link #select}, for who wants no labels, which then need not be decoded. */
    default List<? extends SliceTotals> totals(Selection selection) throws IOException {
        return select(selection);
    }

    /** The labels of the selected streams, in the order of {@link #select}; reads no rows. */
    default List<Labels> series(Selection selection) throws IOException {
        List<Labels> labels = new ArrayList<>();
        for (StreamSlice slice : select(selection)) {
            labels.add(slice.labels());
        }
        return labels;
    }

    /** Names of labels of the selected streams, ascending; reads no rows. */
    default List<String> labelNames(Selection selection) throws IOException {
        TreeSet<String> names = new TreeSet<>();
        for (Labels labels : series(selection)) {
            for (int i = 0; i < labels.size(); i++) {
                names.add(labels.name(i));
            }
        }
        return List.copyOf(names);
    }

    /** Values that a label has in the selected streams, ascending; reads no rows. */
    default List<String> labelValues(Selection selection, String name) throws IOException {
        TreeSet<String> values = new TreeSet<>();
        for (Labels labels : series(selection)) {
            String value = labels.get(name);
            if (value != null) {
                values.add(value);
            }
        }
        return List.copyOf(values);
    }
}
