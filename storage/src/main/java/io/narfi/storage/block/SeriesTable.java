package io.narfi.storage.block;

import io.narfi.common.Labels;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The series of a block that is being written, their labels as numbers of symbols in the order of first use. */
final class SeriesTable {
    private static final int SYMBOL_BYTES = 112;

    private final Map<String, Integer> symbols = new HashMap<>();
    private long symbolText;
    private int size;
    private int[] pairs = new int[256];
    private int[] pairEnds = new int[64];
    private long[] hashes = new long[64];
    private long[] minTimes = new long[64];
    private long[] maxTimes = new long[64];
    private long[] rows = new long[64];
    private long[] lineBytes = new long[64];
    private long[] metadataBytes = new long[64];
    private int[] pageCounts = new int[64];

    int size() {
        return size;
    }

    Map<String, Integer> symbols() {
        return symbols;
    }

    void add(Labels labels, long minTime, long maxTime, long rowCount, long lines, long metadata, int pages) {
        if (size == hashes.length) {
            grow();
        }
        int at = size == 0 ? 0 : pairEnds[size - 1];
        int end = at + 2 * labels.size();
        if (end > pairs.length) {
            pairs = Arrays.copyOf(pairs, Math.max(end, 2 * pairs.length));
        }
        for (int i = 0; i < labels.size(); i++) {
            pairs[at++] = symbol(labels.name(i));
            pairs[at++] = symbol(labels.value(i));
        }
        pairEnds[size] = end;
        hashes[size] = labels.stableHash();
        minTimes[size] = minTime;
        maxTimes[size] = maxTime;
        rows[size] = rowCount;
        lineBytes[size] = lines;
        metadataBytes[size] = metadata;
        pageCounts[size] = pages;
        size++;
    }

    private void grow() {
        int capacity = 2 * size;
        pairEnds = Arrays.copyOf(pairEnds, capacity);
        hashes = Arrays.copyOf(hashes, capacity);
        minTimes = Arrays.copyOf(minTimes, capacity);
        maxTimes = Arrays.copyOf(maxTimes, capacity);
        rows = Arrays.copyOf(rows, capacity);
        lineBytes = Arrays.copyOf(lineBytes, capacity);
        metadataBytes = Arrays.copyOf(metadataBytes, capacity);
        pageCounts = Arrays.copyOf(pageCounts, capacity);
    }

    private int symbol(String s) {
        Integer id = symbols.putIfAbsent(s, symbols.size());
        if (id != null) {
            return id;
        }
        symbolText += s.length();
        return symbols.size() - 1;
    }

    long memoryBytes() {
        return symbols.size() * (long) SYMBOL_BYTES + symbolText + pairs.length * 4L + hashes.length * 56L;
    }

    /** Number of label pairs of all series. */
    int pairCount() {
        return size == 0 ? 0 : pairEnds[size - 1] / 2;
    }

    int pairStart(int series) {
        return series == 0 ? 0 : pairEnds[series - 1] / 2;
    }

    int pairEnd(int series) {
        return pairEnds[series] / 2;
    }

    /** Symbol of a pair's name, in the order of first use. */
    int name(int pair) {
        return pairs[2 * pair];
    }

    int value(int pair) {
        return pairs[2 * pair + 1];
    }

    long hash(int series) {
        return hashes[series];
    }

    long minTime(int series) {
        return minTimes[series];
    }

    long maxTime(int series) {
        return maxTimes[series];
    }

    long rows(int series) {
        return rows[series];
    }

    long lineBytes(int series) {
        return lineBytes[series];
    }

    long metadataBytes(int series) {
        return metadataBytes[series];
    }

    int pageCount(int series) {
        return pageCounts[series];
    }
}
