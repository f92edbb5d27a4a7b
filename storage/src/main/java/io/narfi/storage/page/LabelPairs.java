package io.narfi.storage.page;

import io.narfi.common.Labels;
import java.util.TreeMap;

/** Labels from stored names and values. */
public final class LabelPairs {
    private LabelPairs() {}

    /**
     * Labels of names and values that a writer took from {@link Labels}, so that names ascend. They may fail to only if a name was no valid
     * text (a lone surrogate turns into '?' in UTF-8): such pairs are sorted, and of equal names the first one counts, so that a strange name
     * never makes a page unreadable.
     */
    public static Labels of(String[] namesAndValues) {
        for (int i = 2; i < namesAndValues.length; i += 2) {
            if (namesAndValues[i - 2].compareTo(namesAndValues[i]) >= 0) {
                return sorted(namesAndValues);
            }
        }
        return Labels.ofSorted(namesAndValues);
    }

    private static Labels sorted(String[] namesAndValues) {
        TreeMap<String, String> map = new TreeMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.putIfAbsent(namesAndValues[i], namesAndValues[i + 1]);
        }
        return Labels.of(map);
    }
}
