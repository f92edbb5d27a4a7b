package io.narfi.storage.page;

/** Writes columns; the codecs and their layouts are in the package documentation. For one thread. */
final class PageEncoder {
    static final int TIMES_DELTA = 1;
    static final int TIMES_FRAME = 2;
    static final int LENGTHS_PACKED = 1;
    static final int METADATA_DICTIONARY = 1;
    static final int LINES_RAW = 0;
    static final int LINES_ZSTD = 1;
    static final int DICTIONARY_RAW = 0;
    static final int DICTIONARY_ZSTD = 1;
    private static final long[] SCALES = {1_000_000_000, 1_000_000, 1_000};

    private final ByteWriter dictionaryBytes = new ByteWriter(1 << 10);
    private long[] scratch = new long[256];

    long memoryBytes() {
        return scratch.length * 8L + dictionaryBytes.capacity();
    }

    /**
     * Ascending times are stored as differences; times in another order (several streams in one page) relative to the smallest.
     * Differences that are whole seconds, milliseconds or microseconds are divided first: many sources have no finer clock.
     */
    void timestamps(long[] times, int rows, ByteWriter out) {
        int begin = out.size();
        boolean ascending = true;
        long min = times[0];
        for (int i = 1; i < rows; i++) {
            ascending &= times[i - 1] <= times[i];
            min = Math.min(min, times[i]);
        }
        long[] values = scratch(rows);
        int count = ascending ? rows - 1 : rows;
        for (int i = 0; i < count; i++) {
            values[i] = ascending ? times[i + 1] - times[i] : times[i] - min;
        }
        long scale = scale(values, count);
        if (scale != 1) {
            for (int i = 0; i < count; i++) {
                values[i] /= scale;
            }
        }
        out.u8(ascending ? TIMES_DELTA : TIMES_FRAME);
        out.u8(exponent(scale));
        out.i64(min);
        PackedInts.encode(values, count, out);
        out.crcFrom(begin);
    }

    private static long scale(long[] values, int count) {
        for (long scale : SCALES) {
            if (divides(scale, values, count)) {
                return scale;
            }
        }
        return 1;
    }

    private static boolean divides(long scale, long[] values, int count) {
        for (int i = 0; i < count; i++) {
            // A difference of more than 2^63 shows as negative; such pages are not worth a division.
            if (values[i] < 0 || values[i] % scale != 0) {
                return false;
            }
        }
        return true;
    }

    private static int exponent(long scale) {
        int exponent = 0;
        for (long rest = scale; rest > 1; rest /= 10) {
            exponent++;
        }
        return exponent;
    }

    void lengths(int[] offsets, int rows, ByteWriter out) {
        int begin = out.size();
        long[] values = scratch(rows);
        for (int i = 0; i < rows; i++) {
            values[i] = offsets[i + 1] - offsets[i];
        }
        out.u8(LENGTHS_PACKED);
        PackedInts.encode(values, rows, out);
        out.crcFrom(begin);
    }

    void metadata(MetadataDictionary dictionary, int[] ids, int rows, ByteWriter out) {
        int begin = out.size();
        dictionaryBytes.clear();
        dictionary.encode(dictionaryBytes);
        int length = dictionaryBytes.size();
        out.u8(METADATA_DICTIONARY);
        out.varint(length);
        int codecAt = out.size();
        out.u8(DICTIONARY_ZSTD);
        int lengthAt = out.size();
        out.i32(0);
        int compressed = Zstd.compress(dictionaryBytes.array(), 0, length, out);
        if (compressed >= length) {
            out.truncate(codecAt);
            out.u8(DICTIONARY_RAW);
            out.bytes(dictionaryBytes.array(), 0, length);
        } else {
            out.i32At(lengthAt, compressed);
        }
        long[] values = scratch(rows);
        int known = 0;
        for (int i = 0; i < rows; i++) {
            // Sets are numbered as they appear, so that a set of its own for every row packs into no bits at all.
            if (ids[i] == known) {
                values[i] = 0;
                known++;
            } else {
                values[i] = ids[i] + 1L;
            }
        }
        PackedInts.encode(values, rows, out);
        out.crcFrom(begin);
    }

    void lines(byte[] lines, int length, ByteWriter out) {
        int begin = out.size();
        out.u8(LINES_ZSTD);
        int compressed = Zstd.compress(lines, 0, length, out);
        if (compressed >= length) {
            out.truncate(begin);
            out.u8(LINES_RAW);
            out.bytes(lines, 0, length);
        }
        out.crcFrom(begin);
    }

    private long[] scratch(int rows) {
        if (rows > scratch.length) {
            scratch = new long[Math.max(rows, Math.min(PageLimits.MAX_ROWS, 2 * scratch.length))];
        }
        return scratch;
    }
}
