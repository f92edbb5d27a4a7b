package io.narfi.storage.block;

import io.narfi.storage.CorruptDataException;
import io.narfi.storage.page.ByteReader;
import java.util.BitSet;

/**
 * Which series have a label pair, or a label name. Names and the values of each are numbered in the order of their symbols. Safe from any
 * thread.
 */
final class Postings {
    private static final int NAME_BYTES = 12;
    private static final int VALUE_BYTES = 8;

    private final String key;
    private final String sectionName;
    private final long base;
    private final ByteReader section;
    private final FixedTable names;
    private final FixedTable values;
    private final int listsAt;
    private final int nameCount;
    private final int valueCount;
    private final int seriesCount;

    Postings(String key, String sectionName, long base, ByteReader section, int seriesCount) throws CorruptDataException {
        this.key = key;
        this.sectionName = sectionName;
        this.base = base;
        this.section = section;
        this.seriesCount = seriesCount;
        nameCount = section.i32();
        valueCount = section.i32();
        if (nameCount < 0 || valueCount < 0 || (long) nameCount * NAME_BYTES + (long) valueCount * VALUE_BYTES > section.remaining()) {
            throw section.corrupt(nameCount + " names and " + valueCount + " values");
        }
        names = new FixedTable(section, section.skip(nameCount * NAME_BYTES));
        values = new FixedTable(section, section.skip(valueCount * VALUE_BYTES));
        listsAt = section.position();
    }

    int names() {
        return nameCount;
    }

    int nameSymbol(int name) {
        return names.i32(name, NAME_BYTES, 0);
    }

    /** The name with a symbol, -1 if no series has it. */
    int findName(int symbol) {
        int low = 0;
        int high = nameCount - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int found = nameSymbol(middle);
            if (found == symbol) {
                return middle;
            }
            if (found < symbol) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    /** The first of a name's values; for the number of names the end of all values. Never less than for the name before. */
    int firstValue(int name) throws CorruptDataException {
        int first = name == nameCount ? valueCount : names.i32(name, NAME_BYTES, 4);
        if (first < 0 || first > valueCount || (name > 0 && first < names.i32(name - 1, NAME_BYTES, 4))) {
            throw section.corrupt("name " + name + " has values from " + first);
        }
        return first;
    }

    int valueSymbol(int value) {
        return values.i32(value, VALUE_BYTES, 0);
    }

    /** The value of a name with a symbol, -1 if no series has it. */
    int findValue(int name, int symbol) throws CorruptDataException {
        int low = firstValue(name);
        int high = firstValue(name + 1) - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int found = valueSymbol(middle);
            if (found == symbol) {
                return middle;
            }
            if (found < symbol) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    /** Sets the bits of the series that have a value. */
    void addValue(int value, BitSet into) throws CorruptDataException {
        addList(values.i32(value, VALUE_BYTES, 4), into);
    }

    /** Sets the bits of the series that have a name. */
    void addName(int name, BitSet into) throws CorruptDataException {
        addList(names.i32(name, NAME_BYTES, 8), into);
    }

    private void addList(int offset, BitSet into) throws CorruptDataException {
        if (offset < 0 || offset > section.end() - listsAt) {
            throw section.corrupt("list at " + offset);
        }
        ByteReader in = new ByteReader(key, sectionName, base, section.array(), listsAt + offset, section.end());
        int count = in.count(1, "length of a list");
        long id = 0;
        for (int i = 0; i < count; i++) {
            id += in.varint(seriesCount, "step in a list");
            if (id >= seriesCount) {
                throw in.corrupt("series " + id + " of " + seriesCount);
            }
            into.set((int) id);
        }
    }
}
