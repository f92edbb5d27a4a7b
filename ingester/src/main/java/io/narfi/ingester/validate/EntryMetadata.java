package io.narfi.ingester.validate;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import io.narfi.ingester.decode.PushData;
import io.narfi.ingester.memory.MemoryBudget;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes the structured metadata that is stored with a row: names normalised, values cleaned, one of several equal names kept, empty
 * values dropped, sorted, and {@code detected_level} added (contract/http-api.md §3.8, contract/push-validation.md §7).
 *
 * <p>One instance serves one push. Rows of a stream often repeat their metadata, so the last sets are remembered in a small table by the
 * bytes of their pairs; a row without metadata, the usual case, gets one of a few shared sets.
 */
@SuppressWarnings("ReferenceEquality") // whether two are the same object is what is asked, and cheap
final class EntryMetadata {
    static final String DETECTED_LEVEL = "detected_level";

    private static final String SEVERITY_NUMBER = "severity_number";
    private static final int SLOTS = 128;

    /** A set that was made: from which entry's pairs, for which level of the line (null: the line did not matter). */
    private record Made(int entry, StreamInfo stream, @Nullable String lineLevel, Labels labels, long bytes) {}

    private final PushData data;
    private final MetadataText text;
    private final MemoryBudget.Lease lease;
    private final @Nullable Made[] made = new Made[SLOTS];

    private String[] names = new String[16];
    private String[] values = new String[16];
    private int[] sources = new int[16];
    private int size;

    private @Nullable String lastLevel;
    private Labels lastLevelLabels = Labels.EMPTY;
    private long bytes;

    EntryMetadata(PushData data, MetadataText text, MemoryBudget.Lease lease) {
        this.data = requireNonNull(data, "data is null");
        this.text = requireNonNull(text, "text is null");
        this.lease = requireNonNull(lease, "lease is null");
    }

    /** Bytes of names and values of the set that was made last, without {@code detected_level}: what counts towards limits. */
    long bytes() {
        return bytes;
    }

    /** @throws io.narfi.common.ApiException 500 if a name cannot be normalised */
    Labels of(int entry, StreamInfo stream) {
        TenantRules rules = stream.rules();
        Labels labels = withLevel(entry, stream, rules);
        GenericFields generic = rules.genericFields();
        if (generic.isEmpty()) {
            return labels;
        }
        Labels all = generic.add(stream.labels(), labels, data.bytes(), data.lineOffset(entry), data.lineLength(entry));
        if (all != labels) {
            reserve(all.size(), 0);
        }
        return all;
    }

    private Labels withLevel(int entry, StreamInfo stream, TenantRules rules) {
        int from = data.firstPair(entry);
        int end = data.endPair(entry);
        if (from == end) {
            bytes = 0;
            if (!rules.detectsLevels()) {
                return Labels.EMPTY;
            }
            String level = stream.level();
            return onlyLevel(level != null ? level : lineLevel(entry, rules));
        }
        int slot = hash(from, end) & (SLOTS - 1);
        Made known = made[slot];
        String line = null;
        if (known != null && known.stream == stream && samePairs(known.entry, from, end)) {
            if (known.lineLevel == null) {
                bytes = known.bytes;
                return known.labels;
            }
            line = lineLevel(entry, rules);
            if (line.equals(known.lineLevel)) {
                bytes = known.bytes;
                return known.labels;
            }
        }
        collect(from, end);
        bytes = countBytes();
        String usedLine = null;
        if (rules.detectsLevels()) {
            String level = levelWithoutLine(stream, rules);
            if (level == null) {
                usedLine = line != null ? line : lineLevel(entry, rules);
                level = usedLine;
            }
            if (!level.isEmpty()) {
                put(indexOf(DETECTED_LEVEL), DETECTED_LEVEL, level, -1);
            }
        }
        Labels labels = labels();
        reserve(size, bytes);
        made[slot] = new Made(entry, stream, usedLine, labels, bytes);
        return labels;
    }

    private String lineLevel(int entry, TenantRules rules) {
        return rules.lineLevels().find(data.bytes(), data.lineOffset(entry), data.lineLength(entry));
    }

    private Labels onlyLevel(String level) {
        if (!level.equals(lastLevel)) {
            lastLevel = level;
            lastLevelLabels = Labels.of(DETECTED_LEVEL, level);
        }
        return lastLevelLabels;
    }

