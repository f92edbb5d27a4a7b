package io.narfi.querier.tail;

/** A set of numbers in an open table that is at most half full. */
final class LongSet {
    private static final int FIRST_CAPACITY = 16;

    private long[] table = new long[FIRST_CAPACITY];
    private boolean hasZero;
    private int size;

    /** Whether it was not in the set. */
    boolean add(long value) {
        if (value == 0) {
            boolean added = !hasZero;
            hasZero = true;
            return added;
        }
        int place = place(table, value);
        if (table[place] == value) {
            return false;
        }
        table[place] = value;
        size++;
        if (2 * size > table.length) {
            grow();
        }
        return true;
    }

    boolean contains(long value) {
        return value == 0 ? hasZero : table[place(table, value)] == value;
    }

    int size() {
        return size + (hasZero ? 1 : 0);
    }

    private static int place(long[] table, long value) {
        int mask = table.length - 1;
        int place = (int) (value ^ value >>> 32) & mask;
        while (table[place] != 0 && table[place] != value) {
            place = (place + 1) & mask;
        }
        return place;
    }

    private void grow() {
        long[] larger = new long[2 * table.length];
        for (long value : table) {
            if (value != 0) {
                larger[place(larger, value)] = value;
            }
        }
        table = larger;
    }
}
