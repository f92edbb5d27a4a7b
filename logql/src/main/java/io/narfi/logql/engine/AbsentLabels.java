package io.narfi.logql.engine;

import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** The labels of what {@code absent_over_time} says is absent: the equality matchers' names that no other matcher names. */
final class AbsentLabels {
    private AbsentLabels() {}

    static Labels of(List<LabelMatcher> selector) {
        TreeMap<String, String> labels = new TreeMap<>();
        Set<String> seen = new HashSet<>();
        Set<String> ambiguous = new HashSet<>();
        for (LabelMatcher m : selector) {
            if (!seen.add(m.name()) || m.op() != LabelMatcher.Op.EQUAL) {
                ambiguous.add(m.name());
            } else {
                labels.put(m.name(), m.value());
            }
        }
        labels.keySet().removeAll(ambiguous);
        return Labels.of(labels);
    }
}
