package io.narfi.storage.page;

import io.narfi.common.Labels;
import io.narfi.storage.CorruptDataException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads columns of a page. Every method takes a reader of exactly the column's stored bytes, checks its CRC32C first, and throws {@link
 * CorruptDataException} for whatever a writer would not have written. The bytes that a call allocates are bounded by {@link PageLimits}
 * whatever the input claims.
 */
public final class PageDecoder {
    private PageDecoder() {}

    /** The structured metadata of a page: per row an index into the sets. */
    public record Metadata(int[] ids, Labels[] sets) {
        /** Roughly what it takes in memory, in bytes. */
        public long memoryBytes() {
            long sum = 32 + ids.length * 4L;
            for (Labels set : sets) {
                sum += 48 + set.size() * 48L + PageLimits.metadataBytes(set);
            }
            return sum;
        }
    }

    /** Timestamps in nanoseconds. */
    public static long[] timestamps(ByteReader column, int rows) throws CorruptDataException {
        checkRows(column, rows);
        ByteReader in = column.checked();
        int kind = in.u8();
        int exponent = in.u8();
        long scale = switch (exponent) {
            case 0 -> 1;
            case 3 -> 1_000;
            case 6 -> 1_000_000;
            case 9 -> 1_000_000_000;
            default -> throw in.corrupt("scale exponent " + exponent);
        };
        long first = in.i64();
        long[] times = new long[rows];
        switch (kind) {
            case PageEncoder.TIMES_DELTA -> {
                // The differences are decoded in place, shifted by one, and then summed up.
                PackedInts.decode(in, times, rows - 1);
                long time = first;
                for (int i = 0; i < rows; i++) {
                    long difference = times[i] * scale;
                    times[i] = time;
                    time += difference;
                    if (time < times[i] && i < rows - 1) {
                        throw in.corrupt("timestamps do not ascend");
                    }
                }
            }
            case PageEncoder.TIMES_FRAME -> {
                PackedInts.decode(in, times, rows);
                for (int i = 0; i < rows; i++) {
                    times[i] = first + times[i] * scale;
                }
            }
            default -> throw in.corrupt("unknown codec " + kind);
        }
        in.expectEnd();
        return times;
    }

    /** Where each line begins, and at the end {@code lineBytes}: {@code rows + 1} ascending numbers from 0. */
    public static int[] offsets(ByteReader column, int rows, int lineBytes) throws CorruptDataException {
        checkRows(column, rows);
        ByteReader in = column.checked();
        int kind = in.u8();
        if (kind != PageEncoder.LENGTHS_PACKED) {
            throw in.corrupt("unknown codec " + kind);
        }
        long[] lengths = new long[rows];
        PackedInts.decode(in, lengths, rows);
        in.expectEnd();
        int[] offsets = new int[rows + 1];
        long sum = 0;
        for (int i = 0; i < rows; i++) {
            long length = lengths[i];
            if (length < 0 || length > lineBytes - sum) {
                throw in.corrupt("line lengths exceed the page's " + lineBytes + " bytes");
            }
            sum += length;
            offsets[i + 1] = (int) sum;
        }
        if (sum != lineBytes) {
            throw in.corrupt("line lengths sum up to " + sum + " instead of " + lineBytes);
        }
        return offsets;
    }

    /** Structured metadata, null for a column of no bytes: no row has any. */
    public static @Nullable Metadata metadata(ByteReader column, int rows) throws CorruptDataException {
        checkRows(column, rows);
        if (column.remaining() == 0) {
            return null;
        }
        ByteReader in = column.checked();
        int kind = in.u8();
        if (kind != PageEncoder.METADATA_DICTIONARY) {
            throw in.corrupt("unknown codec " + kind);
        }
        int length = in.varint32(PageLimits.MAX_DICTIONARY_BYTES, "length of the dictionary");
        int codec = in.u8();
        ByteReader dictionary;
        if (codec == PageEncoder.DICTIONARY_ZSTD) {
            int compressed = in.i32();
            byte[] raw = Zstd.decompress(in, compressed, length);
            dictionary = new ByteReader(in.key(), Column.METADATA.section(), 0, raw, 0, length);
        } else if (codec == PageEncoder.DICTIONARY_RAW) {
            dictionary = in.part(length);
        } else {
            throw in.corrupt("unknown codec " + codec + " of the dictionary");
        }
        Labels[] sets = sets(dictionary);
        long[] codes = new long[rows];
        PackedInts.decode(in, codes, rows);
        in.expectEnd();
        int[] ids = new int[rows];
        int known = 0;
        for (int i = 0; i < rows; i++) {
            long id = codes[i] == 0 ? known++ : codes[i] - 1;
            if (id < 0 || id >= known || id >= sets.length) {
                throw in.corrupt("metadata set " + id + " of " + sets.length);
            }
            ids[i] = (int) id;
        }
        return new Metadata(ids, sets);
    }

    private static Labels[] sets(ByteReader in) throws CorruptDataException {
        int stringCount = in.count(1, "number of strings");
        int[] lengths = new int[stringCount];
        for (int i = 0; i < stringCount; i++) {
            lengths[i] = in.varint32(in.remaining(), "length of a string");
        }
        String[] strings = new String[stringCount];
        for (int i = 0; i < stringCount; i++) {
            strings[i] = new String(in.array(), in.skip(lengths[i]), lengths[i], StandardCharsets.UTF_8);
        }
        int count = in.count(1, "number of metadata sets");
        Labels[] sets = new Labels[count];
        int known = 0;
        for (int i = 0; i < count; i++) {
            int pairs = in.count(2, "number of metadata pairs");
            String[] namesAndValues = new String[2 * pairs];
            for (int p = 0; p < namesAndValues.length; p++) {
                long code = in.varint();
                long id = code == 0 ? known++ : code - 1;
                if (id < 0 || id >= known || id >= stringCount) {
                    throw in.corrupt("string " + id + " of " + stringCount);
                }
                namesAndValues[p] = strings[(int) id];
            }
            sets[i] = LabelPairs.of(namesAndValues);
        }
        in.expectEnd();
        return sets;
    }

    /** The lines' bytes, one after the other. */
    public static byte[] lines(ByteReader column, int lineBytes) throws CorruptDataException {
        if (lineBytes < 0 || lineBytes > PageLimits.MAX_PAGE_LINE_BYTES) {
            throw column.corrupt("a page of " + lineBytes + " bytes of lines");
        }
        ByteReader in = column.checked();
        int kind = in.u8();
        return switch (kind) {
            case PageEncoder.LINES_RAW -> {
                byte[] lines = new byte[lineBytes];
                System.arraycopy(in.array(), in.skip(lineBytes), lines, 0, lineBytes);
                in.expectEnd();
                yield lines;
            }
            case PageEncoder.LINES_ZSTD -> Zstd.decompress(in, in.remaining(), lineBytes);
            default -> throw in.corrupt("unknown codec " + kind);
        };
    }

    private static void checkRows(ByteReader column, int rows) throws CorruptDataException {
        if (rows < 1 || rows > PageLimits.MAX_ROWS) {
            throw column.corrupt("a page of " + rows + " rows");
        }
    }
}
