package io.narfi.logql.engine;

import io.narfi.common.Labels;
import io.narfi.logql.MetricExpr.Matching;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Numbers the label sets by which the sides of a binary operation match. Labels with an empty value count as missing. */
final class Signatures {
    private final boolean on;
    private final Set<String> names;
    private final Map<Labels, Integer> ids = new HashMap<>();

    Signatures(Matching matching) {
        this.on = matching.on();
        this.names = new HashSet<>(matching.labels());
    }

    int[] of(List<StepRow> rows) {
        int[] result = new int[rows.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = ids.computeIfAbsent(reduce(rows.get(i).labels()), k -> ids.size());
        }
        return result;
    }

    /** Number of different signatures so far. */
    int count() {
        return ids.size();
    }

    /** The labels that matching looks at, without empty ones. */
    Labels reduce(Labels labels) {
        List<String> pairs = new ArrayList<>(2 * labels.size());
        for (int i = 0; i < labels.size(); i++) {
            if (!labels.value(i).isEmpty() && names.contains(labels.name(i)) == on) {
                pairs.add(labels.name(i));
                pairs.add(labels.value(i));
            }
        }
        return Labels.ofSorted(pairs.toArray(new String[0]));
    }
}