    /** Steps 1 to 4 of §7.2; null if only the line is left, empty if there shall be no level. */
    private @Nullable String levelWithoutLine(StreamInfo stream, TenantRules rules) {
        int own = indexOf(DETECTED_LEVEL);
        if (own >= 0) {
            return Levels.normalise(values[own]);
        }
        if (stream.level() != null) {
            return stream.level();
        }
        int best = Integer.MAX_VALUE;
        int at = -1;
        for (int i = 0; i < size; i++) {
            Integer rank = rules.levelRank(names[i]);
            if (rank != null && rank < best) {
                best = rank;
                at = i;
            }
        }
        if (at >= 0) {
            return Levels.normalise(values[at]);
        }
        int severity = indexOf(SEVERITY_NUMBER);
        return severity < 0 || values[severity].isEmpty() ? null : Levels.ofSeverityNumber(values[severity]);
    }

    /** Reads pairs into {@link #names} and {@link #values}, sorted, each name once; empty values stay until {@link #labels}. */
    private void collect(int from, int end) {
        size = 0;
        byte[] b = data.bytes();
        for (int i = from; i < end; i++) {
            String name = text.name(b, data.nameOffset(i), data.nameLength(i));
            int at = indexOf(name);
            // Of names that normalise to the same one, the least as sent wins; the last of equal ones.
            if (at < 0 || compareNames(i, sources[at]) <= 0) {
                put(at, name, MetadataText.value(b, data.valueOffset(i), data.valueLength(i)), i);
            }
        }
    }

    private int compareNames(int pair, int other) {
        byte[] b = data.bytes();
        int from = data.nameOffset(pair);
        int otherFrom = data.nameOffset(other);
        return Arrays.compareUnsigned(b, from, from + data.nameLength(pair), b, otherFrom, otherFrom + data.nameLength(other));
    }

    /**
     * @param found what {@link #indexOf} says of the name
     * @param source the pair that it comes from, -1 for none
     */
    private void put(int found, String name, String value, int source) {
        if (found >= 0) {
            values[found] = value;
            sources[found] = source;
            return;
        }
        int at = -found - 1;
        if (size == names.length) {
            names = Arrays.copyOf(names, 2 * size);
            values = Arrays.copyOf(values, 2 * size);
            sources = Arrays.copyOf(sources, 2 * size);
        }
        System.arraycopy(names, at, names, at + 1, size - at);
        System.arraycopy(values, at, values, at + 1, size - at);
        System.arraycopy(sources, at, sources, at + 1, size - at);
        names[at] = name;
        values[at] = value;
        sources[at] = source;
        size++;
    }

    private int indexOf(String name) {
        return Arrays.binarySearch(names, 0, size, name);
    }

    private long countBytes() {
        long sum = 0;
        for (int i = 0; i < size; i++) {
            if (!values[i].isEmpty() && !names[i].equals(DETECTED_LEVEL)) {
                sum += utf8Length(names[i]) + utf8Length(values[i]);
            }
        }
        return sum;
    }

    private static int utf8Length(String s) {
        int n = s.length();
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c >= 0x80) {
                // A surrogate is half of a character of four bytes.
                n += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return n;
    }

    private Labels labels() {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (!values[i].isEmpty()) {
                kept++;
            }
        }
        String[] pairs = new String[2 * kept];
        int at = 0;
        for (int i = 0; i < size; i++) {
            if (!values[i].isEmpty()) {
                pairs[at++] = names[i];
                pairs[at++] = values[i];
            }
        }
        return Labels.ofSorted(pairs);
    }

    private void reserve(int labels, long textBytes) {
        lease.reserve(64 + 80L * labels + 2 * textBytes);
    }

    private int hash(int from, int end) {
        byte[] b = data.bytes();
        int h = end - from;
        for (int i = from; i < end; i++) {
            h = hash(h, b, data.nameOffset(i), data.nameLength(i));
            h = hash(h, b, data.valueOffset(i), data.valueLength(i));
        }
        return h ^ h >>> 16 ^ h >>> 8;
    }

    private static int hash(int seed, byte[] b, int offset, int length) {
        int h = seed * 31 + length;
        for (int i = offset; i < offset + length; i++) {
            h = 31 * h + b[i];
        }
        return h;
    }

    private boolean samePairs(int other, int from, int end) {
        int otherFrom = data.firstPair(other);
        if (data.endPair(other) - otherFrom != end - from) {
            return false;
        }
        byte[] b = data.bytes();
        for (int i = from, j = otherFrom; i < end; i++, j++) {
            if (!same(b, data.nameOffset(i), data.nameLength(i), data.nameOffset(j), data.nameLength(j))
                    || !same(b, data.valueOffset(i), data.valueLength(i), data.valueOffset(j), data.valueLength(j))) {
                return false;
            }
        }
        return true;
    }

    private static boolean same(byte[] b, int from, int length, int otherFrom, int otherLength) {
        return length == otherLength && Arrays.equals(b, from, from + length, b, otherFrom, otherFrom + otherLength);
    }
}
