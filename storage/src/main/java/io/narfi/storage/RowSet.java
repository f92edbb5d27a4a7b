package io.narfi.storage;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.storage.page.RowHash;

/**
 * The different rows of one timestamp, as 128-bit keyed hashes of line and metadata in an open table: rows are not kept, whatever their
 * size, and with 2^20 rows the chance that two different ones agree is about 2^-89.
 */
final class RowSet {
    private final int maxRows;
    private long[] table = new long[32];
    private int size;

    /** @param maxRows rows to remember; what comes then counts as new */
    RowSet(int maxRows) {
        this.maxRows = maxRows;
    }

    /** Whether the row is not known yet. */
    boolean add(EntryBatch batch, int row) {
        byte[] lines = requireNonNull(batch.lines, "the batch was read without lines");
        int[] offsets = requireNonNull(batch.offsets, "the batch was read without lengths");
        int length = offsets[row + 1] - offsets[row];
        Labels metadata = batch.metadata(row);
        long first = RowHash.first(lines, offsets[row], length, metadata);
        // The pair (0, 0) marks a free place.
        long second = RowHash.second(lines, offsets[row], length, metadata) | 1;
        int place = place(first, second);
        if (table[place + 1] != 0) {
            return false;
        }
        if (size < maxRows) {
            table[place] = first;
            table[place + 1] = second;
            size++;
            if (size * 4 > table.length) {
                grow();
            }
        }
        return true;
    }

    private int place(long first, long second) {
        int mask = table.length - 1;
        int place = ((int) first << 1) & mask;
        while (table[place + 1] != 0 && (table[place] != first || table[place + 1] != second)) {
            place = (place + 2) & mask;
        }
        return place;
    }

    private void grow() {
        long[] old = table;
        table = new long[2 * old.length];
        for (int i = 0; i < old.length; i += 2) {
            if (old[i + 1] != 0) {
                int place = place(old[i], old[i + 1]);
                table[place] = old[i];
                table[place + 1] = old[i + 1];
            }
        }
    }
}
