package io.narfi.storage.block;

import io.narfi.common.Labels;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.page.ByteReader;
import io.narfi.storage.page.LabelPairs;

/** The series of a block, in the order of their hashes. Safe from any thread. */
final class SeriesIndex {
    /** A series without its labels, which are read from where {@code rest} stands. */
    record Entry(
            long hash,
            long minTime,
            long maxTime,
            long rows,
            long lineBytes,
            long metadataBytes,
            int pages,
            int listOffset,
            int listLength,
            ByteReader rest) {}

    private static final long MAX_SUM = Long.MAX_VALUE >> 8;

    private final String key;
    private final String name;
    private final long base;
    private final ByteReader section;
    private final FixedTable hashes;
    private final FixedTable offsets;
    private final int recordsAt;
    private final int count;

    SeriesIndex(String key, String name, long base, ByteReader section) throws CorruptDataException {
        this.key = key;
        this.name = name;
        this.base = base;
        this.section = section;
        count = section.i32();
        if (count < 0 || count > (section.remaining() - 4) / 12) {
            throw section.corrupt(count + " series");
        }
        hashes = new FixedTable(section, section.skip(8 * count));
        offsets = new FixedTable(section, section.skip(4 * (count + 1)));
        recordsAt = section.position();
    }

    int count() {
        return count;
    }

    /** The first series whose hash is, as an unsigned number, at least the given one. */
    int firstAtOrAfter(long hash) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(hashes.i64(middle), hash) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    Entry entry(int series) throws CorruptDataException {
        int from = offsets.i32(series, 4, 0);
        int to = offsets.i32(series + 1, 4, 0);
        int length = section.end() - recordsAt;
        if (from < 0 || to < from || to > length) {
            throw section.corrupt("series " + series + " from " + from + " to " + to);
        }
        ByteReader in = new ByteReader(key, name, base, section.array(), recordsAt + from, recordsAt + to);
        long minTime = in.i64();
        long maxTime = minTime + in.varint();
        if (maxTime < minTime) {
            throw in.corrupt("series " + series + " ends before it begins");
        }
        return new Entry(
                hashes.i64(series),
                minTime,
                maxTime,
                in.varint(MAX_SUM, "rows"),
                in.varint(MAX_SUM, "bytes of lines"),
                in.varint(MAX_SUM, "bytes of metadata"),
                in.varint32(Integer.MAX_VALUE, "pages"),
                in.varint32(Integer.MAX_VALUE, "offset of the list of pages"),
                in.varint32(Integer.MAX_VALUE, "length of the list of pages"),
                in);
    }

    /** The labels of an entry; once. */
    static Labels labels(Entry entry, SymbolTable symbols) throws CorruptDataException {
        ByteReader in = entry.rest();
        String[] pairs = new String[2 * in.count(2, "number of labels")];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = symbols.text(in.varint32(Integer.MAX_VALUE, "symbol"));
        }
        return LabelPairs.of(pairs);
    }

    /** Symbol of the value that a series has for a name, -1 if it has none. */
    int value(int series, int nameSymbol) throws CorruptDataException {
        ByteReader in = entry(series).rest();
        int pairs = in.count(2, "number of labels");
        for (int i = 0; i < pairs; i++) {
            int name = in.varint32(Integer.MAX_VALUE, "symbol");
            int value = in.varint32(Integer.MAX_VALUE, "symbol");
            if (name == nameSymbol) {
                return value;
            }
        }
        return -1;
    }
}
