package io.narfi.storage.segment;

import io.narfi.common.Labels;
import io.narfi.storage.page.RowHash;
import java.util.Arrays;
import java.util.List;

/**
 * The rows of a segment that is being built, in arrival order, as parallel arrays. Nothing is sorted or grouped while rows arrive, so
 * that an append is a copy of the line and five stores; {@link #order} groups by stream at sealing with one counting sort.
 */
final class RowTable {
    private static final int FIRST_CAPACITY = 1024;
    private static final int DIRECT_COMPARISONS = 8;

    final LineArena lines;
    long[] timestamps = new long[FIRST_CAPACITY];
    int[] streams = new int[FIRST_CAPACITY];
    int[] addresses = new int[FIRST_CAPACITY];
    int[] lengths = new int[FIRST_CAPACITY];
    Labels[] metadata = new Labels[FIRST_CAPACITY];
    int size;

    RowTable(ChunkPool pool) {
        lines = new LineArena(pool);
    }

    void add(int stream, long timestamp, byte[] source, int offset, int length, Labels set) {
        int row = size;
        if (row == timestamps.length) {
            grow();
        }
        addresses[row] = lines.add(source, offset, length);
        timestamps[row] = timestamp;
        streams[row] = stream;
        lengths[row] = length;
        metadata[row] = set;
        size = row + 1;
    }

    private void grow() {
        int capacity = 2 * timestamps.length;
        timestamps = Arrays.copyOf(timestamps, capacity);
        streams = Arrays.copyOf(streams, capacity);
        addresses = Arrays.copyOf(addresses, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
        metadata = Arrays.copyOf(metadata, capacity);
    }

    long memoryBytes() {
        return lines.memoryBytes() + timestamps.length * 28L;
    }

    void clear() {
        Arrays.fill(metadata, 0, size, null);
        size = 0;
        lines.clear();
    }

    /** Rows grouped by stream, {@code streams.get(s)} at {@link OpenStream#start}, in arrival order inside. */
    int[] order(OpenStream[] sorted, List<OpenStream> byHandle) {
        int next = 0;
        for (OpenStream stream : sorted) {
            stream.start = next;
            next += stream.rows;
        }
        int[] cursor = new int[byHandle.size()];
        for (int i = 0; i < cursor.length; i++) {
            cursor[i] = byHandle.get(i).start;
        }
        int[] order = new int[size];
        for (int row = 0; row < size; row++) {
            order[cursor[streams[row]]++] = row;
        }
        return order;
    }

    /** Sorts a part of an order by time; rows of one time keep their order. A merge sort from below: what is sorted already is only copied. */
    void sortByTime(int[] order, int from, int to) {
        int count = to - from;
        int[] source = Arrays.copyOfRange(order, from, to);
        int[] target = new int[count];
        for (int width = 1; width < count; width *= 2) {
            for (int low = 0; low < count; low += 2 * width) {
                int middle = Math.min(low + width, count);
                merge(source, target, low, middle, Math.min(middle + width, count));
            }
            int[] swap = source;
            source = target;
            target = swap;
        }
        System.arraycopy(source, 0, order, from, count);
    }

    private void merge(int[] source, int[] target, int low, int middle, int high) {
        int left = low;
        int right = middle;
        if (middle < high && timestamps[source[middle - 1]] <= timestamps[source[middle]]) {
            System.arraycopy(source, low, target, low, high - low);
            return;
        }
        for (int out = low; out < high; out++) {
            boolean takeLeft = left < middle && (right >= high || timestamps[source[left]] <= timestamps[source[right]]);
            target[out] = takeLeft ? source[left++] : source[right++];
        }
    }

    /** Keeps the first of rows that are equal in time, line and metadata, in a part of an order that is sorted by time; returns the new end. */
    int dropCopies(int[] order, int from, int to) {
        int out = from;
        for (int begin = from; begin < to; ) {
            long time = timestamps[order[begin]];
            int end = begin + 1;
            while (end < to && timestamps[order[end]] == time) {
                end++;
            }
            if (end - begin == 1) {
                order[out++] = order[begin];
            } else if (end - begin <= DIRECT_COMPARISONS) {
                out = dropByComparing(order, begin, end, out);
            } else {
                out = dropByHashing(order, begin, end, out);
            }
            begin = end;
        }
        return out;
    }

    private int dropByComparing(int[] order, int begin, int end, int firstOut) {
        int out = firstOut;
        for (int i = begin; i < end; i++) {
            int row = order[i];
            boolean copy = false;
            for (int kept = firstOut; kept < out && !copy; kept++) {
                copy = equalRows(order[kept], row);
            }
            if (!copy) {
                order[out++] = row;
            }
        }
        return out;
    }

    private int dropByHashing(int[] order, int begin, int end, int firstOut) {
        int mask = Integer.highestOneBit(end - begin) * 4 - 1;
        int[] table = new int[mask + 1];
        int out = firstOut;
        for (int i = begin; i < end; i++) {
            int row = order[i];
            int slot = (int) hash(row) & mask;
            while (table[slot] != 0 && !equalRows(table[slot] - 1, row)) {
                slot = (slot + 1) & mask;
            }
            if (table[slot] == 0) {
                table[slot] = row + 1;
                order[out++] = row;
            }
        }
        return out;
    }

    private long hash(int row) {
        int address = addresses[row];
        return RowHash.first(lines.chunk(address), LineArena.offset(address), lengths[row], metadata[row]);
    }

    private boolean equalRows(int a, int b) {
        return lengths[a] == lengths[b] && metadata[a].equals(metadata[b]) && Arrays.equals(
                lines.chunk(addresses[a]), LineArena.offset(addresses[a]), LineArena.offset(addresses[a]) + lengths[a],
                lines.chunk(addresses[b]), LineArena.offset(addresses[b]), LineArena.offset(addresses[b]) + lengths[b]);
    }
}
