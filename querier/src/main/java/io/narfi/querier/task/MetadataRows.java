package io.narfi.querier.task;

import io.narfi.common.Labels;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What the indexes say of streams: names or values, or label sets; the rest is empty.
 *
 * @param strings names or values, each once
 * @param series label sets, each once
 */
public record MetadataRows(Set<String> strings, Set<Labels> series) {
    public static final MetadataRows EMPTY = new MetadataRows(Set.of(), Set.of());

    public MetadataRows {
        strings = Set.copyOf(strings);
        series = Set.copyOf(series);
    }

    /** Names or values alone. */
    public static MetadataRows ofStrings(Collection<String> strings) {
        return new MetadataRows(Set.copyOf(strings), Set.of());
    }

    /** The same with other label sets. */
    public MetadataRows map(UnaryOperator<Labels> labels) {
        return new MetadataRows(strings, series.stream().map(labels).collect(Collectors.toSet()));
    }

    /** The union. */
    public static MetadataRows merge(Collection<MetadataRows> parts) {
        Set<String> strings = new TreeSet<>();
        Set<Labels> series = new TreeSet<>();
        for (MetadataRows part : parts) {
            strings.addAll(part.strings);
            series.addAll(part.series);
        }
        return new MetadataRows(strings, series);
    }
}
