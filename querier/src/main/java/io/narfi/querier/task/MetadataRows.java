package io.narfi.querier.task;

import io.narfi.common.Labels;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What the indexes say of streams: names or values, or label sets, or totals; the rest is empty.
 *
 * @param strings names or values, each once
 * @param series label sets, each once
 * @param chunks stretches of streams, each in one object
 * @param bytes bytes of lines and metadata in them
 * @param entries rows in them
 */
public record MetadataRows(Set<String> strings, Set<Labels> series, long chunks, long bytes, long entries) {
    public static final MetadataRows EMPTY = new MetadataRows(Set.of(), Set.of(), 0, 0, 0);

    public MetadataRows {
        strings = Set.copyOf(strings);
        series = Set.copyOf(series);
    }

    /** Names or values alone. */
    public static MetadataRows ofStrings(Collection<String> strings) {
        return new MetadataRows(Set.copyOf(strings), Set.of(), 0, 0, 0);
    }

    /** The same with other label sets. */
    public MetadataRows map(UnaryOperator<Labels> labels) {
        return new MetadataRows(strings, series.stream().map(labels).collect(Collectors.toSet()), chunks, bytes, entries);
    }

    /** The union; the totals are sums. */
    public static MetadataRows merge(Collection<MetadataRows> parts) {
        Set<String> strings = new TreeSet<>();
        Set<Labels> series = new TreeSet<>();
        long chunks = 0;
        long bytes = 0;
        long entries = 0;
        for (MetadataRows part : parts) {
            strings.addAll(part.strings);
            series.addAll(part.series);
            chunks += part.chunks;
            bytes += part.bytes;
            entries += part.entries;
        }
        return new MetadataRows(strings, series, chunks, bytes, entries);
    }
}
