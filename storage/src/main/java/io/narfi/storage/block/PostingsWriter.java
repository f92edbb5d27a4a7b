package io.narfi.storage.block;

import io.narfi.storage.page.ByteWriter;
import java.util.Arrays;

/** Turns the series' labels around: for every label pair and every name the series that have it. */
final class PostingsWriter {
    private final SeriesTable series;
    private final int[] rank;

    /** @param rank place of a symbol among the sorted ones, by its number of first use */
    PostingsWriter(SeriesTable series, int[] rank) {
        this.series = series;
        this.rank = rank;
    }

    void write(ByteWriter out) {
        long[] keys = new long[series.pairCount()];
        for (int pair = 0; pair < keys.length; pair++) {
            keys[pair] = key(pair);
        }
        Arrays.sort(keys);
        int distinct = 0;
        for (int i = 0; i < keys.length; i++) {
            if (i == 0 || keys[i] != keys[i - 1]) {
                keys[distinct++] = keys[i];
            }
        }
        int[] starts = new int[distinct + 1];
        int[] members = members(keys, distinct, starts);

        int names = 0;
        for (int i = 0; i < distinct; i++) {
            if (i == 0 || keys[i] >>> 32 != keys[i - 1] >>> 32) {
                names++;
            }
        }
        ByteWriter nameTable = new ByteWriter(12 * names + 16);
        ByteWriter valueTable = new ByteWriter(8 * distinct + 16);
        ByteWriter lists = new ByteWriter(keys.length + 64);
        for (int first = 0; first < distinct; ) {
            int end = first;
            while (end < distinct && keys[end] >>> 32 == keys[first] >>> 32) {
                valueTable.i32((int) keys[end]);
                valueTable.i32(lists.size());
                list(members, starts[end], starts[end + 1], lists);
                end++;
            }
            nameTable.i32((int) (keys[first] >>> 32));
            nameTable.i32(first);
            nameTable.i32(lists.size());
            int[] any = Arrays.copyOfRange(members, starts[first], starts[end]);
            Arrays.sort(any);
            list(any, 0, any.length, lists);
            first = end;
        }
        out.i32(names);
        out.i32(distinct);
        out.bytes(nameTable.array(), 0, nameTable.size());
        out.bytes(valueTable.array(), 0, valueTable.size());
        out.bytes(lists.array(), 0, lists.size());
    }

    /** The series of each distinct pair, ascending, one pair after the other. */
    private int[] members(long[] keys, int distinct, int[] starts) {
        int[] places = new int[series.pairCount()];
        for (int pair = 0; pair < places.length; pair++) {
            places[pair] = Arrays.binarySearch(keys, 0, distinct, key(pair));
            starts[places[pair] + 1]++;
        }
        for (int i = 0; i < distinct; i++) {
            starts[i + 1] += starts[i];
        }
        int[] cursor = Arrays.copyOf(starts, distinct);
        int[] members = new int[places.length];
        for (int s = 0; s < series.size(); s++) {
            for (int pair = series.pairStart(s); pair < series.pairEnd(s); pair++) {
                members[cursor[places[pair]]++] = s;
            }
        }
        return members;
    }

    private long key(int pair) {
        return (long) rank[series.name(pair)] << 32 | rank[series.value(pair)];
    }

    private static void list(int[] ids, int from, int to, ByteWriter out) {
        out.varint(to - from);
        int previous = 0;
        for (int i = from; i < to; i++) {
            out.varint(ids[i] - previous);
            previous = ids[i];
        }
    }
}
