package io.narfi.cli;

import io.narfi.common.Labels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which labels are printed with lines, and how. */
final class LabelOptions {
    @Option(names = "--no-labels", description = "Print no labels.")
    private boolean noLabels;

    @Option(names = "--include-label", paramLabel = "NAME", description = "Print only labels of this name; may be repeated.")
    private List<String> include = new ArrayList<>();

    @Option(names = "--exclude-label", paramLabel = "NAME", description = "Do not print labels of this name; may be repeated.")
    private List<String> exclude = new ArrayList<>();

    @Option(names = "--include-common-labels", description = "Print also the labels that all lines have in common with each line.")
    private boolean includeCommon;

    @Option(names = "--labels-length", paramLabel = "N", description = "Width of the labels' column; 0 (default) makes it as wide as the widest.")
    private int length;

    @Option(names = "--colored-output", description = "Print each set of labels in its own colour.")
    private boolean colored;

    boolean noLabels() {
        return noLabels;
    }

    List<String> include() {
        return include;
    }

    List<String> exclude() {
        return exclude;
    }

    boolean includeCommon() {
        return includeCommon;
    }

    int length() {
        return length;
    }

    boolean colored() {
        return colored;
    }

    /** What of an entry's labels is printed, if {@code common} is left out. */
    Labels shown(Labels labels, Labels common) {
        if (include.isEmpty() && exclude.isEmpty() && common.isEmpty()) {
            return labels;
        }
        Map<String, String> kept = new LinkedHashMap<>();
        for (int i = 0; i < labels.size(); i++) {
            String name = labels.name(i);
            boolean wanted = include.isEmpty() || include.contains(name);
            if (wanted && !exclude.contains(name) && !labels.value(i).equals(common.get(name))) {
                kept.put(name, labels.value(i));
            }
        }
        return Labels.of(kept);
    }

    /** The labels that all entries have, those left out that the user asked to see. */
    Labels common(List<Entry> entries) {
        Map<String, String> common = null;
        @Nullable Labels last = null;
        for (Entry entry : entries) {
            if (entry.labels().equals(last)) {
                continue;
            }
            last = entry.labels();
            if (common == null) {
                common = new LinkedHashMap<>(last.toMap());
            } else {
                Labels labels = last;
                common.entrySet().removeIf(e -> !e.getValue().equals(labels.get(e.getKey())));
            }
        }
        if (common == null) {
            return Labels.EMPTY;
        }
        common.keySet().removeAll(include);
        return Labels.of(common);
    }
}
