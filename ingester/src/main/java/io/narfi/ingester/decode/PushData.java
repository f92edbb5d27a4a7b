package io.narfi.ingester.decode;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.ingester.memory.MemoryBudget;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A decoded push in columns: streams, each a run of entries, each with a run of structured-metadata pairs. Text is never copied: it is
 * offsets and lengths in {@link #bytes()}, the decompressed body, to which a decoder may append text of its own.
 *
 * <p>Filled by one decoder, then only read. Growth is reserved in the push's lease, so that a small body which claims millions of empty
 * entries is refused instead of using up the heap.
 */
public final class PushData {
    /** The timestamp of an entry that named none in JSON; Go's zero time, the year 1, as its overflowed nanoseconds. */
    public static final long ZERO_TIME = -6795364578871345152L;

    /** What an array of pairs can hold. */
    private static final int MOST_ROWS = (Integer.MAX_VALUE - 8) / 4;

    private static final int BYTES_PER_ENTRY = Long.BYTES + 3 * Integer.BYTES;
    private static final int BYTES_PER_PAIR = 4 * Integer.BYTES;
    private static final int BYTES_PER_STREAM = 2 * Integer.BYTES;

    private final MemoryBudget.Lease lease;
    private byte[] bytes;

    private int streams;
    private String[] labelText;
    private int[] streamEnd;

    private int entries;
    private long[] timestamps;
    private int[] lineOffset;
    private int[] lineLength;
    private int[] pairEnd;

    private int pairs;
    private int[] pair;

    public PushData(byte[] bytes, int length, MemoryBudget.Lease lease) {
        this.bytes = requireNonNull(bytes, "bytes is null");
        this.lease = requireNonNull(lease, "lease is null");
        // Log lines are 100 to 300 bytes long as a rule, so that this mostly is the only allocation.
        int expected = Math.max(8, length / 160);
        lease.reserve((long) expected * BYTES_PER_ENTRY + 16L * BYTES_PER_STREAM + 16L * BYTES_PER_PAIR);
        labelText = new String[16];
        streamEnd = new int[16];
        timestamps = new long[expected];
        lineOffset = new int[expected];
        lineLength = new int[expected];
        pairEnd = new int[expected];
        pair = new int[16 * 4];
    }

    /** The same columns, for reading while others are filled. */
    private PushData(PushData other) {
        lease = other.lease;
        bytes = other.bytes;
        streams = other.streams;
        labelText = other.labelText;
        streamEnd = other.streamEnd;
        entries = other.entries;
        timestamps = other.timestamps;
        lineOffset = other.lineOffset;
        lineLength = other.lineLength;
        pairEnd = other.pairEnd;
        pairs = other.pairs;
        pair = other.pair;
    }

    /** What the offsets point into. */
    public byte[] bytes() {
        return bytes;
    }

    public int streams() {
        return streams;
    }

    /** All entries of all streams. */
    public int entries() {
        return entries;
    }

    /** The stream's labels as the client wrote them, or as they were rendered from a JSON object. */
    public String labelText(int stream) {
        return labelText[stream];
    }

    public int firstEntry(int stream) {
        return stream == 0 ? 0 : streamEnd[stream - 1];
    }

    public int endEntry(int stream) {
        return streamEnd[stream];
    }

    /** Nanoseconds since the epoch. */
    public long timestamp(int entry) {
        return timestamps[entry];
    }

    public int lineOffset(int entry) {
        return lineOffset[entry];
    }

    public int lineLength(int entry) {
        return lineLength[entry];
    }

    public int firstPair(int entry) {
        return entry == 0 ? 0 : pairEnd[entry - 1];
    }

    public int endPair(int entry) {
        return pairEnd[entry];
    }

    public int nameOffset(int i) {
        return pair[4 * i];
    }

    public int nameLength(int i) {
        return pair[4 * i + 1];
    }

    public int valueOffset(int i) {
        return pair[4 * i + 2];
    }

    public int valueLength(int i) {
        return pair[4 * i + 3];
    }

    /** Bytes of names and values of an entry's structured metadata, as sent. */
    public long metadataBytes(int entry) {
        long sum = 0;
        for (int i = firstPair(entry); i < endPair(entry); i++) {
            sum += pair[4 * i + 1] + pair[4 * i + 3];
        }
        return sum;
    }

    /** Replaces the timestamp of an entry. */
    public void setTimestamp(int entry, long timestamp) {
        timestamps[entry] = timestamp;
    }

    /**
     * Cuts a line and lets it end with a suffix. The bytes are changed where they stand, which nothing else refers to.
     *
     * @param length the new length, suffix included; shorter than the line
     */
    public void truncateLine(int entry, int length, byte[] suffix) {
        System.arraycopy(suffix, 0, bytes, lineOffset[entry] + length - suffix.length, suffix.length);
        lineLength[entry] = length;
    }

    /** Adds to the entry that is being decoded; the pair belongs to the entry that {@link #addEntry} ends. */
    public void addPair(int nameOffset, int nameLength, int valueOffset, int valueLength) {
        int at = 4 * pairs;
        if (at == pair.length) {
            int grown = grow(pairs, BYTES_PER_PAIR);
            pair = Arrays.copyOf(pair, 4 * grown);
        }
        pair[at] = nameOffset;
        pair[at + 1] = nameLength;
        pair[at + 2] = valueOffset;
        pair[at + 3] = valueLength;
        pairs++;
    }

    public void addEntry(long timestamp, int offset, int length) {
        int at = entries;
        if (at == timestamps.length) {
            int grown = grow(at, BYTES_PER_ENTRY);
            timestamps = Arrays.copyOf(timestamps, grown);
            lineOffset = Arrays.copyOf(lineOffset, grown);
            lineLength = Arrays.copyOf(lineLength, grown);
            pairEnd = Arrays.copyOf(pairEnd, grown);
        }
        timestamps[at] = timestamp;
        lineOffset[at] = offset;
        lineLength[at] = length;
        pairEnd[at] = pairs;
        entries++;
    }

    /** Ends a stream: it holds the entries added since the one before. */
    public void addStream(String labels) {
        int at = streams;
        if (at == streamEnd.length) {
            int grown = grow(at, BYTES_PER_STREAM);
            labelText = Arrays.copyOf(labelText, grown);
            streamEnd = Arrays.copyOf(streamEnd, grown);
        }
        // An object header, a length and at most two bytes a character.
        lease.reserve(40 + 2L * labels.length());
        labelText[at] = labels;
        streamEnd[at] = entries;
        streams++;
    }

    /**
     * Appends text that entries and pairs refer to by offsets beyond the body.
     *
     * @param length bytes of the body; the text's first byte gets that offset
     */
    public void append(int length, byte[] text, int textLength) {
        if (textLength == 0) {
            return;
        }
        // Old and new array live at once, until the decoder lets go of the body.
        lease.reserve((long) length + textLength);
        byte[] joined = Arrays.copyOf(bytes, Math.addExact(length, textLength));
        System.arraycopy(text, 0, joined, length, textLength);
        lease.release(bytes.length);
        bytes = joined;
    }

    /** Makes one stream of all that have the same labels, in the order in which the labels came first; entries keep their order. */
    public void joinEqualStreams() {
        Map<String, Integer> groups = HashMap.newHashMap(streams);
        lease.reserve(64L * streams);
        int[] group = new int[streams];
        for (int s = 0; s < streams; s++) {
            Integer next = groups.size();
            Integer known = groups.putIfAbsent(labelText[s], next);
            group[s] = known == null ? next : known;
        }
        if (groups.size() < streams) {
            lease.reserve((long) entries * BYTES_PER_ENTRY + (long) pairs * BYTES_PER_PAIR + (long) streams * BYTES_PER_STREAM);
            reorder(group, groups.size());
        }
    }

    private void reorder(int[] group, int groups) {
        int[] next = new int[streams];
        int[] first = new int[groups];
        int[] last = new int[groups];
        Arrays.fill(first, -1);
        for (int s = 0; s < streams; s++) {
            next[s] = -1;
            if (first[group[s]] < 0) {
                first[group[s]] = s;
            } else {
                next[last[group[s]]] = s;
            }
            last[group[s]] = s;
        }
        PushData from = new PushData(this);
        String[] labels = labelText;
        labelText = new String[groups];
        streamEnd = new int[groups];
        timestamps = new long[from.entries];
        lineOffset = new int[from.entries];
        lineLength = new int[from.entries];
        pairEnd = new int[from.entries];
        pair = new int[4 * from.pairs];
        streams = 0;
        entries = 0;
        pairs = 0;
        for (int g = 0; g < groups; g++) {
            for (int s = first[g]; s >= 0; s = next[s]) {
                take(from, s);
            }
            labelText[g] = labels[first[g]];
            streamEnd[g] = entries;
            streams++;
        }
    }

    /** Appends the entries of another one's stream; there is room. */
    private void take(PushData from, int stream) {
        int at = from.firstEntry(stream);
        int n = from.endEntry(stream) - at;
        if (n == 0) {
            return;
        }
        System.arraycopy(from.timestamps, at, timestamps, entries, n);
        System.arraycopy(from.lineOffset, at, lineOffset, entries, n);
        System.arraycopy(from.lineLength, at, lineLength, entries, n);
        int firstPair = from.firstPair(at);
        int moved = pairs - firstPair;
        for (int i = 0; i < n; i++) {
            pairEnd[entries + i] = from.pairEnd[at + i] + moved;
        }
        int endPair = from.endPair(at + n - 1);
        System.arraycopy(from.pair, 4 * firstPair, pair, 4 * pairs, 4 * (endPair - firstPair));
        pairs += endPair - firstPair;
        entries += n;
    }

    private int grow(int size, int unit) {
        // Doubling copies, so the old and the new columns live at once.
        int grown = Math.clamp(2L * size, 16, MOST_ROWS);
        if (grown == size) {
            throw new ApiException(413, "request body too large: more than " + MOST_ROWS + " entries or pairs of metadata");
        }
        lease.reserve((long) (grown - size) * unit);
        return grown;
    }
}
